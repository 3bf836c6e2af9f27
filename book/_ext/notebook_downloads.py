"""Offer a notebook page's source as a .py file too, beside the executed .ipynb that the theme offers."""

from pathlib import Path
from shutil import copyfile

from sphinx.application import Sphinx

PROJECT = Path(__file__).resolve().parents[2]


def add_script_button(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: object) -> None:
    """Copy notebooks/NAME.py next to the page's source in the site, and list it under the theme's download button."""
    script = PROJECT / f"{pagename}.py"
    group = next((button for button in context["header_buttons"] if button["label"] == "download-buttons"), None)
    if group is None or not script.is_file():
        return
    target = Path(app.outdir) / "_sources" / f"{pagename}.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    copyfile(script, target)
    group["buttons"].insert(
        1,
        {
            "type": "link",
            "url": context["pathto"](f"_sources/{pagename}.py", 1),
            "text": ".py",
            "icon": "fab fa-python",
            "tooltip": "Download the notebook as a Python script",
            "label": "download-script-button",
        },
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", add_script_button, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
