"""Values and verdicts in the prose of the summary pages are the ledger's."""

import csv
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ROLE = re.compile(r"\{(ledger|verdict)\}`([\w.]+)(?::([^`]+))?`")


@pytest.mark.parametrize("paper", ["liu2018", "araujo2018", "deepeye2018"])
def test_a_summary_says_what_the_ledger_says(smoke_book, documents, paper):
    with (smoke_book / "ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    said = ROLE.findall((PROJECT / "book" / f"{paper}.md").read_text(encoding="utf-8"))
    text = " ".join(documents[Path(f"{paper}.html")].get_text().split())
    assert len(said) > 3
    for role, name, form in said:
        row = rows[name]
        if role == "verdict":
            assert row["verdict"] in text
            continue
        form = form or "+.4f"
        expected = format(float(row["reproduced"]), form)
        if row["spread"]:  # a count has none
            expected += f" ± {format(float(row['spread']), form.removeprefix('+'))}"
        assert expected.replace("-", "−") in text, name
