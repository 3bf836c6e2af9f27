"""A project folder with part of the real transcription, and results for it that no library code computed."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from compactvid import papers

# K, H of Table 1's rows, in print order.
KEPT = [
    (24, 1440), (32, 1280), (100, 800), (16, 1280), (32, 1024), (20, 960), (16, 800), (64, 512), (100, 400),
    (32, 600), (32, 512), (16, 512), (8, 512), (16, 400), (10, 400), (32, 256), (10, 300), (16, 256),
]  # fmt: skip


def values_counted(clusters: int, hidden: int) -> tuple[int, int]:
    """Values in Gated NetVLAD's four big tensors and in its other 28, from the layers' shapes (V = 3862, M = 5)."""
    classes, mixtures, audio_clusters = 3862, 5, clusters // 2
    pooled = 1024 * clusters + 128 * audio_clusters
    big = pooled * hidden + 2 * hidden * mixtures * classes + 2 * hidden * (mixtures + 1) * classes + classes**2
    small = sum(2 * size * count + 4 * count for size, count in ((1024, clusters), (128, audio_clusters)))
    small += 4 * hidden + 2 * hidden * hidden + 2 * hidden  # batch norm of the first layer, the second layer
    small += (2 * hidden) ** 2 + 4 * 2 * hidden + mixtures * classes + 4 * classes  # gating, expert bias, batch norm
    return big, small


def result(value: float, unit: str | None = None, **about: Any) -> dict[str, Any]:
    """One result as a notebook records it."""
    return {"value": value, "unit": unit, "tolerance": 0.0, "reason": "counted", **about}


@pytest.fixture(scope="session")
def paper_text(root: Path) -> Callable[[str], str]:
    """Read the text of a paper, which lies beside the project where transcriptions are checked."""

    def read(paper: str) -> str:
        path = root.parent / "shared" / "papers" / f"{paper}.md"
        if not path.is_file():
            reason = f"the text of {paper} does not lie beside the project: nothing to compare with word by word"
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
        return path.read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="session")
def numbers_left() -> Callable[[str, list[str]], list[str]]:
    """The numbers of a text that none of some patterns covers, each with the words around it."""

    def find(text: str, covered: list[str]) -> list[str]:
        left = list(text)
        for pattern in covered:
            for found in re.finditer(pattern, text):
                left[found.start() : found.end()] = " " * len(found[0])
        return [text[max(0, at.start() - 30) : at.end() + 20] for at in re.finditer(r"\d+", "".join(left))]

    return find


@pytest.fixture
def judge(root: Path, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The verdicts that some results give to their entries, or to others, of a paper's real transcription.

    All by id without the paper's name.
    """

    def verdicts(paper: str, values: dict[str, float], asked: list[str] | None = None) -> dict[str, str]:
        source, folder = (path / "data_manifests" / "papers" / paper for path in (root, tmp_path))
        shutil.copytree(source, folder, dirs_exist_ok=True)
        results = {f"{paper}.{key}": {"value": value, "tolerance": 0, "reason": "x"} for key, value in values.items()}
        content = {"stem": f"{paper}_x", "profile": "small", "complete": True, "provenance": {"seed": 0}}
        path = tmp_path / "_build" / "results" / "small" / f"{paper}_x.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content | {"results": results}))
        found = {row.id.removeprefix(f"{paper}."): row.verdict for row in papers.ledger(paper, root=tmp_path)}
        return {key: found[key] for key in asked or values}

    return verdicts


@pytest.fixture(scope="session")
def derived() -> dict[str, dict[str, Any]]:
    """The 54 exact cells of Table 1 and the claims that follow from them."""
    results, shares, rates = {}, [], []
    for clusters, hidden in KEPT:
        big, small = values_counted(clusters, hidden)
        row = f"liu2018.table_1.K{clusters}-H{hidden}"
        rates.append(100 * 2 * big / (4 * (big + small)))
        shares.append(100 * big / (big + small))
        results[f"{row}.float32_mib"] = result(4 * (big + small) / 2**20, "MiB")
        results[f"{row}.float16_mib"] = result((2 * big + 4 * small) / 2**20, "MiB")
        results[f"{row}.compression_rate"] = result(rates[-1], "%")
    claims = {
        "cast_tensors": result(4, "tensors"),
        "weight_tensors": result(32, "tensors"),
        "big_four_share": result(sum(shares) / 18, "%"),
        "average_compression_rate": result(sum(rates) / 18, "%"),
        "average_checkpoint_gain": result(0.00386, "GAP"),
        "averaged_beats_single": result(0.01, "GAP", spread=0.004, seeds=5, data="simulated frames"),
        "evaluated_models": result(28, "models"),
        "kept_models": result(18, "models"),
    }
    return results | {f"liu2018.claims.{name}": found for name, found in claims.items()}


@pytest.fixture
def project(root: Path, tmp_path: Path, derived: dict[str, Any]) -> Path:
    """A project folder with the real transcription of Table 1 and the claims that `derived` answers; no results."""
    source, folder = (path / "data_manifests" / "papers" / "liu2018" for path in (root, tmp_path))
    folder.mkdir(parents=True)
    for name in ("paper.yml", "table_1.csv", "table_1.yml"):
        shutil.copy(source / name, folder)
    claims = yaml.safe_load((source / "claims.yml").read_text())["claims"]
    kept = [claim for claim in claims if f"liu2018.claims.{claim['id']}" in derived]
    (folder / "claims.yml").write_text(yaml.safe_dump({"claims": kept}, sort_keys=False))
    return tmp_path


@pytest.fixture
def write_results(project: Path) -> Callable[..., Path]:
    """Write a result file into the project folder: of a build, or recorded evidence."""

    def write(results: dict[str, Any], at: str = "small", *, recorded: bool = False, **changes: Any) -> Path:
        stem = changes.pop("file", "liu2018_table_1")
        folder = project / "results" if recorded else project / "_build" / "results"
        content = {"stem": stem, "profile": at, "complete": True, "provenance": {"seed": 0}, "results": results}
        path = folder / at / f"{stem}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content | changes))
        return path

    return write
