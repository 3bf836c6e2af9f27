"""The flow from source to book: killed and resumed, repeated, changed, and driven by hand."""

import csv
import json
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest


def jobs(project, *options):
    """The jobs that Snakemake would run now, and what it says about them."""
    done = project.run(
        "snakemake", "--dry-run", "--cores", "1", "--rerun-incomplete", *options, "--config", "profile=smoke", "seed=0"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = done.stdout + done.stderr
    return {message.strip() for message in re.findall(r"^Job \d+: (.*)$", text, flags=re.M)}, text


def test_a_killed_build_went_on_where_it_stopped(smoke_project):
    assert smoke_project.killed_after in smoke_project.first_output
    assert "book ready" not in smoke_project.first_output
    assert "an earlier build was killed" in smoke_project.second_output
    assert re.search(r"book ready in \d+ s: _build/html/index\.html", smoke_project.second_output)
    finished = set(re.findall(r"(\w+-[0-9a-f]{20}) ([\d.]+) s", smoke_project.first_output))
    assert finished, "nothing had been finished before the kill"
    again = dict(re.findall(r"(\w+-[0-9a-f]{20}) ([\d.]+) s", smoke_project.second_output))
    for run, _ in finished & set(again):
        assert float(again[run]) < 0.5, f"{run} was run again"
    assert not list((smoke_project.folder / ".runs").glob("*.partial"))


def test_one_line_a_notebook_with_its_time(smoke_project):
    said = smoke_project.first_output + smoke_project.second_output
    for stem in ("liu2018_table_1", "real_video_level"):
        assert len(re.findall(rf"^notebook {stem} \(smoke, seed 0\): [\d.]+ s$", said, re.M)) == 1


def test_nothing_changed_executes_nothing(smoke_project):
    page = smoke_project.folder / "_build" / "html" / "index.html"
    before = page.stat().st_mtime_ns
    start = time.perf_counter()
    done = smoke_project.make("book", "PROFILE=smoke")
    assert done.returncode == 0, done.stdout + done.stderr
    assert page.stat().st_mtime_ns == before
    assert not re.search(r"^(run|notebook) ", done.stdout, re.M)
    assert time.perf_counter() - start < 60


@pytest.fixture
def edited(smoke_project):
    """Edit a file of the copy for one test."""
    saved = {}

    def edit(name, old, new):
        path = smoke_project.folder / name
        saved.setdefault(path, path.read_text())
        text = path.read_text()
        assert old in text, f"{name} has no {old!r}"
        path.write_text(text.replace(old, new, 1))

    # What a test executes records results of its own.
    for path in (smoke_project.folder / "_build" / "results" / "smoke").glob("*.json"):
        saved[path] = path.read_text()
    yield edit
    for path, text in saved.items():
        path.write_text(text)


def test_a_comment_or_docstring_makes_nothing_stale(smoke_project, edited):
    edited("lib/compactvid/layers/netvlad.py", '"""', '"""Said otherwise: ')
    edited("lib/compactvid/metrics/hit_at_one.py", "import numpy", "# a comment\nimport numpy")
    assert jobs(smoke_project)[0] == set()


def test_a_changed_layer_reruns_its_own_runs_and_says_why(smoke_project, edited):
    edited("lib/compactvid/ops/vlad.py", "def ", "UNUSED = 1\n\n\ndef ")
    planned, text = jobs(smoke_project)
    assert {"runs: liu2018_table_1, sizes+models_0+models_1", "notebook: liu2018_table_1"} <= planned
    assert not any("real_video_level" in job for job in planned)
    assert "compactvid.ops.vlad" in text


def test_a_changed_experiment_retrains_nothing(smoke_project, edited):
    edited("lib/compactvid/experiments/liu2018/table_1.py", '"model": "model"', '"model": "built model"')
    planned, text = jobs(smoke_project)
    assert not any(job.startswith("runs:") for job in planned)
    assert "notebook: liu2018_table_1" in planned
    assert "compactvid.experiments.liu2018.table_1" in text


def test_a_failing_notebook_shows_its_traceback_and_fails(smoke_project, edited):
    edited("notebooks/real_video_level.py", "source = video_level.source(profile, seed)", "source = 1 / 0")
    target = smoke_project.folder / "book" / "notebooks" / "real_video_level.ipynb"
    before = target.read_bytes()
    done = smoke_project.run("compactvid", "execute", "real_video_level", "--profile", "smoke")
    assert done.returncode == 1
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "source = 1 / 0" in done.stderr
    assert target.read_bytes() == before
    results = smoke_project.folder / "_build" / "results" / "smoke" / "real_video_level.json"
    assert json.loads(results.read_text())["complete"] is False, "a failed notebook's results count as finished"


def test_notebooks_that_start_together_do_not_talk_to_each_others_kernels(smoke_project, tmp_path):
    def execute(number):
        return smoke_project.run(
            "compactvid", "execute", "data_moments", "--profile", "smoke", "--output", str(tmp_path / f"{number}.ipynb")
        )

    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(execute, range(6)))
    # A kernel that is told to stop while it is still ending says so: no fault, and seen on slow machines.
    stopped = "[IPKernelApp] ERROR | KeyboardInterrupt caught in kernel.\n"
    assert [(done.returncode, done.stderr.replace(stopped, "")) for done in together] == [(0, "")] * 6


def test_unknown_notebook_lists_the_known(smoke_project):
    done = smoke_project.run("compactvid", "execute", "nowhere")
    assert done.returncode == 1
    assert re.search(
        "no notebook 'nowhere'; there are araujo2018_fig_1, .*data_audioset, .*liu2018_table_1, .*real_video_level",
        done.stderr,
    )


@pytest.mark.parametrize("folder", [".", "tests", ".."])
def test_papermill_by_hand_from_any_folder(smoke_project, folder, tmp_path):
    cwd = (smoke_project.folder / folder).resolve()
    source = smoke_project.folder / "notebooks" / "real_video_level.ipynb"
    results = smoke_project.folder / "_build" / "results" / "smoke" / "real_video_level.json"
    before = json.loads(results.read_text())["results"]
    done = smoke_project.run("papermill", str(source), str(tmp_path / "out.ipynb"), "-p", "profile", "smoke", cwd=cwd)
    assert done.returncode == 0, done.stderr
    after = json.loads(results.read_text())
    assert after["complete"] is True
    assert after["results"] == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("-p", "profil", "smoke"), "unknown parameter profil; valid parameters are profile, seed"),
        (("-p", "profile", "tiny"), "unknown profile 'tiny'; valid profiles are smoke, small"),
    ],
)
def test_papermill_with_a_bad_parameter_fails_with_the_valid_ones(smoke_project, given, message, tmp_path):
    done = smoke_project.run("papermill", "notebooks/liu2018_table_1.ipynb", str(tmp_path / "out.ipynb"), *given)
    assert done.returncode != 0
    assert message in done.stderr


WITHOUT_A_KERNEL = """
import pathlib, sys
cells = pathlib.Path("notebooks", sys.argv[1] + ".py").read_text().replace('profile = "small"', 'profile = "smoke"')
exec(compile(cells, sys.argv[1], "exec"))
print(sorted({"keras", "tensorflow", "jax"} & sys.modules.keys()), len(notebook.session.current().recorded))
"""


@pytest.mark.parametrize("stem", ["liu2018_table_1", "data_audioset"])
def test_a_notebook_whose_runs_are_stored_loads_no_backend(smoke_project, stem):
    results = smoke_project.folder / "_build" / "results" / "smoke" / f"{stem}.json"
    before = json.loads(results.read_text())["results"]
    done = smoke_project.run("python", "-c", WITHOUT_A_KERNEL, stem)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"[] {len(before)}"


def test_ledger_of_the_built_book(smoke_project):
    done = smoke_project.run("compactvid", "ledger", "--paper", "liu2018", "--profile", "smoke", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    exact = [row for row in rows if row["kind"] == "exact" and row["id"].startswith("liu2018.table_1.")]
    assert [row["verdict"] for row in exact] == ["reproduced"] * 54
    (share,) = (row for row in rows if row["id"] == "liu2018.claims.big_four_share")
    assert share["verdict"] == "contradicted"
    readme = (smoke_project.folder / "README.md").read_text()
    assert "| 54 | reproduced to the printed digit" in readme
    assert "| 1 | contradicted, by the paper's own compression rate too |" in readme
    with (smoke_project.folder / "_build" / "html" / "ledger.csv").open(encoding="utf-8", newline="") as file:
        every = list(csv.DictReader(file))
    verdicts = {
        paper: Counter(row["verdict"] for row in every if row["kind"] == "exact" and f"{paper}.table_" in row["id"])
        for paper in ("araujo2018", "deepeye2018")
    }
    assert verdicts["araujo2018"] == {"reproduced": 41, "truncated in print": 4}
    assert verdicts["deepeye2018"] == {"reproduced": 15}
    assert "| 45 | 41 reproduced to the printed digit; 4 right, but cut off" in readme
    assert "| 15 | reproduced to the printed digit |" in readme
    network = next(row for row in every if row["id"] == "deepeye2018.claims.reduction_of_the_network")
    assert f"shrinks {float(network['reproduced']):.0f} times" in readme
    header, *lines = (smoke_project.folder / "_build" / "html" / "ledger.csv").read_text().splitlines()
    assert header.startswith("id,paper,")
    assert sum(line.startswith("liu2018.") for line in lines) == len(rows)
