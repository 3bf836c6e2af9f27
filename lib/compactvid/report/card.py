"""Small HTML parts that frame a result: the profile badge and the provenance card."""

from collections.abc import Mapping
from html import escape


def html_badge(text: str) -> str:
    """A short label at the top of a page: which profile and which data made its numbers."""
    return f'<p class="cv-badge">{escape(text)}</p>'


def html_provenance(facts: Mapping[str, str], command: str) -> str:
    """A disclosure with facts as a description list and the command that makes the page again."""
    entries = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return (
        '<details class="cv-provenance"><summary>Where these numbers come from</summary>'
        f"<dl>{entries}<dt>Make it again</dt><dd><code>{escape(command)}</code></dd></dl></details>"
    )
