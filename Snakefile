"""Data -> runs -> executed notebooks -> ledger pages -> book. `make book` calls this, on one machine or a cluster."""

from functools import cache
from pathlib import Path

import jupytext

from compactvid.experiments import experiment, stems, used
from compactvid.runs.code_digest import code_digest, imports_of_source
from compactvid.runs.config import canonical, modules
from compactvid.runs.predict import resources

PROFILE = config.get("profile", "small")
SEED = int(config.get("seed", 0))
SHORT = ("smoke", "small")
"""Profiles of short runs."""
AWAITED = {other for stem in stems() for other in used(stem, PROFILE)}
"""Experiments for whose runs others wait."""


def groups(stem):
    """Runs by the names of their groups, joined where runs are short: starting a process would take longest.

    Then an experiment has one process; at `small` two, where others wait for its runs.
    """
    found = {name: runs for name, runs in experiment(stem).runs(PROFILE, SEED).items() if runs}
    processes = len(found)
    if PROFILE in SHORT:
        processes = 2 if PROFILE == "small" and stem in AWAITED else 1
    parts = [list(found)[number::processes] for number in range(min(processes, len(found)))]
    return {"+".join(part): [run for name in part for run in found[name]] for part in parts}


GROUPS = {stem: groups(stem) for stem in stems() if PROFILE in experiment(stem).PROFILES}
DATASETS = {
    stem: list(dict.fromkeys(run.dataset for runs in found.values() for run in runs if hasattr(run, "dataset")))
    for stem, found in GROUPS.items()
}
# Of the experiments that share a data set the first one's job makes it ready; others that wrote it too would wait.
OWNERS = {dataset: stem for stem in reversed(GROUPS) for dataset in DATASETS[stem]}
READERS = ["experiments", "runs", "report", "papers", "notebook", "cli"]
# What is asked for where runs are of a kind that is not predicted, or no like ones are stored: memory in MB, minutes,
# GPUs. On two cores the largest group at `full` took 41 minutes, and another 4,400 MB.
ESTIMATES = {
    "smoke": {"mem_mb": 3500, "runtime": 20, "gpu": 0},
    "small": {"mem_mb": 3500, "runtime": 60, "gpu": 0},
    "full": {"mem_mb": 6500, "runtime": 2 * 60, "gpu": 0},
    "real": {"mem_mb": 8000, "runtime": 8 * 60, "gpu": 0},
}


def code(names, without=()):
    """Module and digest, a line each: Snakemake shows the lines that changed as the reason to run again."""
    left_out = tuple(f"compactvid.{name}" for name in without)
    return [f"{module} {digest[:12]}" for module, digest in code_digest(names, without=left_out).items()]


def configurations(wildcards):
    return [canonical(run) for run in GROUPS[wildcards.stem][wildcards.group]]


def run_code(wildcards):
    return code({name for run in GROUPS[wildcards.stem][wildcards.group] for name in modules(run)}, READERS)


@cache
def asked(stem, group):
    return resources(GROUPS[stem][group], ESTIMATES[PROFILE])


def need(resource):
    """What a group of runs asks of the scheduler: as the store's like runs let expect, with room to spare."""

    def ask(wildcards, attempt):
        amount = asked(wildcards.stem, wildcards.group)[resource]
        return amount if resource == "gpu" else amount * attempt

    return ask


def data_code(wildcards):
    return code({name for dataset in DATASETS[wildcards.stem] for name in modules(dataset)}, READERS)


def fingerprints(wildcards):
    return [f"{canonical(dataset)} {dataset.fingerprint()}" for dataset in DATASETS[wildcards.stem]]


def data(stem, found):
    """What marks that the data sets are ready, but for those of the experiment's own job."""
    owners = dict.fromkeys(OWNERS[dataset] for dataset in found)
    return [f"_build/data/{PROFILE}-{SEED}/{owner}.json" for owner in owners if owner != stem]


def shared_data(wildcards):
    return data(wildcards.stem, DATASETS[wildcards.stem])


def read_data(wildcards):
    runs = GROUPS[wildcards.stem][wildcards.group]
    return data(None, [run.dataset for run in runs if hasattr(run, "dataset")])


def notebook_code(wildcards):
    cells = jupytext.read(f"notebooks/{wildcards.stem}.py").cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    return code(imports_of_source(source) | {experiment(wildcards.stem).__name__}, ["cli"])


def transcriptions(wildcards):
    return sorted(Path("data_manifests/papers", wildcards.stem.partition("_")[0]).glob("*.*"))


def sources(folder):
    generated = {"notebooks", "generated", "__pycache__"}
    return sorted(path for path in Path(folder).rglob("*") if path.is_file() and not generated & set(path.parts))


def markers(wildcards):
    return [marker(stem, group) for stem in (wildcards.stem, *used(wildcards.stem, PROFILE)) for group in GROUPS[stem]]


def earlier(wildcards):
    """Runs of the experiments that this one uses."""
    return [marker(stem, group) for stem in used(wildcards.stem, PROFILE) for group in GROUPS[stem]]


def marker(stem, group):
    return f"_build/runs/{PROFILE}-{SEED}/{stem}.{group}.json"


# Short, and in need of the network or of all results: where Snakemake itself runs.
localrules:
    all,
    pages,
    mathjax,
    book,


rule all:
    input:
        "_build/html/index.html",


rule data:
    input:
        shared_data,
    output:
        f"_build/data/{PROFILE}-{SEED}/{{stem}}.json",
    params:
        fingerprints=fingerprints,
        code=data_code,
    # Notebooks last: of jobs that can start, long ones first leave fewer cores idle at the end.
    priority: 2
    message:
        "data: {wildcards.stem}"
    shell:
        "compactvid prepare {wildcards.stem} --profile {PROFILE} --seed {SEED} --marker {output}"


rule runs:
    input:
        read_data,
        earlier,
    output:
        f"_build/runs/{PROFILE}-{SEED}/{{stem}}.{{group}}.json",
    params:
        configurations=configurations,
        code=run_code,
        groups=lambda wildcards: " ".join(f"--group {group}" for group in wildcards.group.split("+")),
    resources:
        mem_mb=need("mem_mb"),
        runtime=need("runtime"),
        gpu=need("gpu"),
    priority: 1
    message:
        "runs: {wildcards.stem}, {wildcards.group}"
    shell:
        "compactvid run {wildcards.stem} {params.groups} --profile {PROFILE} --seed {SEED} --marker {output}"
        # Short runs by the dozen: a line each is enough.
        + (" --quiet" if PROFILE in SHORT else "")


rule notebook:
    input:
        "notebooks/{stem}.py",
        markers,
        transcriptions,
    output:
        "book/notebooks/{stem}.ipynb",
        f"_build/results/{PROFILE}/{{stem}}.json",
    params:
        code=notebook_code,
        profile=PROFILE,
        seed=SEED,
    message:
        "notebook: {wildcards.stem}"
    shell:
        "compactvid execute {wildcards.stem} --profile {PROFILE} --seed {SEED} --output {output[0]}"


rule pages:
    input:
        expand(f"_build/results/{PROFILE}/{{stem}}.json", stem=GROUPS),
        sorted(Path("results").glob("*/*.json")),
        sorted(Path("data_manifests/papers").glob("*/*")),
    output:
        "book/generated/scorecard.md",
        "book/generated/ledger.md",
        "book/generated/built.md",
        "book/generated/cost.md",
        "book/generated/loss_curves.md",
        "_build/extra/ledger.csv",
    params:
        code=code(["compactvid.cli.pages"]),
        profile=PROFILE,
        seed=SEED,
    message:
        "pages: scorecard, ledger, how the book was built, what the paper's size costs"
    shell:
        "compactvid pages --profile {PROFILE} --seed {SEED}"


rule mathjax:
    input:
        "book/site/package.json",
        "book/site/package-lock.json",
    output:
        "_build/extra/mathjax/tex-svg.js",
    message:
        "mathjax: from npm, so that the site asks no other host"
    shell:
        "mkdir -p _build/npm && cp {input} _build/npm/ && npm ci --prefix _build/npm --silent --ignore-scripts --no-audit --no-fund"
        # The full bundle: the plain one loads some commands from files beside it, which the site does not ship.
        " && cp _build/npm/node_modules/mathjax/es5/tex-svg-full.js {output}"


rule book:
    input:
        expand("book/notebooks/{stem}.ipynb", stem=GROUPS),
        rules.pages.output,
        rules.mathjax.output,
        "_config.yml",
        sources("book"),
    output:
        "_build/html/index.html",
    message:
        "book: rendering"
    shell:
        "jupyter-book build book --config _config.yml --path-output . -W -n --keep-going --all --quiet"
