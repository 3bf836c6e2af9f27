"""The ledger as pages: what a reader sees is what the rows say."""

from bs4 import BeautifulSoup

from compactvid.papers import LedgerRow
from compactvid.report.scorecard import ledger_page, ours, scorecard, signed, summary


def row(id: str, verdict: str, **about: object) -> LedgerRow:
    """A row; what is not given does not apply."""
    fields = dict.fromkeys(LedgerRow._fields) | {
        "id": id,
        "paper": id.split(".")[0],
        "locator": "Table 2, A < B",
        "printed": "1.50",
        "unit": "MiB",
        "kind": "exact",
        "result_key": id,
        "verdict": verdict,
        "reason": "",
    }
    return LedgerRow(**fields | about)  # type: ignore[arg-type]


ROWS = [
    row("liu2018.table_2.A.size", "reproduced", reproduced=1.5049, difference=0.0049, profile="small"),
    row("liu2018.table_2.B.size", "truncated in print", reproduced=1.5066, difference=0.0066, profile="small"),
    row("liu2018.claims.worse", "contradicted", reproduced=-1.25, difference=-2.75, reason="see <Table 3>"),
    row(
        "other2020.table_1.A.gap", "different data", kind="measured", reproduced=0.61234, spread=0.0234, seeds=5,
        profile="small", reason="on simulated frames",
    ),
    row("other2020.table_1.B.gap", "not attempted", kind="measured", reason="no time"),
    row(
        "other2020.claims.better", "holds at small", kind="direction", printed="is better", reproduced=0.0123456,
        spread=0.002, seeds=5, profile="small",
    ),
    row("other2020.claims.hours", "undecidable from the paper", kind="measured", reason="no units"),
]  # fmt: skip


def cells(table: BeautifulSoup) -> list[list[str]]:
    """The table's text, header first."""
    return [[cell.get_text() for cell in line.find_all(["th", "td"])] for line in table.find_all("tr")]


def test_numbers_are_shown_to_the_printed_digits() -> None:
    assert [ours(row) for row in ROWS] == ["1.50", "1.5066", "-1.2500", "0.6123", "", "0.01235", ""]
    assert [signed(row) for row in ROWS] == ["+0.0049", "+0.0066", "−2.7500", "", "", "", ""]
    rate = row("x.table_1.A.rate", "contradicted", printed="46.7%", reproduced=46.812, difference=0.112)
    assert (ours(rate), signed(rate)) == ("46.812", "+0.112")
    count = row("x.table_1.A.count", "reproduced", printed="12,288", reproduced=12288.0, difference=0.0)
    assert (ours(count), signed(count)) == ("12,288", "0")
    other = row("x.table_1.A.count", "contradicted", printed="12288", reproduced=11000.0, difference=-1288.0)
    assert (ours(other), signed(other)) == ("11000", "−1288")


def test_summary_counts_every_verdict_once() -> None:
    assert summary(ROWS) == (
        "7 printed numbers and claims: 1 reproduced; 1 correct but cut off in print instead of rounded; 1 held; "
        "1 contradicted; 1 beside a number from other data, not compared; 1 undecidable from the paper; "
        "1 not attempted, for a stated reason."
    )
    assert summary([]) == "0 printed numbers and claims: none."


def test_scorecard_counts_by_paper_kind_and_verdict() -> None:
    page = BeautifulSoup(scorecard(ROWS), "html.parser")
    assert page.find("p").get_text() == summary(ROWS)
    (table,) = page.select("div.cv-table > table")
    head, *body = cells(table)
    assert head[:3] == ["Paper", "Kind", "All"]
    assert head[3:] == [
        "reproduced", "truncated in print", "holds", "contradicted", "different data", "undecidable from the paper",
        "not attempted",
    ]  # fmt: skip
    assert body == [
        ["Liu & Liu 2018", "exact", "3", "1", "1", "–", "1", "–", "–", "–"],
        ["other2020", "measured", "3", "–", "–", "–", "–", "1", "1", "1"],
        ["other2020", "direction", "1", "–", "–", "1", "–", "–", "–", "–"],
    ]


def test_ledger_page_has_one_table_for_each_of_the_papers() -> None:
    page = BeautifulSoup(ledger_page(ROWS), "html.parser")
    tables = page.select("div.cv-table > table")
    assert [table.find("caption").get_text() for table in tables] == [
        "Liu & Liu 2018, Table 2: what is printed and what came out",
        "Liu & Liu 2018, claims in the text: what is printed and what came out",
        "other2020, Table 1: what is printed and what came out",
        "other2020, claims in the text: what is printed and what came out",
    ]
    assert cells(tables[0]) == [
        ["Entry", "Verdict", "Printed", "Ours", "Difference", "Spread", "Seeds", "Unit", "Profile",
         "Where in the paper", "Reason"],
        ["A.size", "reproduced", "1.50", "1.50", "+0.0049", "–", "–", "MiB", "small", "Table 2, A < B", "–"],
        ["B.size", "truncated in print", "1.50", "1.5066", "+0.0066", "–", "–", "MiB", "small", "Table 2, A < B", "–"],
    ]  # fmt: skip
    assert cells(tables[1])[1][-1] == "see <Table 3>"
    odd = BeautifulSoup(ledger_page([row("x.table_1.a<b>.size", "reproduced")]), "html.parser")
    assert cells(odd)[1][0] == "a<b>.size"
    assert cells(tables[2])[1][1:7] == ["different data", "1.50", "0.6123", "–", "±0.023", "5"]


def test_tables_are_accessible_and_verdicts_have_their_classes() -> None:
    for text in (ledger_page(ROWS), scorecard(ROWS)):
        assert "\n\n" not in text  # a blank line would end the HTML block of a Markdown page
        page = BeautifulSoup(text, "html.parser")
        for table in page.find_all("table"):
            assert table.find("caption") is table.find()
            assert table.parent["tabindex"] == "0"  # a keyboard can scroll it
            assert all(cell["scope"] == "col" for cell in table.select("thead th"))
            for line in table.select("tbody tr"):
                assert [cell["scope"] for cell in line.find_all("th")] == ["row"]
                assert line.find() is line.find("th")
    classes = {mark.get_text(): mark["class"] for mark in page.select(".cv-verdict")}
    assert classes["truncated in print"] == ["cv-verdict", "cv-truncated-in-print"]
    assert classes["undecidable from the paper"] == ["cv-verdict", "cv-undecidable"]
    page = BeautifulSoup(ledger_page(ROWS), "html.parser")
    assert "class" not in page.find("td", string="is better").attrs  # words are not set as a number
    assert page.find("td", string="no time")["class"] == ["cv-reason"]
    holds = page.find("span", string="holds at small")
    assert holds["class"] == ["cv-verdict", "cv-holds"]
