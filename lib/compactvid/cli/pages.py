"""`compactvid pages`: the parts of the book that are rendered from the ledger."""

from typing import Annotated

import typer


def pages(
    profile: Annotated[str, typer.Option(help="Profile whose results count beside recorded ones.")] = "small",
) -> None:
    """Write the scorecard, the ledger page and ledger.csv for the book."""
    from compactvid import papers
    from compactvid.atomic import replaced
    from compactvid.report.scorecard import ledger_page, scorecard
    from compactvid.root import project_root

    root = project_root()
    rows = papers.ledger(profile=profile)
    texts = {
        root / "book" / "generated" / "scorecard.md": scorecard(rows),
        root / "book" / "generated" / "ledger.md": ledger_page(rows),
        root / "_build" / "extra" / "ledger.csv": papers.to_frame(rows).to_csv(index=False),
    }
    for path, text in texts.items():
        with replaced(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(root)}")
