"""Values and verdicts in the prose of the book are the ledger's, or recorded ones."""

import csv
import json
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROLE = re.compile(r"\{(ledger|verdict|recorded)\}`([\w.-]+)(?::([^`]+))?`")
SOURCES = {
    page: ROLE.findall(path.read_text(encoding="utf-8"))
    for page, path in {
        **{f"{path.stem}.html": path for path in (PROJECT / "book").glob("*2018.md")},
        **{f"notebooks/{path.stem}.html": path for path in (PROJECT / "notebooks").glob("*.py")},
    }.items()
}
PAGES = sorted(page for page, said in SOURCES.items() if said)


def recorded():
    """What is recorded at full, else at real, as rows of the ledger."""
    rows = {}
    for path in [*(PROJECT / "results" / "full").glob("*.json"), *(PROJECT / "results" / "real").glob("*.json")]:
        for key, result in json.loads(path.read_text(encoding="utf-8"))["results"].items():
            rows.setdefault(key, {"reproduced": result["value"], "spread": result["spread"] or ""})
    return rows


def test_all_summaries_quote_the_ledger():
    assert {f"{paper}2018.html" for paper in ("liu", "araujo", "deepeye")} <= set(PAGES)


@pytest.mark.parametrize("source", PAGES)
def test_prose_says_what_the_ledger_says(smoke_book, documents, source):
    with (smoke_book / "ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = {"ledger": {row["id"]: row for row in csv.DictReader(file)}, "recorded": recorded()}
    text = " ".join(documents[Path(source)].get_text().split())
    for role, name, form in SOURCES[source]:
        row = rows["recorded" if role == "recorded" else "ledger"][name]
        if role == "verdict":
            assert row["verdict"] in text
            continue
        form = form or "+.4f"
        expected = format(float(row["reproduced"]), form)
        if row["spread"]:  # a count has none
            expected += f" ± {format(float(row['spread']), form.removeprefix('+'))}"
        assert expected.replace("-", "−") in text, name
