"""`compactvid ledger` as a reader calls it: in a process of its own, on the real transcription."""

import csv
import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]
HEADER = (
    "id,paper,locator,printed,unit,kind,result_key,reproduced,spread,seeds,profile,difference,verdict,evidence,reason"
)


def call(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command from a folder outside the project."""
    command = [sys.executable, "-c", "from compactvid.cli import app; app()", "ledger", "--root", str(project)]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=project.parent, check=False)


def test_table(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived)
    done = call(project, "--paper", "liu2018")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 100
    assert "Liu & Liu 2018, Table 1" in lines[0]
    row = next(line for line in lines if line.split()[:1] == ["K24-H1440.float32_mib"])
    assert row.split() == ["K24-H1440.float32_mib", "714.93", "714.93", "−0.0047", "small", "reproduced"]
    claims = {line.split()[0]: line.split()[-1] for line in lines if line.startswith(" ") and len(line.split()) > 3}
    assert (claims["big_four_share"], claims["kept_models"]) == ("contradicted", "reproduced")
    assert "holds at small" in next(line for line in lines if "averaged_beats_single" in line)
    assert lines[-1] == (
        "98 printed numbers and claims: 60 reproduced; 1 held; 1 contradicted; 36 not attempted, for a stated reason."
    )
    assert done.stdout.count("not attempted (36): needs YouTube-8M") == 1


def test_csv(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived)
    done = call(project, "--format", "csv")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == HEADER
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert Counter(row["verdict"] for row in rows if row["kind"] == "exact") == {"reproduced": 60}
    size = next(row for row in rows if row["id"] == "liu2018.table_1.K100-H400.float16_mib")
    assert (size["printed"], size["spread"], size["seeds"], size["reason"]) == ("180.93", "", "", "")
    assert float(size["reproduced"]) == pytest.approx(180.93, abs=0.005)


def test_json(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived, "smoke")
    done = call(project, "--format", "json", "--profile", "smoke")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    assert len(rows) == 98
    assert list(rows[0]) == HEADER.split(",")
    assert (rows[0]["profile"], rows[0]["spread"], rows[3]["reproduced"]) == ("smoke", None, None)


def test_an_entry_without_result_and_reason_fails(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    missing = "liu2018.table_1.K16-H512.float32_mib"
    write_results({key: found for key, found in derived.items() if key != missing})
    done = call(project, "--format", "csv")
    assert done.returncode == 1
    assert done.stderr == f"compactvid ledger: neither a result nor a reason for {missing}\n"
    without = [row["id"] for row in csv.DictReader(io.StringIO(done.stdout)) if not row["reproduced"] + row["reason"]]
    assert without == [missing]


def test_smoke_results_count_only_where_asked_for(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    write_results(derived, "smoke")
    done = call(project)
    assert done.returncode == 1
    assert "and 59 more" in done.stderr
    assert "62 without a result yet" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--paper", "liu2019"), "compactvid ledger: unknown paper 'liu2019'; there are liu2018"),
        (("--profile", "huge"), "compactvid ledger: unknown profile 'huge'; valid profiles are"),
    ],
)  # fmt: skip
def test_unknown_names_are_answered_with_the_known_ones(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = call(project, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(message)


def test_a_bad_file_is_one_line_without_a_traceback(project: Path, write_results: Write) -> None:
    path = write_results({}, stem="other")
    done = call(project)
    assert done.returncode == 1
    assert done.stderr == (
        f"compactvid ledger: {path}: stem: expected 'liu2018_table_1' from the file's place, found 'other'\n"
    )


def test_it_stays_light(project: Path, write_results: Write, derived: dict[str, Any]) -> None:
    """Within a second, and without a backend. Processor time is measured: other work hardly changes it."""
    write_results(derived)
    code = (
        "import sys, time\n"
        "from compactvid.cli import app\n"
        f"app(['ledger', '--root', {str(project)!r}], standalone_mode=False)\n"
        "heavy = {'tensorflow', 'keras', 'jax', 'pandas', 'matplotlib', 'numpy'} & set(sys.modules)\n"
        "print(time.process_time(), *heavy, file=sys.stderr)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=project, env=environment, check=True
    )
    seconds, *heavy = done.stderr.split()
    assert heavy == []
    assert float(seconds) < 1
