"""Araujo et al. 2018 as transcribed, against the paper's text."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from compactvid import papers

# What the text prints and no row holds, with the reason.
ELSEWHERE = "other people's work"
FRAME = "what a claim beside it is about"
NOT_TRANSCRIBED = {
    "top-3 most accurate": ELSEWHERE,
    "(25 distinct models have been used by the first contestant [24], 74 by the second [33] and 57": ELSEWHERE,
    "3D convolutions": ELSEWHERE,
    "single best model proposed in [24] (winner of the first YouTube-8M competition)": ELSEWHERE,
    "sampled at random in \\{-1, 1\\}": ELSEWHERE,
    "by a factor of 10 without loss in accuracy": ELSEWHERE,
    "the last 3 fully connected layers use 58M out of the 62M total trainable parameters (> 90%": ELSEWHERE,
    "random with values in {-1, 1}": ELSEWHERE,
    "having D \\in \\{-1, +1\\} fixed": ELSEWHERE,
    "instead of n^2 .": FRAME,
    "O(n \\log n) instead of O(n^2)": FRAME,
    "As such, with m = 1, the weight matrix (1024, 8192) of the video embedding": FRAME,
    "the weight matrix of size (8192, 512)": FRAME,
    "with shape (8192, 8192)": FRAME,
    "The -1 in the activation shapes": "how a batch is written in Table 1",
    "samples S_1 \\ldots S_n of size": "notation",
}
NUMBERED = [
    r"\[[\d,]+\]",  # the paper's own numbering: references, sections, tables, figures, equations, foot notes, pages
    r"\b([Ss]ection|[Tt]able|[Ff]igure|Fig\.|Equation) \d(\.\d)?",
    r"\b\d(\.\d)? [A-Z][a-z]+ [A-Za-z-]+",  # headings
    r"\^3|\b8 Alexandre|\b12Alexandre",
    r"(?i)2nd youtube-8m|1st youtube-8m|youtube-?8m(-2018)?|sports-1m",
    r"GAP@20",
    r"[vS]_1|\\mathbb\{R\}\^\{1024\}|\{-1\}|\\frac\{1\}|i=1|\(\d\)",
    r"c_\{n-\d\}|c_\d",
]


@pytest.fixture(scope="module")
def text(paper_text: Callable[[str], str]) -> str:
    return paper_text("araujo2018")


@pytest.fixture(scope="module")
def running_text(text: str) -> str:
    """From the abstract to the conclusion, without table rows and marks of layout."""
    body = text[text.index("Abstract.") : text.index("7 Acknowledgement")]
    marked = re.sub(r"[$*]", "", body.replace(r"\,", " "))
    lines = [line for line in marked.splitlines() if "\t" not in line]
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("table", ["table_1", "table_2", "table_3"])
def test_a_table_is_the_printed_table(text: str, root: Path, table: str) -> None:
    path = root / "data_manifests" / "papers" / "araujo2018" / f"{table}.csv"
    ours = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    # The text was read off pages: a space fell into one heading.
    printed = [line.replace("# W eights", "#Weights").split("\t") for line in text.splitlines()]
    start = printed.index(ours[0])
    assert printed[start : start + len(ours)] == ours
    assert len(printed[start + len(ours)]) == 1


def test_table_4_is_the_printed_table(text: str, root: Path) -> None:
    """In the text, its two rows for an embedding are merged into one, cell by cell, under the embedding's name."""
    path = root / "data_manifests" / "papers" / "araujo2018" / "table_4.csv"
    header, *ours = csv.reader(path.read_text(encoding="utf-8").splitlines())
    lines = [line.split("\t") for line in text.splitlines()]
    start = lines.index(header)
    printed = []
    for (embedding, *_), (methods, *merged) in zip(*[iter(lines[start + 1 : start + 7])] * 2, strict=True):
        assert methods == "FC Dense FC Circulant"
        pairs = [re.findall(r"\d+(?:\.\d+)?|-", cell) for cell in merged]
        for name, *cells in zip(("Dense", "Circulant"), *pairs, strict=True):
            printed.append([f"{embedding} FC {name}", *cells])
    assert printed == ours


def test_quotations_stand_in_the_paper(running_text: str, text: str, root: Path) -> None:
    rows = " ".join(text.split())
    for entry in papers.entries("araujo2018", root):
        if entry.quotation is not None:
            assert entry.quotation in running_text or entry.quotation in rows, entry.id


def test_every_number_of_the_text_is_transcribed_or_left_out_for_a_reason(
    running_text: str, root: Path, numbers_left: Callable[[str, list[str]], list[str]]
) -> None:
    entries = papers.entries("araujo2018", root)
    quoted = {entry.quotation for entry in entries if entry.quotation is not None}
    for phrase in NOT_TRANSCRIBED:
        assert phrase in running_text, phrase
    covered = [re.escape(phrase) for phrase in (*quoted, *NOT_TRANSCRIBED)] + NUMBERED
    assert numbers_left(running_text, covered) == []
    # A number inside a quotation is what that claim, or another with the same words, prints.
    for words in quoted:
        printed = " ".join(entry.printed for entry in entries if entry.quotation == words)
        digits = re.sub(r"\[\d\]|YouTube-8M|POWER8|2nd|section \d\.\d|in \d\.\d", "", words)
        if not words.startswith(("Compact MoE 12668504", "1 1 052")):
            assert set(re.findall(r"[\d.]*\d", digits)) <= set(re.findall(r"[\d.]*\d", printed)), words


def test_tables_have_the_sums_of_the_print(root: Path) -> None:
    """Sums added up from the print, so that a changed digit shows where the paper's text is absent."""
    frames = {f"table_{n}": papers.table("araujo2018", f"table_{n}", root).frame() for n in (1, 2, 3, 4)}
    sums = {name: frame.sum(numeric_only=True).round(9).to_dict() for name, frame in frames.items()}
    assert sums == {
        "table_1": {"size": 13317.0, "weights": 65711588.0},
        "table_2": {"weights": 136197652.0, "size_mib": 519.0, "compression_rate": 99.6, "gap": 3.334,
                    "difference": -0.05},
        "table_3": {"examples_per_second": 3485.0, "parameters": 6524928.0, "compression_rate": 296.2, "gap": 3.442},
        "table_4": {"parameters": 435563896.0, "size_mib": 1663.0, "compression_rate": 108.76, "gap": 5.145},
    }  # fmt: skip
    assert frames["table_1"]["weight_shape"].tolist()[:2] == ["(1024, 8192)", "(128, 4096)"]


def test_figures_end_where_the_released_plots_do(root: Path) -> None:
    """Their last epochs lie within 0.003 of the tables that print the same models."""
    printed = {entry.id.removeprefix("araujo2018."): entry.number for entry in papers.entries("araujo2018", root)}
    pairs = {
        "fig_4.dense.epoch_7": "table_2.Dense-Model.gap",
        "fig_4.compact_dbof.epoch_7": "table_2.Compact-DBoF.gap",
        "fig_4.compact_fc.epoch_7": "table_2.Compact-FC.gap",
        "fig_4.compact_moe.epoch_7": "table_2.Compact-MoE.gap",
        "fig_5.learned_dc.epoch_10": "table_4.DBoF-FC-Circulant.gap",
        **{
            f"fig_6.{curve}.{kind.lower().replace('circulant', 'compact')}.epoch_10": f"table_4.{row}-FC-{kind}.gap"
            for curve, row in (("dbof", "DBoF"), ("netvlad", "NetVLAD"), ("netfv", "NetFisher"))
            for kind in ("Dense", "Circulant")
        },
    }
    assert len(pairs) == 11
    for curve, cell in pairs.items():
        assert abs(printed[curve] - printed[cell]) <= 0.003, curve
