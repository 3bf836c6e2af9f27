"""What tests of the experiments may rely on."""

import pytest

from compactvid.datasets.frame_level_shards import FrameLevelShards


@pytest.fixture(autouse=True)
def no_frame_level_shards(monkeypatch):
    """Profile `real` is AudioSet's, whatever the data folder holds."""
    monkeypatch.setattr(FrameLevelShards, "present", classmethod(lambda cls: False))
