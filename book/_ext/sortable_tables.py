"""Add the script that sorts tables to the pages that have such a table, and to no others."""

from pathlib import Path

from sphinx.application import Sphinx

FOLDER = Path(__file__).parent / "sortable_tables"


def serve_script(app: Sphinx) -> None:
    app.config.html_static_path.append(str(FOLDER))


def add_script(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    if "cv-sortable" in context.get("body", ""):
        app.add_js_file("sortable_tables.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", serve_script)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
