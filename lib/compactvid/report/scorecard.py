"""The ledger as pages: a scorecard of counts, and every entry with what came out.

Both return HTML without blank lines, which a Markdown page and a notebook take alike.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from compactvid.papers import LedgerRow, paper, paper_ids
from compactvid.papers.schema import NUMERIC_KINDS
from compactvid.papers.verdicts import VERDICTS, base_verdict
from compactvid.report.cells import Cell, cell, html_cells

_SAID = {
    "truncated in print": "correct but cut off in print instead of rounded",
    "equivalent": "equivalent within the margin set beforehand",
    "not worse": "not worse than the margin set beforehand",
    "holds": "held",
    "does not hold": "did not hold",
    "different data": "beside a number from other data, not compared",
    "different hardware": "beside a number from other hardware, not compared",
    "image not available": "in a picture that is not available",
    "not attempted": "not attempted, for a stated reason",
    "no result": "without a result yet",
}


def summary(rows: Iterable[LedgerRow]) -> str:
    """One sentence of counts: how many entries there are, and how many got which verdict."""
    counts = _counts(rows)
    parts = [f"{counts[verdict]} {_SAID.get(verdict, verdict)}" for verdict in VERDICTS if counts[verdict]]
    return f"{counts.total()} printed numbers and claims: {'; '.join(parts) or 'none'}."


def scorecard(rows: Sequence[LedgerRow]) -> str:
    """How many entries of each paper and kind got which verdict: a sentence and a table, as HTML."""
    names, all_counts = _paper_names(), _counts(rows)
    present = [verdict for verdict in VERDICTS if all_counts[verdict]]
    head = [cell("Paper"), cell("Kind"), cell("All", number=True)]
    head += [Cell(_verdict(verdict), "cv-num") for verdict in present]
    body = []
    for name, kind in dict.fromkeys((row.paper, row.kind) for row in rows):
        counts = _counts(row for row in rows if (row.paper, row.kind) == (name, kind))
        numbers = [counts.total(), *(counts[verdict] for verdict in present)]
        body.append(
            [cell(names.get(name, name)), cell(kind), *(cell(str(number or ""), number=True) for number in numbers)]
        )
    return f"<p>{escape(summary(rows))}</p>\n{html_cells('Verdicts by paper and kind of number', head, body)}"


def ledger_page(rows: Sequence[LedgerRow]) -> str:
    """Every entry with what came out, as one HTML table for each table of a paper and for its claims."""
    return "\n".join(
        html_cells(f"{title}: what is printed and what came out", _head(members), [_entry(row) for row in members])
        for title, members in groups(rows).items()
    )


def groups(rows: Iterable[LedgerRow]) -> dict[str, list[LedgerRow]]:
    """Rows by the table that they stand in, or by the text, under titles such as `Liu & Liu 2018, Table 1`."""
    names = _paper_names()
    found: dict[str, list[LedgerRow]] = {}
    for row in rows:
        part = row.id.split(".")[1]
        place = "claims in the text" if part == "claims" else part.replace("fig_", "Fig. ").replace("table_", "Table ")
        found.setdefault(f"{names.get(row.paper, row.paper)}, {place}", []).append(row)
    return found


def ours(row: LedgerRow) -> str:
    """Our value to the printed decimals, or to two more where the digits differ from the printed ones."""
    if row.reproduced is None:
        return ""
    if row.difference is None:
        return f"{row.reproduced:.4g}"
    if _whole(row):
        return f"{row.reproduced:{_grouping(row)}.0f}"
    return f"{row.reproduced:.{_decimals(row) + (0 if base_verdict(row.verdict) == 'reproduced' else 2)}f}"


def signed(row: LedgerRow) -> str:
    """Ours minus printed, to two decimals more than printed, with its sign."""
    if not row.difference:
        return "" if row.difference is None else "0"
    decimals = 0 if _whole(row) else _decimals(row) + 2
    return f"{row.difference:+{_grouping(row)}.{decimals}f}".replace("-", "−")


def _grouping(row: LedgerRow) -> str:
    return "," if "," in row.printed else ""


def _whole(row: LedgerRow) -> bool:
    """A count is printed, and ours is one too."""
    return _decimals(row) == 0 and float(row.reproduced or 0).is_integer()


def _decimals(row: LedgerRow) -> int:
    """Printed decimals: the digits after the point, without what follows them (`46.7%`)."""
    fraction = row.printed.partition(".")[2]
    return sum(character.isdigit() for character in fraction)


def _head(rows: Sequence[LedgerRow]) -> list[Cell]:
    return [
        *(cell(name) for name in ("Entry", "Verdict")),
        cell("Printed", number=all(row.kind in NUMERIC_KINDS for row in rows)),
        *(cell(name, number=True) for name in ("Ours", "Difference", "Spread", "Seeds")),
        *(cell(name) for name in ("Unit", "Profile", "Where in the paper", "Reason")),
    ]


def _entry(row: LedgerRow) -> list[Cell]:
    spread = "" if row.spread is None else f"±{row.spread:.2g}"
    return [
        Cell(f"<code>{escape(row.id.split('.', 2)[2])}</code>"),
        Cell(_verdict(row.verdict)),
        cell(row.printed, number=row.kind in NUMERIC_KINDS),
        *(cell(text, number=True) for text in (ours(row), signed(row), spread, str(row.seeds or ""))),
        *(cell(text) for text in (row.unit, row.profile or "", row.locator)),
        Cell(escape(row.reason or "–"), "cv-reason"),
    ]


def _verdict(verdict: str) -> str:
    slug = base_verdict(verdict).removesuffix(" from the paper").replace(" ", "-")
    return f'<span class="cv-verdict cv-{slug}">{escape(verdict)}</span>'


def _counts(rows: Iterable[LedgerRow]) -> Counter[str]:
    return Counter(base_verdict(row.verdict) for row in rows)


def _paper_names() -> dict[str, str]:
    return {name: paper(name).short for name in paper_ids()}
