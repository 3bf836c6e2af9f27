"""Cheng et al. 2018 (DeepEye) as transcribed, against the paper's text."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from compactvid import papers

# What the text prints and no row holds, with the reason.
ELSEWHERE = "other people's work"
NOTATION = "notation"
FRAME = "what a claim beside it is about"
NOT_TRANSCRIBED = {
    "almost 100 convolution layers": ELSEWHERE,
    r"(3×3, 5×5 \text{ etc.})": ELSEWHERE,
    r"w \in [-1,0] \cup [0,1]": FRAME,
    r"w^q \in [-2^7 + 1,0] \cup [0,2^7 - 1]": FRAME,
    r"a \in [0, 1]": FRAME,
    r"a^q \in [0, 1]": FRAME,
    "on 3 representational classes": FRAME,
    "among all 20 classes": FRAME,
    "O(dr^2n_m)": FRAME,
    "starts from 1": NOTATION,
    "a 2-dimensional slice from the 3-dimensional tensor": NOTATION,
    r"\forall k \in [1, d]": NOTATION,
    r"j \in [1, N]": NOTATION,
}
NUMBERED = [
    r"\[\d+(, \d+|[–-]\d+)*\]",  # the paper's own numbering: references, sections, tables, figures, equations, lists
    r"\b(Section|Table|Figure|Fig|Eq)\.? ?\d(\.\d)?",
    r"#+ \W*\d(\.\d)? [A-Z0-9]",
    r"- \d\. [A-Z]|\b\d ?\) |\b\d, (DEEPEYE|Original|Plain|T-RNN)",
    r"YOLOv[23]|UCF11|8-bit",  # names
    r"\\\w*\{[^{}]*\}|[A-Za-z]_\{?\d|k-1",
]


def plain(text: str) -> str:
    """The text without marks of TeX and of layout, on one line."""
    # The text was read off pages: one times sign came out as `imes`, and spaces fell before a unit and before commas.
    text = re.sub(r"\s*(\\times|\bimes\b)\s*", "×", text).replace("$", "").replace("*", "")
    text = text.replace("CONV_{final}", "CONV_final")
    return re.sub(r" (?=[,;])", "", re.sub(r"(\d) KB", r"\1KB", " ".join(text.split())))


@pytest.fixture(scope="module")
def text(paper_text: Callable[[str], str]) -> str:
    """From the abstract to the conclusion."""
    whole = paper_text("deepeye2018")
    return whole[whole.index("## Abstract") : whole.index("## References")]


@pytest.mark.parametrize("table", ["table_1", "table_2"])
def test_a_table_is_the_printed_table(text: str, root: Path, table: str) -> None:
    path = root / "data_manifests" / "papers" / "deepeye2018" / f"{table}.csv"
    ours = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    # Where a row ends in a blank cell, the text ends in a tab.
    printed = [[plain(cell) for cell in line.removesuffix("\t").split("\t")] for line in text.splitlines()]
    start = printed.index(ours[0])
    assert printed[start : start + len(ours)] == ours
    assert len(printed[start + len(ours)]) == 1


def test_quotations_stand_in_the_paper(text: str, root: Path) -> None:
    running = plain(text)
    quoted = [entry for entry in papers.entries("deepeye2018", root) if entry.quotation is not None]
    assert [entry.id for entry in quoted if entry.quotation not in running] == []


def test_a_quotation_stands_in_its_section(text: str, root: Path) -> None:
    """A claim's locator is the section, the caption or the table that its quotation is in."""
    heading = r"^#+ \W*(\d(?:\.\d)?|Abstract)\W.*$"
    parts = re.split(heading, re.sub(r"^(Figure|Table) \d:.*$|^.*\t.*$", "", text, flags=re.M), flags=re.M)
    sections = {name.lower(): plain(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    captions = {f"{kind[:3]}{number}": plain(line) for line, kind, number in
                re.findall(r"^((Figure|Table) (\d):.*)$", text, flags=re.M)}  # fmt: skip
    rows = plain("\n".join(line for line in text.splitlines() if "\t" in line))
    for entry in papers.entries("deepeye2018", root):
        if entry.quotation is None:
            continue
        place = entry.locator.removeprefix("section ").partition(",")[0]
        if entry.locator.endswith("caption"):
            body = captions[re.sub(r"^(...)\D*(\d).*", r"\1\2", entry.locator)]
        elif entry.locator.startswith("Table"):
            body = rows
        else:
            body = sections[place]
        assert entry.quotation in body, entry.id


def test_every_number_of_the_text_is_transcribed_or_left_out_for_a_reason(
    text: str, root: Path, numbers_left: Callable[[str, list[str]], list[str]]
) -> None:
    equations = re.sub(r"\$\$.*?\$\$\n? *(\(\d\))?", "", text, flags=re.DOTALL)
    running = plain("\n".join(line for line in equations.splitlines() if "\t" not in line))
    entries = papers.entries("deepeye2018", root)
    quoted = {entry.quotation for entry in entries if entry.quotation is not None}
    for phrase in NOT_TRANSCRIBED:
        assert phrase in running, phrase
    covered = [re.escape(phrase) for phrase in (*quoted, *NOT_TRANSCRIBED)] + NUMBERED
    assert numbers_left(running, covered) == []
    # A number inside a quotation is what that claim, or another with the same words, prints: of a shape, the channels.
    for words in quoted - {entry.quotation for entry in entries if entry.locator.startswith("Table")}:
        printed = " ".join(entry.printed for entry in entries if entry.quotation == words)
        digits = re.sub(r"\[\d+\]|UCF11|YOLOv2|8-bit|Table 1|Fig\.5|\d+×(?=\d+)", "", words)
        assert set(re.findall(r"[\d.,]*\d", digits)) <= set(re.findall(r"[\d.,]*\d", printed)), words


def test_tables_have_the_sums_of_the_print(root: Path) -> None:
    """Sums added up from the print, so that a changed digit shows where the paper's text is absent."""
    frames = [papers.table("deepeye2018", name, root).frame() for name in ("table_1", "table_2")]
    assert [frame.sum(numeric_only=True).round(9).to_dict() for frame in frames] == [
        {"parameters": 151472.0, "float_kib": 590.8, "eight_bit_kib": 148.0},
        {"accuracy": 235.58, "parameters": 58989680.0, "compression": 32601.0, "runtime": 2277.0, "speed_up": 6.05},
    ]
    assert frames[0]["filters"].tolist() == ["608×608×3", "608×608×16", "152×152×32", "19×19×1024"]
    assert frames[0]["output"].tolist() == ["608×608×16", "304×304×32", "152×152×64", "19×19×125"]
    assert frames[1]["row"].tolist() == ["RNN", "T-RNN-with-frame-inputs", "DEEPEYE"]


def test_what_the_paper_prints_twice_is_one_number(root: Path) -> None:
    """Entries with one result key print one number, so that one result can answer them all."""
    entries = papers.entries("deepeye2018", root)
    by_id = {entry.id: entry for entry in entries}
    repeated = [entry for entry in entries if entry.result_key != entry.id and entry.number is not None]
    assert len(repeated) == 19
    for entry in repeated:
        first = by_id[entry.result_key]
        assert (entry.number, entry.about.unit) == (first.number, first.about.unit), entry.id
