"""Three roles for prose: {ledger}`ID` is our value of a row of the ledger with its spread, {verdict}`ID` its verdict,
and {recorded}`KEY` a value that is recorded, at profile full or else real, and answers no row of the ledger.

A format may follow a value's id: {ledger}`liu2018.claims.float16_as_good:+.1e`; by default it has a sign and four
decimals. Values are those of the ledger, which takes recorded evidence before a build's.
"""

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

PROJECT = Path(__file__).resolve().parents[2]
LEDGER = PROJECT / "_build" / "extra" / "ledger.csv"


@cache
def ledger() -> dict[str, dict[str, str]]:
    """Rows of the ledger by their ids."""
    with LEDGER.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@cache
def recorded() -> dict[str, dict[str, str]]:
    """What is recorded, by result keys, as rows of the ledger are; of equal keys those of profile full."""
    rows = {}
    files = [path for profile in ("real", "full") for path in sorted((PROJECT / "results" / profile).glob("*.json"))]
    for path in files:
        for key, result in json.loads(path.read_text(encoding="utf-8"))["results"].items():
            rows[key] = {
                "reproduced": str(result["value"]),
                "spread": "" if result["spread"] is None else str(result["spread"]),
            }
    return rows


class ValueRole(SphinxRole):
    """Text of one of `rows`: what `text_of` makes of the row and the format that follows its id."""

    def __init__(
        self,
        text_of: Callable[[dict[str, str], str], str],
        rows: Callable[[], dict[str, dict[str, str]]] = ledger,
        where: str = "the ledger has no row",
    ) -> None:
        self.text_of, self.rows, self.where = text_of, rows, where

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        name, _, form = self.text.partition(":")
        self.env.note_dependency(str(LEDGER))
        row = self.rows().get(name)
        if row is None:
            message = self.inliner.reporter.error(f"{self.where} {name!r}", line=self.lineno)
            return [], [message]
        return [nodes.Text(self.text_of(row, form))], []


def value(row: dict[str, str], form: str) -> str:
    """Our value and the half width of its interval; a dash where there is none."""
    if not row["reproduced"]:
        return "–"
    form = form or "+.4f"
    spread = f" ± {float(row['spread']):{form.lstrip('+')}}" if row["spread"] else ""
    return f"{float(row['reproduced']):{form}}{spread}".replace("-", "−")


def verdict(row: dict[str, str], form: str) -> str:
    """The verdict, with the profile of its evidence."""
    return row["verdict"]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", lambda app: (ledger.cache_clear(), recorded.cache_clear()))
    app.add_role("ledger", ValueRole(value))
    app.add_role("verdict", ValueRole(verdict))
    app.add_role("recorded", ValueRole(value, recorded, "at profile full or real there is no recorded"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
