"""The graph of rules is the one that Snakemake's graph of jobs implies."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from compactvid.report.build_page import build_page
from compactvid.report.workflow_graph import draw_workflow, workflow_rules

# Printed by `snakemake --dag` for a book of two notebooks, one of which needs no run.
DOT = r"""
digraph snakemake_dag {
    graph[bgcolor=white, margin=0];
    node[shape=box, style=rounded, fontname=sans,                 fontsize=10, penwidth=2];
    edge[penwidth=2, color=grey];
	0[label = "all", color = "0.00 0.6 0.85", style="rounded"];
	1[label = "book", color = "0.10 0.6 0.85", style="rounded"];
	2[label = "notebook\nstem: data_moments", color = "0.38 0.6 0.85", style="rounded,dashed"];
	8[label = "notebook", color = "0.38 0.6 0.85", style="rounded"];
	9[label = "runs\ngroup: sizes\nstem: liu2018_table_1", color = "0.57 0.6 0.85", style="rounded"];
	10[label = "runs\ngroup: world_0", color = "0.57 0.6 0.85", style="rounded,dashed"];
	11[label = "data\nstem: liu2018_table_1", color = "0.19 0.6 0.85", style="rounded"];
	18[label = "mathjax", color = "0.29 0.6 0.85", style="rounded"];
	1 -> 0
	2 -> 1
	8 -> 1
	18 -> 1
	9 -> 8
	10 -> 8
	11 -> 10
	9 -> 10
}
"""


def test_rules_are_counted_and_stand_after_what_they_need():
    rules = workflow_rules(DOT).set_index("rule")
    assert rules["jobs"].to_dict() == {"data": 1, "runs": 2, "mathjax": 1, "notebook": 2, "book": 1, "all": 1}
    assert rules["after"].to_dict() == {
        "data": "",
        "runs": "data",
        "mathjax": "",
        "notebook": "runs",
        "book": "mathjax, notebook",
        "all": "book",
    }
    # Each as late as possible: what one rule alone needs stands right before it.
    assert rules["step"].to_dict() == {"data": 0, "runs": 1, "mathjax": 2, "notebook": 2, "book": 3, "all": 4}


def test_what_is_no_graph_is_refused():
    with pytest.raises(ValueError, match="expected a graph of jobs from Snakemake, found 'Building DAG"):
        workflow_rules("Building DAG of jobs...")


def test_drawing_names_each_rule_and_no_box_covers_another():
    figure = draw_workflow(workflow_rules(DOT))
    figure.draw_without_rendering()
    texts = [text for text in figure.axes[0].texts if text.get_text()]
    assert {text.get_text() for text in texts} == {
        "data: 1 job", "runs: 2 jobs", "mathjax: 1 job", "notebook: 2 jobs", "book: 1 job", "all: 1 job"
    }  # fmt: skip
    boxes = [text.get_bbox_patch().get_window_extent() for text in texts]
    page = figure.bbox
    for place, box in enumerate(boxes):
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1
        assert not any(box.overlaps(other) for other in boxes[:place])


def test_page_adds_up_the_times_and_has_a_twin_of_the_drawing():
    runs = pd.DataFrame(
        {
            "page": ["a", "a", "b"],
            "run": ["r1", "r2", "r2"],
            "seconds": [30.04, 60.0, 60.0],
            "memory_mib": [812.4, 90.0, 90.0],
            "started": "2026-01-02T03:04:05+00:00",
        }
    )
    html = build_page("small", workflow_rules(DOT), runs.head(1), runs)
    assert "\n\n" not in html  # a blank line would end the HTML block of a Markdown page
    page = BeautifulSoup(html, "html.parser")
    assert "At profile small: 1.5 minutes in 2 runs, and 0.5 minutes in 1 notebooks" in page.get_text()
    picture = page.select_one("figure > img")["alt"]
    assert "data; runs; mathjax, notebook; book; all" in picture
    assert "runs (2)" in picture
    assert [row.th.get_text() for row in page.select("figure tbody tr")] == list(workflow_rules(DOT)["rule"])
    notebooks, table = page.select(".cv-sortable > table")
    assert [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")] == [
        ["a", "r1", "30.0", "812", "2026-01-02 03:04"],
        ["a", "r2", "60.0", "90", "2026-01-02 03:04"],
        ["b", "r2", "60.0", "90", "2026-01-02 03:04"],
    ]
    assert len(notebooks.select("tbody tr")) == 1
