"""The ledger as pages: a scorecard of counts, and every entry with what came out.

Both return HTML without blank lines, which a Markdown page and a notebook take alike.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from compactvid.papers import LedgerRow, paper, paper_ids
from compactvid.papers.verdicts import VERDICTS, base_verdict

_SAID = {
    "truncated in print": "correct but cut off in print instead of rounded",
    "equivalent": "equivalent within the margin set beforehand",
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
    names = _paper_names()
    present = [verdict for verdict in VERDICTS if _counts(rows)[verdict]]
    body = []
    for name, kind in dict.fromkeys((row.paper, row.kind) for row in rows):
        members = [row for row in rows if (row.paper, row.kind) == (name, kind)]
        counts = _counts(members)
        cells = [f'<td class="cv-num">{counts[verdict] or "–"}</td>' for verdict in present]
        heading = f'<th scope="row">{escape(names.get(name, name))}</th><td>{escape(kind)}</td>'
        body.append(f'<tr>{heading}{"".join(cells)}<td class="cv-num">{len(members)}</td></tr>')
    head = ["Paper", "Kind", *present, "All"]
    return f'<p class="cv-summary">{escape(summary(rows))}</p>\n' + _table(
        "Verdicts by paper and kind of number", head, body
    )


def ledger_page(rows: Sequence[LedgerRow]) -> str:
    """Every entry with what came out, as one HTML table for each table of a paper and for its claims."""
    head = [
        "Entry",
        "Where",
        "Printed",
        "Ours",
        "Difference",
        "Spread",
        "Seeds",
        "Unit",
        "Profile",
        "Verdict",
        "Reason",
    ]
    return "\n".join(
        _table(f"{title}: {len(members)} printed numbers and what came out", head, [_entry(row) for row in members])
        for title, members in groups(rows).items()
    )


def groups(rows: Iterable[LedgerRow]) -> dict[str, list[LedgerRow]]:
    """Rows by the table that they stand in, or by the text, under titles such as `Liu & Liu 2018, Table 1`."""
    names = _paper_names()
    found: dict[str, list[LedgerRow]] = {}
    for row in rows:
        part = row.id.split(".")[1]
        place = "claims in the text" if part == "claims" else part.replace("_", " ").capitalize()
        found.setdefault(f"{names.get(row.paper, row.paper)}, {place}", []).append(row)
    return found


def ours(row: LedgerRow) -> str:
    """Our value to the printed decimals, or to two more where the digits differ from the printed ones."""
    if row.reproduced is None:
        return ""
    if row.difference is None:
        return f"{row.reproduced:.4g}"
    return f"{row.reproduced:.{_decimals(row) + (0 if base_verdict(row.verdict) == 'reproduced' else 2)}f}"


def signed(row: LedgerRow) -> str:
    """Ours minus printed, to two decimals more than printed, with its sign."""
    return "" if row.difference is None else f"{row.difference:+.{_decimals(row) + 2}f}".replace("-", "−")


def _decimals(row: LedgerRow) -> int:
    """Printed decimals: the digits after the point, without what follows them (`46.7%`)."""
    fraction = row.printed.partition(".")[2]
    return sum(character.isdigit() for character in fraction)


def _entry(row: LedgerRow) -> str:
    numbers = [
        row.printed,
        ours(row),
        signed(row),
        "" if row.spread is None else f"±{row.spread:.2g}",
        "" if row.seeds is None else str(row.seeds),
    ]
    texts = [row.unit, row.profile or "", row.reason]
    number_cells = "".join(f'<td class="cv-num">{escape(text)}</td>' for text in numbers)
    unit, profile, reason = (f"<td>{escape(text)}</td>" for text in texts)
    slug = base_verdict(row.verdict).replace(" ", "-")
    return (
        f'<tr><th scope="row"><code>{escape(row.id.split(".", 2)[2])}</code></th><td>{escape(row.locator)}</td>'
        f'{number_cells}{unit}{profile}<td class="cv-verdict cv-{slug}">{escape(row.verdict)}</td>{reason}</tr>'
    )


def _table(caption: str, head: Iterable[str], body: Iterable[str]) -> str:
    columns = "".join(f'<th scope="col">{escape(name[:1].upper() + name[1:])}</th>' for name in head)
    return (
        f'<div class="cv-table" tabindex="0"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _counts(rows: Iterable[LedgerRow]) -> Counter[str]:
    return Counter(base_verdict(row.verdict) for row in rows)


def _paper_names() -> dict[str, str]:
    return {name: paper(name).short for name in paper_ids()}
