"""The winning ensemble at the paper's size, as one SavedModel. `make test-paper-size` names this folder."""

import json

from compactvid.atomic import replaced
from compactvid.experiments import winner_at_paper_size as paper_size
from compactvid.experiments.ensembles import printed
from compactvid.papers import table
from compactvid.root import project_root


def test_four_models_in_one_saved_model_below_the_limit():
    record = paper_size.measure()
    assert record["overwritten"] == record["tensors"] == 4 * 32
    # The sizes of the single models as Table 1 prints them, and their sum as Table 2 does.
    sizes = table("liu2018", "table_1").frame().set_index("row")["float16_mib"]
    stored = {member["model"]: member["float16_bytes"] for member in record["members"]}
    assert {name: round(size / 2**20, 2) for name, size in stored.items()} == sizes[list(stored)].to_dict()
    assert round(sum(stored.values()) / 2**20, 1) == printed().set_index("ensemble").loc["YHLS", "size_mib"]
    # The files hold these bytes once, and little else.
    assert sum(stored.values()) < record["bytes"] <= record["limit"] == 2**30
    assert sum(record["loaders"]["saved_model"]["variables"].values()) == sum(stored.values())
    # Outputs that differ between videos, and are the weighted sum of the single models for both loaders.
    lowest, highest, deviation = record["outputs"]
    assert 0 < lowest < 0.1
    assert 0.3 < highest < 1
    assert deviation > 100 * paper_size.TOLERANCE
    assert record["float16_effect"] > paper_size.TOLERANCE
    assert max(record["differences"].values()) < paper_size.TOLERANCE
    with replaced(project_root() / paper_size.RECORD) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
