"""Time and working memory of detection AP, against the per-image formulation of the public toolkits.

python benchmarks/detection.py

The peer is written anew here after the Python ports of VOC's development kit: for each class it collects the objects of
each image, then goes through the detections by falling score, and compares each with its image's objects by NumPy. It
gets its inputs in the form that it wants (records of each image, lists of each class); making them is not counted. Ours
starts at the tables, so that checking and numbering them is counted.

Scenes are simulated: 20 classes, 1 to 5 objects an image, and detections with scores of three decimals, of which some
lie at an object and most elsewhere. Images and classes are named by texts, as in VOC, and by whole numbers, as in COCO.
Each line gives processor seconds on one core and their ratio (peer / compactvid).
Precision and recall of each class must be equal; the largest difference in AP is shown. See README.md.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from compactvid.metrics import coco_style_average_precision, detection_average_precision

CLASSES = [f"class {number:02}" for number in range(20)]
CORNERS = ["x_min", "y_min", "x_max", "y_max"]
Curve = tuple[float, np.ndarray, np.ndarray]


def simulate(images: int, detections_per_image: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of objects and of detections in pictures of 500 x 500 pixels."""
    generator = np.random.default_rng(0)
    names = np.array([f"{number:06}" for number in range(images)], dtype=object)

    def boxes(rows: int) -> np.ndarray:
        low = generator.integers(1, 400, (rows, 2))
        return np.hstack([low, low + generator.integers(20, 100, (rows, 2))]).astype(float)

    image = np.repeat(np.arange(images), generator.integers(1, 6, images))
    label = generator.integers(len(CLASSES), size=len(image))
    objects = boxes(len(image))
    difficult = generator.random(len(image)) < 0.1

    near = np.repeat(np.arange(len(image)), 2)[: images * detections_per_image // 2]
    elsewhere = images * detections_per_image - len(near)
    moved = objects[near] + np.tile(generator.integers(-12, 13, (len(near), 2)), 2)
    detected = {
        "image": np.append(image[near], generator.integers(images, size=elsewhere)),
        "label": np.append(label[near], generator.integers(len(CLASSES), size=elsewhere)),
        "score": np.append(generator.random(len(near)), generator.random(elsewhere) ** 2).round(3),
    }
    order = np.argsort(detected["image"], kind="stable")  # as a detector goes through the images

    def table(image: np.ndarray, label: np.ndarray, corners: np.ndarray) -> pd.DataFrame:
        found = pd.DataFrame({"image": names[image], "label": np.array(CLASSES, dtype=object)[label]})
        return found.join(pd.DataFrame(corners, columns=CORNERS))

    columns = detected["image"][order], detected["label"][order], np.vstack([moved, boxes(elsewhere)])[order]
    return table(image, label, objects).assign(difficult=difficult), table(*columns).assign(
        score=detected["score"][order]
    )


def with_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with images and classes that are named by whole numbers."""
    return table.assign(**{name: table[name].str.split().str[-1].astype("int64") for name in ("image", "label")})


def per_image_inputs(ground_truth: pd.DataFrame, detections: pd.DataFrame) -> tuple[dict, dict]:
    """What the peer takes: records of each image's objects; image names, confidences and boxes of each class."""
    records: dict[str, list[dict[str, Any]]] = {}
    for row in ground_truth.itertuples():
        box = [row.x_min, row.y_min, row.x_max, row.y_max]
        records.setdefault(row.image, []).append({"name": row.label, "bbox": box, "difficult": row.difficult})
    for name in detections["image"].unique():
        records.setdefault(name, [])
    by_class = {
        label: (part["image"].tolist(), part["score"].to_numpy(), part[CORNERS].to_numpy())
        for label, part in detections.groupby("label")
    }
    return records, by_class


def per_image_average_precision(records: dict, by_class: dict) -> dict[str, Curve]:
    """AP, precision and recall of each class, an image and a detection at a time."""
    return {label: _one_class(records, label, *found) for label, found in by_class.items()}


def _one_class(records: dict, label: str, names: list[str], confidence: np.ndarray, boxes: np.ndarray) -> Curve:
    objects, positives = {}, 0
    for name, record in records.items():
        found = [entry for entry in record if entry["name"] == label]
        box = np.array([entry["bbox"] for entry in found])
        difficult = np.array([entry["difficult"] for entry in found], dtype=bool)
        positives += int(np.sum(~difficult))
        objects[name] = {"bbox": box, "difficult": difficult, "taken": [False] * len(found)}

    order = np.argsort(-confidence, kind="stable")
    boxes, names = boxes[order], [names[index] for index in order]
    true_positive, false_positive = np.zeros(len(names)), np.zeros(len(names))
    for index, name in enumerate(names):
        candidates, box = objects[name], boxes[index].astype(float)
        others, largest = candidates["bbox"].astype(float), -np.inf
        if others.size:
            width = np.maximum(np.minimum(others[:, 2], box[2]) - np.maximum(others[:, 0], box[0]) + 1, 0)
            height = np.maximum(np.minimum(others[:, 3], box[3]) - np.maximum(others[:, 1], box[1]) + 1, 0)
            intersection = width * height
            area = (box[2] - box[0] + 1) * (box[3] - box[1] + 1)
            areas = (others[:, 2] - others[:, 0] + 1) * (others[:, 3] - others[:, 1] + 1)
            overlaps = intersection / (area + areas - intersection)
            largest, chosen = np.max(overlaps), np.argmax(overlaps)
        if largest < 0.5:
            false_positive[index] = 1
        elif not candidates["difficult"][chosen]:
            if candidates["taken"][chosen]:
                false_positive[index] = 1
            else:
                true_positive[index] = 1
                candidates["taken"][chosen] = True

    counted = true_positive + false_positive > 0
    hits, misses = np.cumsum(true_positive[counted]), np.cumsum(false_positive[counted])
    recall, precision = hits / positives, hits / (hits + misses)
    ends = np.concatenate([[0.0], recall, [1.0]])
    envelope = np.concatenate([[0.0], precision, [0.0]])
    for index in range(len(envelope) - 1, 0, -1):
        envelope[index - 1] = np.maximum(envelope[index - 1], envelope[index])
    steps = np.where(ends[1:] != ends[:-1])[0]
    return float(np.sum((ends[steps + 1] - ends[steps]) * envelope[steps + 1])), precision, recall


def largest_difference(ours: pd.DataFrame, peer: dict[str, Curve]) -> float:
    """Largest difference in AP, over all classes; precision and recall must be the same to the last bit."""
    assert ours["label"].tolist() == sorted(peer)
    for row in ours.itertuples():
        np.testing.assert_array_equal(row.precision, peer[row.label][1])
        np.testing.assert_array_equal(row.recall, peer[row.label][2])
    return max(abs(row.average_precision - peer[row.label][0]) for row in ours.itertuples())


def timed(function: Callable, *arguments: Any) -> tuple[float, Any]:
    """Processor seconds of a call, and what it returns; of a short one the mean over calls that take half a second."""
    calls, start = 0, time.process_time()
    while True:
        result = function(*arguments)
        calls += 1
        if (seconds := time.process_time() - start) > 0.5:
            return seconds / calls, result


def extra_memory(function: Callable, *arguments: Any) -> float:
    """Largest amount allocated at one time, in MiB, beside the arguments; the result is in it."""
    tracemalloc.start()
    function(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, nargs="+", default=[1000, 5000], help="default: 1000 5000")
    parser.add_argument("--detections", type=int, nargs="+", default=[10, 30, 100], help="an image; default: 10 30 100")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each; the fastest counts (default: 3)")
    options = parser.parse_args()

    print(f"NumPy {np.__version__}, pandas {pd.__version__}; {len(CLASSES)} classes")
    print("names      images  detections  compactvid s    peer s   ratio  ten thresholds s  extra MiB  difference")
    for names, detections_per_image, images in product(("text", "numbers"), options.detections, options.images):
        tables = simulate(images, detections_per_image)
        if names == "numbers":
            tables = with_numbers(tables[0]), with_numbers(tables[1])
        inputs = per_image_inputs(*tables)
        turns = []
        for _ in range(options.rounds):
            seconds, ours = timed(detection_average_precision, *tables)
            ten_seconds, _ = timed(coco_style_average_precision, *tables)
            peer_seconds, peer = timed(per_image_average_precision, *inputs)
            difference = largest_difference(ours, peer)
            turns.append((seconds, peer_seconds, ten_seconds))
        seconds, peer_seconds, ten_seconds = map(min, zip(*turns, strict=True))
        memory = extra_memory(detection_average_precision, *tables)
        line = f"{names:8} {images:8} {len(tables[1]):11} {seconds:13.4f} {peer_seconds:9.3f}"
        print(
            f"{line} {peer_seconds / seconds:6.0f}x {ten_seconds:17.3f} {memory:10.1f} {difference:11.1e}", flush=True
        )


if __name__ == "__main__":
    main()
