"""The real transcription: against the paper's text where it lies beside the project, and against facts about it."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from compactvid import papers
from compactvid.papers.schema import ClaimsFile, read_yaml

# Of Liu & Liu 2018, section 3.
ELIMINATED = "K20-H1600 K64-H1024 K150-H600 K128-H512 K16-H1024 K32-H400 K128-H1024 K8-H1024 K32-H800 K8-H800"

# What the text of Liu & Liu 2018 prints and no row holds, with the reason.
FRAME = "what a claim beside it is about"
REPEATED, NOTATION = "a claim elsewhere prints it", "notation"
NOT_TRANSCRIBED = {
    "Global Average Precision (GAP) at 20 is used as metric": REPEATED,
    "GAP = \\sum_{i=1}^N p(i)\\Delta r(i)": NOTATION,
    "k \\in [1, K]": NOTATION,
    "V(j, k) = \\sum_{i=1}^N": NOTATION,
    "weight matrix of shape H \\times 2H": FRAME,
    "in order to cast those 4 tensors": REPEATED,
    "a tensor of 1024x100000 and set sparsity as 75%": FRAME,
    "associate it with two 32 bit integers": FRAME,
    "though sparsity is set to be 75%": FRAME,
    "as 8 bits unsigned integers rather than 32 bits float value": FRAME,
    "The 18 single models": REPEATED,
    "our 7th place solution to the 2nd": REPEATED,
    "trained 28 models with different hyperparameters": REPEATED,
    "(0.39, 0.26, 0.21, 0.14) are the ensemble weights of each model": "values of Fig. 2",
}
NUMBERED = [
    r"\[\d+(,\d+)*\]",  # the paper's own numbering: references, sections, tables, figures, equations, lists
    r"\b(Section|Table|Fig\.) \d\b",
    r"(, | and )K\d+-H\d+",  # the eliminated models, which a test of their own compares
    r"\b\d(\.\d)? (Introduction|Approach|Frame Level|Compression|Ensemble|Experiment|Conclusions)",
    r"mentioned in 2\.1|\\quad \(\d\)|[.:] \d\. [A-Z]",
    r"YouTube-?8M|youtube-8m|float(16|32)|Float16|https://github\.com/tensorflow\S*|/boliu61/",  # names
]


@pytest.fixture(scope="module")
def text(paper_text: Callable[[str], str]) -> str:
    return paper_text("liu2018")


@pytest.mark.parametrize("table", ["table_1", "table_2"])
def test_a_table_is_the_printed_table(text: str, root: Path, table: str) -> None:
    path = root / "data_manifests" / "papers" / "liu2018" / f"{table}.csv"
    ours = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    printed = [line.split("\t") for line in text.splitlines()]
    start = printed.index(ours[0])
    found = printed[start : start + len(ours)]
    # A row that ends in blank cells ends before them in the text.
    assert [row + [""] * (len(ours[0]) - len(row)) for row in found] == ours
    assert len(printed[start + len(ours)]) == 1


def test_figures_values_stand_in_the_paper(text: str, root: Path) -> None:
    values = [entry for entry in papers.entries("liu2018", root) if ".fig_2." in entry.id and entry.number]
    assert [entry.id.split(".")[2] for entry in values] == ["Y", "H", "L", "S"]
    weights = ", ".join(entry.printed for entry in values)
    assert f"({weights}) are the ensemble weights of each model" in text


def test_eliminated_models_and_quotations_stand_in_the_paper(text: str, root: Path) -> None:
    running = " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
    table = papers.table("liu2018", "table_1", root)
    named = re.search(r"The 10 eliminated models are (.*?)\. Table 1", running)
    assert named is not None
    assert table.eliminated == re.split(r", | and ", named[1])
    folder = root / "data_manifests" / "papers" / "liu2018"
    quotations = [claim.quotation for claim in read_yaml(folder / "claims.yml", ClaimsFile).claims]
    assert table.about.eliminated is not None
    for quotation in [*quotations, table.about.eliminated.quotation]:
        assert quotation in running


def test_every_number_of_the_text_is_transcribed_or_left_out_for_a_reason(
    text: str, root: Path, numbers_left: Callable[[str, list[str]], list[str]]
) -> None:
    body = re.sub(r"```.*?```", "", text[text.index("Abstract.") : text.index("\nReferences\n")], flags=re.DOTALL)
    lines = [line for line in body.splitlines() if "\t" not in line]
    running = " ".join(re.sub(r"[$*]", "", " ".join(lines)).split())
    entries = papers.entries("liu2018", root)
    quoted = {entry.quotation for entry in entries if entry.quotation is not None}
    for phrase in NOT_TRANSCRIBED:
        assert phrase in running, phrase
    covered = [re.escape(phrase) for phrase in (*quoted, *NOT_TRANSCRIBED)] + NUMBERED
    assert numbers_left(running, covered) == []
    # A number inside a quotation is what that claim, or another of the same section, prints.
    for entry in entries:
        if entry.quotation is not None:
            printed = " ".join(other.printed for other in entries if other.locator == entry.locator)
            digits = re.sub(r"\[\d+\]|YouTube-8M|float\d+|7th|K20-H1600", "", entry.quotation)
            assert set(re.findall(r"[\d.,]*\d", digits)) <= set(re.findall(r"[\d.,]*\d", printed)), entry.id


def test_table_1_has_the_sums_and_the_order_of_the_print(root: Path) -> None:
    """Sums added up from the print, so that a changed digit shows where the paper's text is absent."""
    frame = papers.table("liu2018", "table_1", root).frame().set_index("row")
    assert len(frame) == 18
    assert "".join(frame.pop("code")) == "YGFXHKLJANSOTQERMP"
    assert {name: round(total, 9) for name, total in frame.sum().items()} == {
        "float32_mib": 6852.13,
        "float16_mib": 3552.55,
        "compression_rate": 873.0,
        "best_averaged_gap": 15.6256,
        "best_single_gap": 15.5562,
    }
    # "sorted by decreasing size and score"
    for column in ("float32_mib", "float16_mib", "best_averaged_gap"):
        assert frame[column].is_monotonic_decreasing


def test_table_2_has_the_sums_of_the_print(root: Path) -> None:
    """As above. The blank cells are those of the seven ensembles without scores on the leaderboards."""
    frame = papers.table("liu2018", "table_2", root).frame().set_index("row")
    assert " ".join(frame.index) == "YHLS YFH GHLS YGLP YLSQRP GHLRP GFX FJSOQR GFAB FJSO LNSOTQP GF"
    assert {name: round(total, 9) for name, total in frame.sum().items()} == {
        "size_mib": 11592.2,
        "local_gap": 10.5718,
        "public_gap": 4.4163,
        "private_gap": 4.4132,
        "public_delta": 0.0095,
        "private_delta": 0.0064,
    }
    assert frame["local_gap"].is_monotonic_decreasing
    scored = frame.dropna().index
    assert list(scored) == ["YHLS", "GHLS", "GHLRP", "FJSOQR", "GFAB"]
    assert (
        frame.drop(index=scored)[["public_gap", "private_gap", "public_delta", "private_delta"]].isna().all(axis=None)
    )


@pytest.mark.parametrize(
    ("paper", "families"),
    [
        ("liu2018", "table_1 table_2 fig_2 float16 pruning quantization best_ensembles conclusions future_work"),
        ("araujo2018", "table_2 table_3 table_4 fig_2 fig_3 fig_4 fig_5 fig_7 theory"),
        ("deepeye2018", "table_2 fig_5 fig_7 fig_9"),
    ],
)
def test_every_entry_can_be_answered_or_says_why_not(root: Path, paper: str, families: str) -> None:
    """A measured number names its data; what no result can answer gives a reason; each family has its claims."""
    entries = papers.entries(paper, root)
    assert {entry.about.family for entry in entries if entry.about.family} == set(families.split())
    for entry in entries:
        about = entry.about
        if about.kind in ("measured", "protocol"):
            assert about.not_attempted or about.stated, entry.id
        if about.kind == "statement" and entry.result_key == entry.id:
            assert about.note or about.stated, entry.id
    claims = [entry.about for entry in entries if entry.quotation and entry.about.kind == "statement"]
    notes = Counter(about.note for about in claims if about.note)
    assert notes.most_common(1)[0][1] == 1, "a note of another claim was merged in"
    known = {entry.id for entry in entries}
    assert {entry.result_key for entry in entries} <= known  # another key only where one result answers two


def test_a_page_that_is_there_is_not_given_as_a_reason(root: Path) -> None:
    """What waits for a page says so, and loses this reason when the page comes: then it counts in its family."""
    pattern = re.compile("([a-z]+2018_[a-z0-9_]+), the page that answers it, is not written yet")
    waiting = {entry.id: pattern.fullmatch(entry.about.not_attempted or "") for entry in papers.entries(root=root)}
    pages = {path.stem for path in (root / "notebooks").glob("*.py")}
    assert [name for name, found in waiting.items() if found and found[1] in pages] == []
    assert all(found[1].startswith(name.partition(".")[0]) for name, found in waiting.items() if found)


def test_eliminated_models_are_the_ten_of_section_3(root: Path) -> None:
    table = papers.table("liu2018", "table_1", root)
    assert table.eliminated == ELIMINATED.split()
    assert len({*table.eliminated, *table.row_ids}) == 28


def test_entries_keep_what_is_printed(root: Path) -> None:
    entries = {entry.id: entry for entry in papers.entries("liu2018", root)}
    assert sum(".table_1." in name for name in entries) == 90
    entry = entries["liu2018.table_1.K24-H1440.float16_mib"]
    assert (entry.printed, str(entry.number), entry.about.unit) == ("381.40", "381.40", "MiB")
    assert entry.locator == "Table 1, K24-H1440 (Y), Float16 model size"
    assert entry.result_key == entry.id
    rate = entries["liu2018.table_1.K16-H256.compression_rate"]
    assert (rate.printed, str(rate.number)) == ("49.4%", "49.4")
    kinds = {name.rsplit(".", 1)[1]: entry.about.kind for name, entry in entries.items() if ".table_1." in name}
    assert kinds == {
        "float32_mib": "exact",
        "float16_mib": "exact",
        "compression_rate": "exact",
        "best_averaged_gap": "measured",
        "best_single_gap": "measured",
    }
    assert entries["liu2018.claims.averaged_beats_single"].number is None


def test_papers_are_named(root: Path) -> None:
    assert {name: papers.paper(name, root).short for name in papers.paper_ids(root)} == {
        "araujo2018": "Araujo et al. 2018",
        "deepeye2018": "Cheng et al. 2018",
        "liu2018": "Liu & Liu 2018",
    }


def test_unknown_names_are_answered_with_the_known_ones(root: Path) -> None:
    with pytest.raises(ValueError, match=r"unknown paper 'liu2019'; there are .*liu2018"):
        papers.entries("liu2019", root)
    with pytest.raises(ValueError, match="liu2018: unknown table 'table_9'; there are table_1, table_2"):
        papers.table("liu2018", "table_9", root)
