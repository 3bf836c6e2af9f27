"""What a manifest says, read back from the tables."""

import pytest

from compactvid.manifests.schema import Manifest
from compactvid.report.dataset_tables import feature_table, split_table, terms_table

CONTENT = {
    "name": "a_set",
    "title": "A set",
    "source": "https://example.org/",
    "licence": {"name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"},
    "citation": {"key": "a2018", "text": "A 2018"},
    "splits": {
        "train": {"examples": 1234, "shards": {"count": 12, "path": "a/{number:04d}", "urls": ["https://e.org/{number}"]}},
        "test": {"files": [{"path": "b", "urls": ["https://e.org/b"], "size": 2_500_000}], "note": "small"},
    },
    "features": [
        {"name": "rgb", "kind": "list", "dtype": "uint8", "shape": ["frames", 1024], "range": [0, 255], "meaning": "m"},
        {"name": "id", "kind": "context", "dtype": "bytes", "shape": [], "meaning": "n"},
    ],
}  # fmt: skip


def test_tables_say_what_the_manifest_says():
    manifest = Manifest.model_validate(CONTENT)
    assert feature_table(manifest).to_numpy().tolist() == [
        ["rgb", "m", "uint8, frames × 1024, 0 to 255", "list"],
        ["id", "n", "bytes, scalar", "context"],
    ]
    assert split_table(manifest).to_numpy().tolist() == [
        ["train", "1,234", "12", "–", "–"],
        ["test", "–", "1", "2.5 MB", "small"],
    ]
    assert dict(terms_table(manifest).to_numpy().tolist()) == {
        "source": "https://example.org/",
        "licence": "CC BY 4.0; https://creativecommons.org/licenses/by/4.0/",
        "cite": "A 2018",
        "fetch": "compactvid data fetch a_set",
        "verify": "compactvid data verify a_set",
    }


def test_data_on_request_have_no_command():
    files = {"splits": {"all": {"files": [{"path": "a"}]}}}
    terms = terms_table(Manifest.model_validate(CONTENT | files | {"request": "ask them"}))
    assert "fetch" not in set(terms.what)
    assert dict(terms.to_numpy().tolist())["request"] == "ask them"


@pytest.mark.parametrize(
    ("size", "shown"), [(999, "999 B"), (1000, "1 kB"), (1_230_000_000_000, "1.23 TB"), (5 * 10**15, "5e+03 TB")]
)
def test_sizes_have_decimal_units(size, shown):
    files = {"splits": {"all": {"files": [{"path": "a", "urls": ["https://e.org"], "size": size}]}}}
    assert split_table(Manifest.model_validate(CONTENT | files))["size"].tolist() == [shown]
