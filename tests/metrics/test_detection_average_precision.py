"""Detection AP against a transcription of the VOC development kit, by hand, and on real annotations."""

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compactvid.datasets import voc
from compactvid.metrics import detection_average_precision

COLUMNS = ["image", "label", "x_min", "y_min", "x_max", "y_max"]
BOTH = pytest.mark.parametrize("interpolation", ["all-point", "11-point"])


def objects(*rows) -> pd.DataFrame:
    """A row an object: image, label, the four corners, difficult."""
    return pd.DataFrame(rows, columns=[*COLUMNS, "difficult"]).astype({"difficult": bool})


def detections(*rows) -> pd.DataFrame:
    """A row a detection: image, label, the four corners, score."""
    return pd.DataFrame(rows, columns=[*COLUMNS, "score"])


def devkit_outcomes(ground_truth, detections, label, threshold, use_difficult):
    """`VOCevaldet.m` for one class, a detection and an object at a time: tp, fp (by falling confidence), npos.

    Comments are the kit's. No object is difficult if `use_difficult`.
    """
    found, npos = {}, 0
    for row in ground_truth[ground_truth.label == label].to_dict("records"):
        diff = bool(row["difficult"]) and not use_difficult
        found.setdefault(row["image"], []).append(row | {"diff": diff, "det": False})
        npos += not diff
    # sort detections by decreasing confidence
    ranked = sorted(detections[detections.label == label].to_dict("records"), key=lambda d: -d["score"])
    tp, fp = [0] * len(ranked), [0] * len(ranked)
    for index, d in enumerate(ranked):
        # assign detection to ground truth object if any
        ovmax, jmax = -math.inf, None
        for gt in found.get(d["image"], []):
            iw = min(d["x_max"], gt["x_max"]) - max(d["x_min"], gt["x_min"]) + 1
            ih = min(d["y_max"], gt["y_max"]) - max(d["y_min"], gt["y_min"]) + 1
            if iw > 0 and ih > 0:
                # compute overlap as area of intersection / area of union
                ua = (
                    (d["x_max"] - d["x_min"] + 1) * (d["y_max"] - d["y_min"] + 1)
                    + (gt["x_max"] - gt["x_min"] + 1) * (gt["y_max"] - gt["y_min"] + 1)
                    - iw * ih
                )
                if iw * ih / ua > ovmax:
                    ovmax, jmax = iw * ih / ua, gt
        # assign detection as true positive/don't care/false positive
        if ovmax >= threshold:
            if not jmax["diff"]:
                if not jmax["det"]:
                    tp[index] = 1
                    jmax["det"] = True
                else:
                    fp[index] = 1
        else:
            fp[index] = 1
    return np.array(tp, int), np.array(fp, int), npos


def devkit_average_precision(tp, fp, npos, interpolation):
    """The last lines of VOC 2007's `VOCevaldet.m` ("11-point"), and VOC 2012's `VOCap.m`."""
    tp, fp = np.cumsum(tp), np.cumsum(fp)
    recall = [t / npos for t in tp]
    precision = [t / (t + f) if t + f else 0 for t, f in zip(tp, fp, strict=True)]  # the kit's max passes over 0 / 0
    if interpolation == "11-point":
        levels = np.arange(0, 1.1, 0.1)
        return sum(max([p for r, p in zip(recall, precision, strict=True) if r >= t], default=0) for t in levels) / 11
    mrec, mpre = [0, *recall, 1], [0, *precision, 0]
    for i in reversed(range(len(mpre) - 1)):
        mpre[i] = max(mpre[i], mpre[i + 1])
    return sum((mrec[i] - mrec[i - 1]) * mpre[i] for i in range(1, len(mrec)))


def assert_as_the_devkit(ground_truth, detected, *, iou_threshold=0.5, use_difficult=False):
    options = {"iou_threshold": iou_threshold, "use_difficult": use_difficult}
    slow = {
        label: devkit_outcomes(ground_truth, detected, label, *options.values()) for label in set(ground_truth.label)
    }
    slow = {label: slow[label] for label in sorted(slow) if slow[label][2]}
    for interpolation in ("all-point", "11-point"):
        result = detection_average_precision(ground_truth, detected, interpolation=interpolation, **options)
        assert result.label.tolist() == list(slow)
        for row, (tp, fp, npos) in zip(result.itertuples(), slow.values(), strict=True):
            assert row.num_ground_truth == npos
            expected = devkit_average_precision(tp, fp, npos, interpolation)
            assert row.average_precision == pytest.approx(expected, abs=1e-12)
            counted = tp + fp > 0
            found, listed = np.cumsum(tp[counted]), np.cumsum(tp[counted] + fp[counted])
            np.testing.assert_array_equal(row.recall, found / npos)
            np.testing.assert_array_equal(row.precision, found / listed)


CORNERS = st.tuples(*[st.integers(1, 4)] * 2, *[st.integers(0, 3)] * 2).map(
    lambda box: (box[0], box[1], box[0] + box[2], box[1] + box[3])
)


@st.composite
def scenes(draw):
    """Small boxes on few pixels, in few images: equal overlaps, scores and boxes all come often, as do empty images."""
    names = st.tuples(st.sampled_from("abc"), st.sampled_from(["cat", "dog", "emu"]))
    found = draw(st.lists(st.tuples(names, CORNERS, st.booleans()), min_size=1, max_size=10))
    first = found[0]
    found[0] = (first[0], first[1], False)  # one that counts
    near = st.sampled_from([(key, box) for key, box, _ in found])
    scores = st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0])
    claimed = draw(st.lists(st.tuples(st.one_of(near, st.tuples(names, CORNERS)), scores), max_size=14))
    return (
        objects(*[(*key, *box, difficult) for key, box, difficult in found]),
        detections(*[(*key, *box, score) for (key, box), score in claimed]),
    )


@settings(max_examples=100)
@given(scenes(), st.sampled_from([0.2, 1 / 3, 0.5, 2 / 3, 1.0]), st.booleans())
def test_agrees_with_the_devkit(scene, iou_threshold, use_difficult):
    assert_as_the_devkit(*scene, iou_threshold=iou_threshold, use_difficult=use_difficult)


def large_scene(images=60):
    """Boxes with decimals around objects and elsewhere, all scores different."""
    rng = np.random.default_rng(0)

    def table(rows):
        low = rng.uniform(1, 300, (rows, 2))
        corners = np.hstack([low, low + rng.uniform(20, 150, (rows, 2))])
        names = {"image": rng.integers(0, images, rows).astype(str), "label": rng.choice(["cat", "dog", "emu"], rows)}
        return pd.DataFrame(names | dict(zip(COLUMNS[2:], corners.T, strict=True)))

    found = table(4 * images).assign(difficult=lambda frame: rng.random(len(frame)) < 0.2)
    near = found.sample(3 * len(found), replace=True, random_state=0).drop(columns="difficult")
    shift = rng.normal(0, 12, (len(near), 2))
    near[COLUMNS[2:]] += np.hstack([shift, shift])
    detected = pd.concat([near, table(5 * images)], ignore_index=True)
    return found, detected.assign(score=rng.permutation(len(detected)) / 10)


@pytest.mark.parametrize("use_difficult", [False, True])
def test_agrees_with_the_devkit_on_many_images(use_difficult):
    scene = large_scene()
    assert_as_the_devkit(*scene, use_difficult=use_difficult)
    values = detection_average_precision(*scene, use_difficult=use_difficult).average_precision
    assert values.between(0.2, 0.8).all()  # neither hits nor misses are rare


def test_neither_the_order_of_the_images_nor_their_names_matter():
    found, detected = large_scene()
    expected = detection_average_precision(found, detected)
    for seed in range(3):
        shuffled = [frame.sample(frac=1, random_state=seed) for frame in (found, detected)]
        pd.testing.assert_frame_equal(detection_average_precision(*shuffled), expected)
    numbers = [frame.assign(image=1000 - frame.image.astype(int)) for frame in (found, detected)]
    pd.testing.assert_frame_equal(detection_average_precision(*numbers), expected)
    categories = [frame.astype({"image": "category", "label": "category"}) for frame in (found, detected)]
    pd.testing.assert_frame_equal(detection_average_precision(*categories), expected)


def test_only_the_order_of_the_scores_matters():
    found, detected = large_scene()
    expected = detection_average_precision(found, detected)
    by_rank = detected.assign(score=np.exp(detected.score / 100))
    pd.testing.assert_frame_equal(detection_average_precision(found, by_rank), expected)


# Three objects; the detections hit, repeat the first hit, hit again, and miss.
OBJECTS = objects(*[(image, "cat", 1, 1, 10, 10, False) for image in "abc"])
DETECTIONS = detections(
    ("a", "cat", 1, 1, 10, 10, 0.9),
    ("a", "cat", 1, 1, 10, 9, 0.8),
    ("b", "cat", 1, 1, 10, 10, 0.7),
    ("c", "cat", 11, 1, 20, 10, 0.6),
)


def test_by_hand():
    row = detection_average_precision(OBJECTS, DETECTIONS).squeeze(axis=0)
    assert (row.label, row.num_ground_truth) == ("cat", 3)
    assert row.precision.tolist() == [1, 1 / 2, 2 / 3, 2 / 4]
    assert row.recall.tolist() == [1 / 3, 1 / 3, 2 / 3, 2 / 3]
    assert row.average_precision == pytest.approx((1 + 2 / 3) / 3)
    # Recalls 0 to 0.3 are reached with a precision of 1, 0.4 to 0.6 with 2/3, 0.7 to 1 never.
    eleven = detection_average_precision(OBJECTS, DETECTIONS, interpolation="11-point")
    assert eleven.average_precision[0] == pytest.approx((4 * 1 + 3 * 2 / 3) / 11)


def test_eleven_recalls_are_the_toolkits_multiples_of_a_tenth():
    found = objects(*[(image, "cat", 1, 1, 10, 10, False) for image in range(10)])
    hits = detections(*[(image, "cat", 1, 1, 10, 10, 1.0) for image in range(3)])
    result = detection_average_precision(found, hits, interpolation="11-point")
    assert result.average_precision[0] == pytest.approx(3 / 11)  # 3 / 10 < 3 * 0.1 in floats
    assert detection_average_precision(found, hits).average_precision[0] == pytest.approx(0.3)


def test_corners_are_inclusive_and_the_threshold_itself_is_enough():
    found = objects(("a", "cat", 1, 1, 2, 1, False))
    beside = detections(("a", "cat", 2, 1, 3, 1, 1.0))  # one pixel in common, three in all
    assert detection_average_precision(found, beside, iou_threshold=1 / 3).average_precision[0] == 1
    assert detection_average_precision(found, beside, iou_threshold=np.nextafter(1 / 3, 1)).average_precision[0] == 0


def test_a_detection_has_no_second_choice():
    found = objects(("a", "cat", 1, 1, 10, 10, False), ("a", "cat", 3, 1, 12, 10, False))
    twice = detections(("a", "cat", 1, 1, 10, 10, 0.9), ("a", "cat", 1, 1, 10, 10, 0.8))  # 2/3 with the other one
    row = detection_average_precision(found, twice).squeeze(axis=0)
    assert (row.precision.tolist(), row.recall.tolist()) == ([1, 0.5], [0.5, 0.5])


def test_equal_scores_stay_in_the_order_of_the_table():
    hit, miss = ("a", "cat", 1, 1, 10, 10, 0.5), ("a", "cat", 31, 1, 40, 10, 0.5)
    assert detection_average_precision(OBJECTS, detections(hit, miss)).precision[0].tolist() == [1, 1 / 2]
    assert detection_average_precision(OBJECTS, detections(miss, hit)).precision[0].tolist() == [0, 1 / 2]


def test_difficult_objects_neither_help_nor_hurt():
    found = objects(("a", "cat", 1, 1, 10, 10, True), ("a", "cat", 3, 1, 12, 10, False), ("b", "dog", 1, 1, 9, 9, True))
    # Twice the difficult cat, though the other one also overlaps by 2/3; then that one; the only dog is difficult.
    claimed = detections(
        ("a", "cat", 1, 1, 10, 10, 0.9),
        ("a", "cat", 1, 1, 10, 10, 0.8),
        ("a", "cat", 3, 1, 12, 10, 0.7),
        ("b", "dog", 1, 1, 9, 9, 0.9),
    )
    row = detection_average_precision(found, claimed).squeeze(axis=0)  # dogs are left out
    assert (row.label, row.num_ground_truth, row.average_precision) == ("cat", 1, 1)
    assert (row.precision.tolist(), row.recall.tolist()) == ([1], [1])
    cats, dogs = detection_average_precision(found, claimed, use_difficult=True).itertuples()
    assert (cats.num_ground_truth, cats.precision.tolist()) == (2, [1, 1 / 2, 2 / 3])
    assert (dogs.label, dogs.num_ground_truth, dogs.average_precision) == ("dog", 1, 1)
    without = found.drop(columns="difficult")
    pd.testing.assert_frame_equal(
        detection_average_precision(without, claimed), detection_average_precision(found, claimed, use_difficult=True)
    )
    for kind in (int, float, "boolean"):
        same = detection_average_precision(found.astype({"difficult": kind}), claimed)
        pd.testing.assert_frame_equal(same, detection_average_precision(found, claimed))


def test_images_without_objects_hold_false_positives():
    elsewhere = DETECTIONS.assign(image="background")
    row = detection_average_precision(OBJECTS, elsewhere).squeeze(axis=0)
    assert (row.average_precision, row.precision.tolist()) == (0, [0] * 4)
    listed = detection_average_precision(OBJECTS, elsewhere, images=["a", "b", "c", "background"])
    assert listed.precision[0].tolist() == [0] * 4


def test_classes_without_objects_are_left_out():
    with_dogs = pd.concat([DETECTIONS.assign(label="dog", score=2.0), DETECTIONS])
    expected = detection_average_precision(OBJECTS, DETECTIONS)
    pd.testing.assert_frame_equal(detection_average_precision(OBJECTS, with_dogs), expected)


def test_nothing_detected():
    for nothing in (DETECTIONS[:0], pd.DataFrame(columns=DETECTIONS.columns), DETECTIONS.assign(label="dog")):
        for interpolation in ("all-point", "11-point"):
            row = detection_average_precision(OBJECTS, nothing, interpolation=interpolation).squeeze(axis=0)
            assert (row.label, row.average_precision, row.num_ground_truth) == ("cat", 0, 3)
            assert (row.precision.shape, row.recall.shape) == ((0,), (0,))


@pytest.fixture(scope="module")
def real_annotations():
    """100 real images of Pascal VOC, from COMPACTVID_DATA."""
    folder = Path(os.environ.get("COMPACTVID_DATA", "")) / "voc100"
    if not (folder / "Annotations").is_dir():
        pytest.skip(f"no {folder}/Annotations (set COMPACTVID_DATA to a folder that has them)")
    return voc.read_annotations(folder)


@BOTH
@pytest.mark.parametrize("use_difficult", [False, True])
def test_perfect_detections_of_real_objects(real_annotations, interpolation, use_difficult):
    perfect = real_annotations[COLUMNS].assign(score=np.arange(len(real_annotations)) % 7)
    options = {"interpolation": interpolation, "use_difficult": use_difficult}
    result = detection_average_precision(real_annotations, perfect, **options)
    assert result.label.tolist() == list(voc.CLASS_NAMES)
    assert (result.average_precision == 1).all()
    assert result.num_ground_truth.sum() == 273 - (0 if use_difficult else 38)


@pytest.mark.parametrize("iou_threshold", [0.5, 0.75])
def test_shifted_detections_of_real_objects(real_annotations, iou_threshold):
    rng = np.random.default_rng(1)
    shifted = pd.concat([real_annotations[COLUMNS]] * 3, ignore_index=True)
    shifted[COLUMNS[2:]] += np.tile(rng.integers(-25, 26, (len(shifted), 2)), 2)
    shifted = shifted.assign(score=np.round(rng.random(len(shifted)), 1))
    for use_difficult in (False, True):
        assert_as_the_devkit(real_annotations, shifted, iou_threshold=iou_threshold, use_difficult=use_difficult)


def changed(frame, column, value):
    """The table with a value in its second row."""
    return frame.astype({column: object if isinstance(value, str) or value is None else float}).assign(
        **{column: lambda new: new[column].where(np.arange(len(new)) != 1, value)}
    )


@pytest.mark.parametrize(
    ("ground_truth", "detected", "message"),
    [
        (OBJECTS.drop(columns=["label", "y_max"]), DETECTIONS, r"ground_truth has no column label, y_max: expected"),
        (OBJECTS, DETECTIONS.drop(columns="score"), r"detections has no column score"),
        (OBJECTS, pd.concat([DETECTIONS, DETECTIONS.score], axis=1), r"more than one column score"),
        (OBJECTS, DETECTIONS.to_dict(), r"detections must be a pandas.DataFrame, got dict"),
        (OBJECTS, changed(DETECTIONS, "score", np.nan), r"detections, row 1 \(from 0\): score is nan, expected"),
        (OBJECTS, changed(DETECTIONS, "score", -np.inf), r"detections, row 1 \(from 0\): score is -inf"),
        (OBJECTS, changed(DETECTIONS, "x_min", np.nan), r"detections, row 1 \(from 0\): x_min is nan"),
        (changed(OBJECTS, "y_max", np.inf), DETECTIONS, r"row 1 .*: y_max is inf, .* within 2147483648 pixels"),
        (OBJECTS, changed(DETECTIONS, "x_max", 1e10), r"detections, row 1 .*: x_max is 10000000000.0"),
        (OBJECTS, changed(DETECTIONS, "x_max", 0.5), r"row 1 .*: x_max is 0.5, less than x_min, 1.0; expected"),
        (changed(OBJECTS, "y_max", 0), DETECTIONS, r"ground_truth, row 1 .*: y_max is 0.0, less than y_min, 1.0"),
        (OBJECTS, DETECTIONS.astype({"score": str}), r"detections: score must hold numbers, got dtype"),
        (OBJECTS, DETECTIONS.assign(x_min=True), r"detections: x_min must hold numbers, got dtype bool"),
        (changed(OBJECTS, "label", None), DETECTIONS, r"ground_truth, row 1 .*: label is missing"),
        (OBJECTS, changed(DETECTIONS, "image", None), r"detections, row 1 .*: image is missing"),
        (OBJECTS, DETECTIONS.assign(image=7), r"image is text in ground_truth and whole numbers in detections"),
        (OBJECTS, DETECTIONS.assign(label=0.5), r"label must be text or whole numbers throughout, got float"),
        (OBJECTS.assign(image=["a", 1, "b"]), DETECTIONS, r"ground_truth: image must be text .* got mixed"),
        (changed(OBJECTS, "difficult", 2), DETECTIONS, r"row 1 .*: difficult is 2.0, expected 0 or 1"),
        (changed(OBJECTS, "difficult", np.nan), DETECTIONS, r"row 1 .*: difficult is nan, expected 0 or 1"),
        (OBJECTS.assign(difficult="no"), DETECTIONS, r"ground_truth: difficult must be bool, or 0 or 1, got dtype"),
        (OBJECTS[:0], DETECTIONS, r"average precision is undefined: ground_truth has no object that counts"),
        (OBJECTS.assign(difficult=True), DETECTIONS, r"ground_truth has no object that counts"),
    ],
)  # fmt: skip
def test_refuses_tables(ground_truth, detected, message):
    with pytest.raises(ValueError, match=message):
        detection_average_precision(ground_truth, detected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iou_threshold": 0}, "iou_threshold must be more than 0 and at most 1, got 0"),
        ({"iou_threshold": 1.01}, "iou_threshold .* got 1.01"),
        ({"iou_threshold": math.nan}, "iou_threshold .* got nan"),
        ({"iou_threshold": True}, "iou_threshold .* got True"),
        ({"iou_threshold": "0.5"}, "iou_threshold .* got '0.5'"),
        ({"interpolation": "101-point"}, "interpolation must be 'all-point' or '11-point', got '101-point'"),
        ({"use_difficult": "no"}, "use_difficult must be True or False, got 'no'"),
        ({"images": ["a", "b"]}, "ground_truth: image 'c' is none of the 2 evaluated images"),
        ({"images": "abc"}, "images must be the names of all evaluated images, got 'abc'"),
        ({"images": 3}, "images must be the names of all evaluated images, got 3"),
    ],
)
def test_refuses_parameters(options, message):
    with pytest.raises(ValueError, match=message):
        detection_average_precision(OBJECTS, DETECTIONS, **options)


def test_refuses_detections_outside_of_the_evaluated_images():
    with pytest.raises(ValueError, match="detections: image 'x' is none of the 3 evaluated images"):
        detection_average_precision(OBJECTS, DETECTIONS.assign(image="x"), images=iter("abc"))
