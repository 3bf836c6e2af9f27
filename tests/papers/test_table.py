"""Transcriptions that are not as they should be: each names the file, the place and what was expected."""

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from compactvid import papers
from compactvid.papers import TranscriptionError

TABLE = """\
title: A table
locator: Table 1
row: {header: Model, pattern: '(?P<row>[A-Z]) \\((?P<code>[a-z])\\)'}
columns:
  - {id: size, header: Size, kind: exact, unit: MiB, decimals: 1}
  - {id: rate, header: Rate, kind: measured, unit: '%', suffix: '%', decimals: 0, data: its own}
"""
CELLS = "Model,Size,Rate\nA (a),10.0,50%\nB (b),2.5,-7%\n"
CLAIM = """\
claims:
  - {id: half, locator: section 1, quotation: about 50% of it, printed: 50%, kind: exact, decimals: 0,
     unit: '%', suffix: '%'}
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a small paper `x2020`, with some files replaced."""

    def write(**files: str) -> Path:
        folder = tmp_path / "data_manifests" / "papers" / "x2020"
        folder.mkdir(parents=True)
        paper = "{short: X 2020, title: X, authors: [X], year: 2020, venue: X, url: 'https://example.org'}"
        defaults = {"paper.yml": paper, "table_1.yml": TABLE, "table_1.csv": CELLS, "claims.yml": CLAIM}
        for name, text in (defaults | {key.replace("__", "."): text for key, text in files.items()}).items():
            (folder / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_good_transcription(write: Write) -> None:
    root = write()
    table = papers.table("x2020", "table_1", root)
    assert table.row_ids == ["A", "B"]
    assert table.eliminated == []
    assert table.frame().to_dict("list") == {
        "row": ["A", "B"],
        "code": ["a", "b"],
        "size": [10.0, 2.5],
        "rate": [50.0, -7.0],
    }
    assert [entry.id for entry in papers.entries(root=root)] == [
        "x2020.table_1.A.size",
        "x2020.table_1.A.rate",
        "x2020.table_1.B.size",
        "x2020.table_1.B.rate",
        "x2020.claims.half",
    ]


def test_result_key_pattern_and_reasons_of_cells(write: Write) -> None:
    pattern = "result_key: '{paper}.shared.{row}.{column}', not_attempted: no time"
    cells = "rows: {B: {size: {not_attempted: no machine}}}\n"
    text = TABLE.replace("decimals: 1", f"decimals: 1, {pattern}") + cells
    entries = {entry.id: entry for entry in papers.entries("x2020", write(table_1__yml=text))}
    assert entries["x2020.table_1.A.size"].result_key == "x2020.shared.A.size"
    assert entries["x2020.table_1.A.size"].about.not_attempted == "no time"
    assert entries["x2020.table_1.B.size"].about.not_attempted == "no machine"
    assert entries["x2020.table_1.A.rate"].result_key == "x2020.table_1.A.rate"


def test_a_cell_may_be_of_another_kind_than_its_column(write: Write) -> None:
    cells = "rows: {B: {size: {kind: inconsistent, note: see A}}}\n"
    entries = {entry.id: entry for entry in papers.entries("x2020", write(table_1__yml=TABLE + cells))}
    about = entries["x2020.table_1.B.size"].about
    assert (about.kind, about.note, about.unit, about.decimals) == ("inconsistent", "see A", "MiB", 1)
    assert entries["x2020.table_1.A.size"].about.kind == "exact"


def test_a_blank_cell_is_no_entry(write: Write) -> None:
    table = TABLE.replace("unit: MiB", "blanks: true, unit: MiB")
    root = write(table_1__yml=table, table_1__csv=CELLS.replace("2.5", ""))
    ids = [entry.id for entry in papers.entries("x2020", root)]
    assert ids == ["x2020.table_1.A.size", "x2020.table_1.A.rate", "x2020.table_1.B.rate", "x2020.claims.half"]
    sizes = papers.table("x2020", "table_1", root).frame()["size"]
    assert sizes[0] == 10.0
    assert math.isnan(sizes[1])


def test_nothing_is_said_of_a_blank_cell(write: Write) -> None:
    table = TABLE.replace("unit: MiB", "blanks: true, unit: MiB") + "rows: {B: {size: {note: x}}}\n"
    root = write(table_1__yml=table, table_1__csv=CELLS.replace("2.5", ""))
    with pytest.raises(TranscriptionError, match=re.escape("table_1.yml: rows.B.size: the cell is blank")):
        papers.entries("x2020", root)


FIGURE = """\
figures:
  - id: fig_4
    title: Curves
    locator: Fig. 4
    read: read off the plot to 0.005
    values:
      - &curve {id: dense.epoch_7, printed: '0.845', kind: measured, unit: GAP, decimals: 3, data: its own}
      - {<<: *curve, id: compact.epoch_7, printed: '0.805', result_key: x2020.table_1.A.gap}
"""


def test_figures_give_entries(write: Write) -> None:
    entries = {entry.id: entry for entry in papers.entries("x2020", write(figures__yml=FIGURE))}
    dense, compact = entries["x2020.fig_4.dense.epoch_7"], entries["x2020.fig_4.compact.epoch_7"]
    assert (str(dense.number), dense.result_key) == ("0.845", dense.id)
    assert (str(compact.number), compact.result_key) == ("0.805", "x2020.table_1.A.gap")
    assert dense.locator == compact.locator == "Fig. 4, read off the plot to 0.005"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0.845", "0.84", "figures.yml: figures.fig_4.values.dense.epoch_7: expected a number with 3 decimals"),
        ("    read: read off the plot to 0.005\n", "", "figures.yml: figures.fig_4.read: Field required"),
        ("dense.epoch_7", ".dense", "id: String should match pattern"),
        ("compact.epoch_7", "dense.epoch_7", "x2020.fig_4.dense.epoch_7: transcribed twice, expected once"),
    ],
)
def test_a_bad_figure_is_named(write: Write, old: str, new: str, message: str) -> None:
    with pytest.raises(TranscriptionError, match=re.escape(message)):
        papers.entries("x2020", write(figures__yml=FIGURE.replace(old, new)))


FACTS = """\
title: A table
locator: Table 1
row: {header: Layer, pattern: '(?P<row>[A-Z ]+)'}
columns:
  - {id: shape, header: Shape, kind: statement, unit: yes or no, note: true if it has this shape}
  - {id: rate, header: Rate, kind: exact, unit: '%', decimals: 1, blanks: true}
rows: {B-C: {rate: {decimals: 2}}}
"""
SHAPES = 'Layer,Shape,Rate\nA,"(-1, 4)",-\nB C,"(-1, 8)",9.56\nD,4 x 4,41.1\n'


def test_a_column_may_hold_facts_and_a_cell_a_dash_or_more_digits(write: Write) -> None:
    root = write(table_1__yml=FACTS, table_1__csv=SHAPES)
    entries = {entry.id.removeprefix("x2020.table_1."): entry for entry in papers.entries("x2020", root)}
    assert list(entries) == ["A.shape", "B-C.shape", "B-C.rate", "D.shape", "D.rate", "x2020.claims.half"]
    assert (entries["A.shape"].printed, entries["A.shape"].number) == ("(-1, 4)", None)
    assert [str(entries[name].number) for name in ("B-C.rate", "D.rate")] == ["9.56", "41.1"]
    assert entries["B-C.rate"].locator == "Table 1, B C, Rate"
    frame = papers.table("x2020", "table_1", root).frame()
    assert frame["shape"].tolist() == ["(-1, 4)", "(-1, 8)", "4 x 4"]
    assert math.isnan(frame["rate"][0])
    assert frame["rate"].tolist()[1:] == [9.56, 41.1]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("9.56", "9.5", "line 3: row 'B-C', column 'Rate': expected a number with 2 decimals, found '9.5'"),
        ("41.1", "41.10", "line 4: row 'D', column 'Rate': expected a number with 1 decimals, found '41.10'"),
        ("4 x 4", "", "line 4: row 'D', column 'Shape': expected a text, found ''"),
        ("41.1", "--", "line 4: row 'D', column 'Rate': expected a number with 1 decimals, found '--'"),
    ],
)
def test_bad_facts_and_dashes_are_named(write: Write, old: str, new: str, message: str) -> None:
    assert old in SHAPES
    root = write(table_1__yml=FACTS, table_1__csv=SHAPES.replace(old, new))
    with pytest.raises(TranscriptionError, match=re.escape(message)):
        papers.entries("x2020", root)


PARTS = """\
title: A table
locator: Table 1
row: {header: '', pattern: '(?P<row>[A-Z]+)'}
columns:
  - {id: before, header: Size, pattern: '(?P<cell>.*), .*', kind: exact, unit: KiB, suffix: KB, decimals: 1,
     blanks: true}
  - {id: after, header: Size, pattern: '.*, (?P<cell>.*)', kind: exact, unit: KiB, suffix: KB, decimals: 1,
     blanks: true}
  - {id: rate, header: Rate, kind: exact, unit: '%', decimals: 1}
"""
PAIRS = ',Size,Rate\nA,"1.7KB, 0.4KB",4.1\nB,-,4.2\n'


def test_a_cell_may_hold_two_numbers_and_the_first_column_have_no_header(write: Write) -> None:
    root = write(table_1__yml=PARTS, table_1__csv=PAIRS)
    entries = {entry.id.removeprefix("x2020.table_1."): entry for entry in papers.entries("x2020", root)}
    assert list(entries) == ["A.before", "A.after", "A.rate", "B.rate", "x2020.claims.half"]
    assert [entries[f"A.{name}"].printed for name in ("before", "after")] == ["1.7KB", "0.4KB"]
    assert entries["A.after"].locator == "Table 1, A, Size"
    frame = papers.table("x2020", "table_1", root).frame()
    assert frame.loc[0].to_dict() == {"row": "A", "before": 1.7, "after": 0.4, "rate": 4.1}
    assert frame.loc[1, ["before", "after"]].isna().all()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("csv", "1.7KB, 0.4KB", "1.7KB", "line 2: row 'A', column 'Size': expected '(?P<cell>.*), .*', found '1.7KB'"),
        ("csv", "0.4KB", "0.4MB", "line 2: row 'A', column 'Size': expected a number with 1 decimals followed by 'KB'"),
        ("csv", ",Size", ",Size,Size", "the header is ['', 'Size', 'Size', 'Rate'], expected ['', 'Size', 'Rate']"),
        ("csv", "-,4.2", "-,-,4.2", "table_1.csv, line 3: 4 cells, expected 3"),
        ("yml", ".*, (?P<cell>.*)", "(?P<row>.*)", "columns.after.pattern: the pattern needs a group (?P<cell>...)"),
        ("yml", ".*, (?P<cell>.*)", "(?P<cell>", "table_1.yml: columns.after.pattern: not a regular expression"),
        ("yml", "pattern: '(?P<cell>.*), .*', ", "", "table_1.yml: headers: 'Size' stands there twice"),
        ("yml", "header: Rate", "header: ''", "table_1.yml: columns.rate.header: String should have at least 1"),
    ],
)
def test_bad_parts_of_cells_are_named(write: Write, file: str, old: str, new: str, message: str) -> None:
    files = {"csv": PAIRS, "yml": PARTS}
    assert old in files[file]
    files[file] = files[file].replace(old, new)
    with pytest.raises(TranscriptionError, match=re.escape(message)):
        papers.entries("x2020", write(table_1__csv=files["csv"], table_1__yml=files["yml"]))


NUMBERS = [
    *(("1,234,567.5", "1234567.5"), ("1 234 567.5", "1234567.5"), ("1234567.5", "1234567.5")),
    *(("-3.0", "-3.0"), ("0.1", "0.1"), ("1, 234, 567.5", "1234567.5")),
]


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_numbers_as_papers_print_them(write: Write, text: str, number: str) -> None:
    entries = papers.entries("x2020", write(table_1__csv=CELLS.replace("10.0", f'"{text}"')))
    assert str(entries[0].number) == number
    assert entries[0].printed == text


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2.5", "n/a", "table_1.csv, line 3: row 'B', column 'Size': expected a number with 1 decimals, found 'n/a'"),
        ("2.5", "", "line 3: row 'B', column 'Size': expected a number with 1 decimals, found ''"),
        ("2.5", "2.50", "line 3: row 'B', column 'Size': expected a number with 1 decimals, found '2.50'"),
        ("2.5", "2", "line 3: row 'B', column 'Size': expected a number with 1 decimals, found '2'"),
        ("2.5", "1e1", "line 3: row 'B', column 'Size': expected a number with 1 decimals, found '1e1'"),
        ("10.0", '"12,34.0"', "line 2: row 'A', column 'Size': expected a number"),
        ("10.0", '"1 234,567.0"', "line 2: row 'A', column 'Size': expected a number"),
        ("10.0", '"1,234, 567.0"', "line 2: row 'A', column 'Size': expected a number"),
        ("2.5", "-", "line 3: row 'B', column 'Size': expected a number with 1 decimals, found '-'"),
        ("50%", "50", "row 'A', column 'Rate': expected a number with 0 decimals followed by '%', found '50'"),
        ("2.5", "٢.٥", "line 3: row 'B', column 'Size': expected a number with 1 decimals, found '٢.٥'"),
        ("50%", "50%%", "line 2: row 'A', column 'Rate': expected a number"),
        ("50%", "50.%", "line 2: row 'A', column 'Rate': expected a number"),
        (",Size", "", "table_1.csv: column 'Size' is missing; the header is ['Model', 'Rate']"),
        ("Size,Rate", "Rate,Size", "table_1.csv: the header is ['Model', 'Rate', 'Size'], expected ['Model', 'Size'"),
        ("Rate", "Rate,Other", "table_1.csv: the header is"),
        (CELLS, "", "table_1.csv: column 'Model' is missing; the header is []"),
        ("2.5,", "", "table_1.csv, line 3: 2 cells, expected 3"),
        ("B (b)", "A (a)", "table_1.csv, line 3: row 'A' stands there twice"),
        ("B (b)", "B", "table_1.csv, line 3: column 'Model': expected '(?P<row>[A-Z])"),
        ("B (b)", "B (b) or so", "table_1.csv, line 3: column 'Model': expected '(?P<row>[A-Z])"),
        ("B (b)", '"B (b)', "table_1.csv: not readable as CSV: unexpected end of data"),
    ],
)
def test_bad_cells_are_named(write: Write, old: str, new: str, message: str) -> None:
    assert old in CELLS
    root = write(table_1__csv=CELLS.replace(old, new))
    with pytest.raises(TranscriptionError, match=re.escape(message)):
        papers.entries("x2020", root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: exact", "kind: exakt", "table_1.yml: columns.size.kind: Input should be 'exact', 'measured'"),
        ("kind: exact", "kind: exact, hue: red", "table_1.yml: columns.size.hue: Extra inputs are not permitted"),
        ("kind: exact", "kind: direction", "columns.size: kind 'direction' takes no 'decimals'"),
        (
            "exact, unit: MiB, decimals: 1",
            "direction, family: a, unit: MiB",
            "columns.size: a column's kind must be one of",
        ),
        ("unit: MiB, decimals: 1", "unit: MiB", "columns.size: kind 'exact' needs 'decimals'"),
        ("unit: MiB,", "", "table_1.yml: columns.size.unit: Field required"),
        ("decimals: 1", "decimals: -1", "columns.size.decimals: Input should be greater than or equal to 0, found -1"),
        ("decimals: 1", "decimals: 1, margin: 0.1", "columns.size: kind 'exact' takes no 'margin'"),
        (", data: its own", "", "columns.rate: kind 'measured' needs 'data'"),
        ("decimals: 1", "decimals: 1, result_key: '{raw}'", "columns.size.result_key: a result key pattern may use"),
        ("decimals: 1", "decimals: 1, stated: {verdict: fine, reason: x}", "columns.size.stated.verdict: Input should"),
        ("id: rate", "id: size", "table_1.yml: column ids: 'size' stands there twice"),
        ("header: Rate", "header: Size", "table_1.yml: headers: 'Size' stands there twice"),
        ("(?P<row>", "(?P<model>", "table_1.yml: row.pattern: the pattern needs a group (?P<row>...)"),
        ("(?P<row>", "(?P<row", "table_1.yml: row.pattern: not a regular expression"),
        ("title: A table", "title: [", "table_1.yml: not readable as YAML"),
        ("locator: Table 1\n", "", "table_1.yml: locator: Field required"),
        ("row: ", "rows: {C: {size: {note: x}}}\nrow: ", "table_1.yml: rows.C: the table has no such row"),
        ("row: ", "rows: {B: {sum: {note: x}}}\nrow: ", "rows.B.sum: the table has no such column"),
        ("row: ", "rows: {B: {size: {hue: x}}}\nrow: ", "rows.B.size.hue: Extra inputs are not permitted"),
        ("row: ", "rows: {B: {size: {kind: direction}}}\nrow: ", "rows.B.size: the file: kind 'direction' takes no"),
        ("row: ", "rows: {B: {size: {kind: inconsistent}}}\nrow: ", "kind 'inconsistent' needs a 'note'"),
    ],
)
def test_a_bad_table_description_is_named(write: Write, old: str, new: str, message: str) -> None:
    assert old in TABLE
    root = write(table_1__yml=TABLE.replace(old, new))
    with pytest.raises(TranscriptionError, match=re.escape(message)):
        papers.entries("x2020", root)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("printed: 50%", "printed: 51%", "claims.yml: claims.half: printed '51%' does not stand in the quotation"),
        ("decimals: 0", "decimals: 1", "claims.half: expected a number with 1 decimals followed by '%', found '50%'"),
        ("printed: 50%", "printed: 50", "claims.half.printed: Input should be a valid string, found 50"),
        ("about", "a b c d e f g h i j", "claims.half: the quotation is longer than 12 words"),
        ("kind: exact", "kind: inconsistent", "claims.half: kind 'inconsistent' needs a 'note'"),
        ("kind: exact", "kind: equivalence", "claims.half: kind 'equivalence' takes no 'decimals'"),
        ("exact, decimals: 0", "equivalence", "claims.half: kind 'equivalence' needs 'margin'"),
        ("exact, decimals: 0", "equivalence, margin: 1", "claims.half: kind 'equivalence' needs 'family'"),
        ("exact, decimals: 0", "equivalence, margin: 1, family: a", "claims.half: kind 'equivalence' needs a 'note'"),
        ("exact, decimals: 0", "protocol", "claims.half: kind 'protocol' needs 'not_attempted' or 'stated'"),
        ("exact, decimals: 0", "statement, family: a", "claims.half: kind 'statement' takes no 'family'"),
        ("id: half", "id: a.b", "claims.a.b.id: String should match pattern"),
    ],
)
def test_a_bad_claim_is_named(write: Write, old: str, new: str, message: str) -> None:
    assert old in CLAIM
    root = write(claims__yml=CLAIM.replace(old, new))
    with pytest.raises(TranscriptionError, match=re.escape(message)):
        papers.entries("x2020", root)


def test_claims_are_transcribed_once(write: Write) -> None:
    root = write(claims__yml=CLAIM + CLAIM.removeprefix("claims:\n"))
    with pytest.raises(TranscriptionError, match=re.escape("x2020.claims.half: transcribed twice, expected once")):
        papers.entries("x2020", root)


@pytest.mark.parametrize(("missing", "named"), [("table_1.csv", "table_1.csv"), ("table_1.yml", "table_1.yml")])
def test_a_missing_half_of_a_table_is_named(write: Write, missing: str, named: str) -> None:
    root = write()
    (root / "data_manifests" / "papers" / "x2020" / missing).unlink()
    with pytest.raises(TranscriptionError, match=re.escape(f"{named}: missing")):
        papers.entries("x2020", root)


def test_a_paper_file_with_an_unknown_key_is_named(write: Write) -> None:
    root = write(paper__yml="{short: X, title: X, authors: [X], year: 2020, venue: X, url: x, editor: Y}")
    with pytest.raises(TranscriptionError, match=re.escape("paper.yml: editor: Extra inputs are not permitted")):
        papers.paper("x2020", root)
