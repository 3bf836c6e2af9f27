"""From the results of runs to the numbers and frames of pages."""

import numpy as np
import pandas as pd
import pytest

from compactvid.datasets.statistics.clips import frame_differences
from compactvid.datasets.statistics.features import feature_statistics as of_features
from compactvid.datasets.statistics.frames import frame_statistics as of_frames
from compactvid.datasets.statistics.labels import label_statistics as of_labels
from compactvid.datasets.statistics.scenes import scene_statistics as of_scenes
from compactvid.datasets.voc_annotations import AnnotatedObject, Annotation
from compactvid.experiments import statistics


def test_ranks_are_spread_over_the_whole_range():
    assert statistics.spread_ranks(7).tolist() == [1, 2, 3, 4, 5, 6, 7]
    ranks = statistics.spread_ranks(5000)
    assert (ranks[0], ranks[-1]) == (1, 5000)
    assert len(ranks) <= statistics.POINTS
    assert (np.diff(ranks) > 0).all()
    steps = np.diff(np.log(ranks[ranks > 100]))
    assert steps.max() < 1.2 * steps.min()


def test_labels_keep_their_counts():
    labels = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]])
    values, figures = statistics.label_statistics(of_labels([labels]))
    assert (values["videos"], values["labels"], values["labels_present"]) == (4, 4, 3)
    assert values["commonest_label_share"] == 1
    assert figures["label-frequency"].to_numpy().tolist() == [[1, 1], [2, 0.5], [3, 0.25]]
    assert figures["labels-a-video"].to_numpy().tolist() == [[0, 0], [1, 0.25], [2, 0.75]]
    assert figures["label-pairs"].ratio.tolist() == [1, 1, 0]
    assert (values["pairs_above_chance"], values["pairs_above_twice_chance"]) == (0, 0)


def test_frames_keep_their_shares():
    frames = np.array([[[0, 10], [255, 30], [0, 20]], [[5, 10], [0, 0], [9, 9]]], np.uint8)
    values, figures = statistics.frame_statistics(of_frames([(frames, np.array([3, 1]))], max_lag=3))
    assert (values["frames"], values["frames_a_video"], values["fewest_frames"], values["most_frames"]) == (4, 2, 1, 3)
    assert values["clipped"] == pytest.approx(3 / 8)
    assert values["first_component_clipped"] == pytest.approx(3 / 4)
    assert figures["num-frames"].to_numpy().tolist() == [[1, 0.5], [3, 0.5]]
    assert figures["autocorrelation"].lag.tolist() == [1, 2]  # no video has frames three apart
    assert "autocorrelation_3" not in values
    assert figures["values"].share[[0, 10, 255]].tolist() == [0.25, 0.25, 0.125]
    assert figures["spectrum"].component.tolist() == [1, 2]


def test_features_scenes_and_clips():
    values, figures = statistics.feature_statistics(of_features([np.array([[0.0, 3], [2, 4]])]))
    assert (values["minimum"], values["maximum"]) == (0, 4)
    assert figures["spectrum"].standard_deviation.tolist() == [1, 0.5]

    boxes = (AnnotatedObject("dog", 1, 1, 10, 10), AnnotatedObject("cat", 1, 1, 5, 10, difficult=True))
    scenes = of_scenes([Annotation("a", 10, 10, boxes), Annotation("b", 10, 10, ())])
    values, figures = statistics.scene_statistics(scenes)
    assert (values["objects_an_image"], values["images_with_1_to_4"], values["difficult"]) == (1, 0.5, 0.5)
    assert values["median_area_share"] == 0.75
    assert figures["objects-an-image"].share.tolist() == [0.5, 0, 0.5]
    assert figures["box-areas"].area_share.iloc[[0, -1]].tolist() == [0.5, 1]
    assert figures["classes"].to_numpy().tolist() == [["cat", 1], ["dog", 1]]

    about = {"frames_per_second": 25.0, "height": 2, "width": 4}
    still, short = (frame_differences(np.zeros((n, 2, 4, 3), np.uint8), (1, 2)) for n in (3, 2))
    clips = [{"frames": 3, "differences": still, **about}, {"frames": 2, "differences": short, **about}]
    values, figures = statistics.clip_statistics({"clips": clips})
    assert (values["clips"], values["fewest_frames"], values["most_frames"]) == (2, 2, 3)
    assert figures["differences"].to_numpy().tolist() == [[1, 0], [2, 0]]


def test_every_curve_plots_columns_that_its_frame_has():
    labels = statistics.label_statistics(of_labels([np.eye(3, dtype=int)]))[1]
    for name in labels:
        assert {*statistics.curve(name)[:2]} <= set(labels[name].columns)


def test_tables_stand_side_by_side_and_say_what_is_missing():
    table = statistics.value_table(
        {"simulated": {"a": 1.234, "b": 2}, "real": {"a": 5.0}},
        {"b": ("second", ".0f"), "a": ("first", ".1f"), "c": ("nowhere", "d")},
    )
    assert table.to_numpy().tolist() == [["second", "2", "–"], ["first", "1.2", "5.0"]]
    frame = statistics.beside({"x": pd.DataFrame({"v": [1, 2]}), "none": pd.DataFrame({"v": []})})
    assert frame.to_numpy().tolist() == [["x", 1], ["x", 2]]
