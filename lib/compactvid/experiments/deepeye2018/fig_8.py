"""Cheng et al. 2018, Fig. 8 and section 5.1: objects detected in clips, in real time.

The plan, written before any of it was computed. Nothing is trained here: the detectors are those of
`compactvid.experiments.detection_grid`, each world's float network and its Q-YOLO of 8 bits, trained on as long.

`all_objects`
    The share of objects that Q-YOLO finds in clips: a camera pans over still scenes with the shapes that the detector
    was trained on (`PannedSceneWorld`, of seeds of its own). One number a world. An object is found if a detection of
    its class with a score of at least `THRESHOLD` overlaps it by a half, as Pascal VOC counts, difficult objects
    neither way. Beside it, for "precisely", the share of such detections that find an object, and the share of objects
    found at an overlap of three quarters; and the same of the float network, and of the test scenes.
`real_time`, `computing_saved`, `multiplications_saved`
    Of the network at its full size, by `make record-detector` (`compactvid.experiments.detector_times`).

`THRESHOLD` is what Darknet drew boxes from when YOLOv2 was published (`-thresh` in examples/detector.c); the paper
names none. Pictures are shown from the first on, not chosen. Real frames have no known objects, and no detector of
photographs is at hand: of the paper's network trained on VOC, the sample of weights lacks three convolutions. What the
scaled-down detector says to frames of clips that it has not learnt is shown, and decides nothing.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from compactvid.compression.detection_elsewhere import DetectionElsewhere
from compactvid.datasets.clip_folder import ClipFolder
from compactvid.datasets.clip_frames import ClipFrames
from compactvid.datasets.simulated import ClipWorld, SimulatedScene
from compactvid.datasets.simulated.panned_scene_world import PannedSceneWorld
from compactvid.datasets.simulated_splits import SimulatedClips, SimulatedScenes
from compactvid.experiments import detection_grid as grid
from compactvid.experiments import detection_scores as scored
from compactvid.experiments.intervals import mean_and_half_width
from compactvid.experiments.recorded_values import recorded_figure
from compactvid.metrics.claimed_objects import claimed_objects
from compactvid.report.panel import Panel
from compactvid.runs import load_or_run, prepare_data
from compactvid.training.detection_file import BOX, read_detections

PROFILES, data = grid.SCALES, grid.data
USES = ("deepeye2018_fig_7",)

THRESHOLD = 0.24
THRESHOLDS = tuple(number / 20 for number in range(1, 20))
OVERLAPS = {"found": 0.5, "found_closely": 0.75}
NETWORKS = {"float": "float", "8-bit": "Q-YOLO"}
"""What a network is called here, and in `grid.TUNED`."""
STEM = "deepeye2018_fig_8"
PICTURES = {"scenes": "test scenes", "clips": "frames of clips"}
CLIPS = {"smoke": 2, "small": 10, "full": 50}
"""Panned clips of a world."""
FIRST_SEED = 2000
"""Of the panned worlds. With the seeds of the scenes they would draw the same objects."""
SHOWN_SCENES, SHOWN_FRAMES = range(4), (0, 5, 11)

FOUND_HEADINGS = {
    "pictures": "pictures",
    "network": "network",
    "objects": "objects",
    "found": "found, %",
    "found_spread": "±",
    "found_closely": "at overlap 0.75, %",
    "found_closely_spread": "±",
    "precision": "right, %",
    "precision_spread": "±",
}
RECORDED_HEADINGS = {name: heading for name, heading in FOUND_HEADINGS.items() if name != "objects"}
"""Of what `full` recorded, which has no count of the objects."""
PANELS = {
    "found": Panel("least score", "objects found (%)", joined=True),
    "precision": Panel("least score", "detections right (%)", joined=True),
}
FORMATS = {"objects": ",.0f"} | dict.fromkeys(tuple(FOUND_HEADINGS)[3:], ".1f")

BOX_COLUMNS = ("picture", "kind", "label", "score", *BOX)
Shown = tuple[dict[str, np.ndarray], pd.DataFrame]
"""Pictures and boxes as `compactvid.report.detections.draw_detections` takes them."""


def runs(profile: str, seed: int) -> dict[str, list]:
    """Both networks of each world on its clips; the first world's Q-YOLO on frames of clips that it has not learnt."""
    on_panned = [on_clips(network, profile, world) for world in grid.worlds(profile, seed) for network in NETWORKS]
    return {"clips": [*on_panned, on_others(profile, seed)]}


def panned(profile: str, world: int) -> SimulatedScenes:
    """The frames of a world's clips, as split `test`."""
    clips = PannedSceneWorld(seed=FIRST_SEED + world)
    return SimulatedScenes(clips, train=1, validate=1, test=CLIPS[profile] * clips.frames)


def on_clips(network: str, profile: str, world: int) -> DetectionElsewhere:
    """A network of a world on its clips."""
    return DetectionElsewhere(grid.tuned(profile, world, NETWORKS[network]), panned(profile, world))


def on_others(profile: str, seed: int) -> DetectionElsewhere:
    """The first world's Q-YOLO on frames of `others`."""
    frames = others(seed)
    return DetectionElsewhere(grid.tuned(profile, seed, NETWORKS["8-bit"]), frames, frames.split)


def others(seed: int) -> ClipFrames:
    """Frames of real clips where the data folder holds some, else of simulated ones with other shapes."""
    if ClipFolder.present():
        return ClipFrames(ClipFolder(), "all")
    return ClipFrames(SimulatedClips(ClipWorld(seed=seed), 1, 1, 2), "test")


def found(profile: str, seed: int) -> pd.DataFrame:
    """How much is found, a row a kind of pictures and network, means of the worlds in %: `FOUND_HEADINGS`, and key."""
    rows = []
    for pictures, heading in PICTURES.items():
        for network in NETWORKS:
            tables = [_tables(pictures, network, profile, world) for world in grid.worlds(profile, seed)]
            objects = sum(int((~of_world["difficult"]).sum()) for of_world, _ in tables)
            row: dict = {"key": pictures, "pictures": heading, "network": network, "objects": objects}
            shares = pd.DataFrame([_shares(*of_world, THRESHOLD) for of_world in tables])
            for column in shares:
                row[column], row[f"{column}_spread"] = mean_and_half_width(shares[column].to_numpy())
            rows.append(row)
    return pd.DataFrame(rows)


@cache
def over_thresholds(profile: str, seed: int) -> pd.DataFrame:
    """What depends on the threshold on the test scenes, means of the worlds in %, as `draw_panels` takes it.

    Columns panel (of `PANELS`), data (the network), x (the threshold), y. There is no precision where in some world no
    detection is left.
    """
    rows = []
    for network in NETWORKS:
        tables = [_tables("scenes", network, profile, world) for world in grid.worlds(profile, seed)]
        for threshold in THRESHOLDS:
            shares = pd.DataFrame([_shares(*of_world, threshold) for of_world in tables])
            means = shares[list(PANELS)].mean(skipna=False)
            rows += [(panel, network, threshold, mean) for panel, mean in means.items()]
    return pd.DataFrame(rows, columns=["panel", "data", "x", "y"])


def shown_scenes(profile: str, seed: int) -> Shown:
    """The first world's first test scenes, with the float network's detections and the 8-bit one's beside them."""
    world = grid.training(profile, seed).dataset.world
    scenes = list(world.scenes("test", SHOWN_SCENES[-1] + 1))
    return _side_by_side({f"scene {at + 1}": scenes[at] for at in SHOWN_SCENES}, "scenes", profile, seed)


def shown_clip(profile: str, seed: int) -> Shown:
    """Some frames of the first world's first clip, in the same way."""
    frames = list(panned(profile, seed).world.scenes("test", SHOWN_FRAMES[-1] + 1))
    return _side_by_side({f"frame {at + 1}": frames[at] for at in SHOWN_FRAMES}, "clips", profile, seed)


def shown_others(profile: str, seed: int) -> Shown:
    """The frames of `others`, a column a clip, with the 8-bit network's detections: there is nothing to judge them by.

    A frame without any has a row of kind "no detection".
    """
    frames = others(seed)
    images = frames.images(prepare_data(frames))
    by_time = [name for at in range(frames.frames) for name in list(images)[at :: frames.frames]]
    _, detections = read_detections(load_or_run(on_others(profile, seed)).folder / "detections.npz")
    kept = detections[detections["score"] >= THRESHOLD].rename(columns={"image": "picture"})
    boxes = pd.DataFrame({"picture": by_time}).merge(kept, how="left")
    boxes["kind"] = np.where(boxes["score"].isna(), "no detection", "not judged")
    return {name: images[name] for name in by_time}, boxes[list(BOX_COLUMNS)]


def as_recorded(
    figure: str, pictures: Mapping[str, np.ndarray], boxes: pd.DataFrame, profile: str
) -> tuple[pd.DataFrame, str]:
    """The boxes that were recorded at `full` on these pictures, or else this build's; and which these are, in words.

    At `small` the networks are trained too briefly to be sure of anything.
    """
    recorded = recorded_figure(STEM, figure, profile)
    if recorded is None or not set(recorded["picture"]) <= set(pictures):
        return boxes, "of this build"
    return recorded, "recorded beforehand, trained for longer than in this build"


def others_are() -> str:
    """In a few words, what clips the frames of `others` are of."""
    return "real clips of the data folder" if ClipFolder.present() else "simulated clips with shapes that it never saw"


def described_thresholds(curves: pd.DataFrame) -> str:
    """What the figure of `over_thresholds` shows, in words."""
    lines = [
        f"{network}, least score {x:.2f}: " + ", ".join(f"{row.y:.0f} % {row.panel}" for row in of.itertuples())
        for (network, x), of in curves.dropna().groupby(["data", "x"], sort=False)
        if x in (THRESHOLDS[0], 0.25, 0.5)
    ]
    return f"Objects found, and precision, by the least score. {'; '.join(lines)}."


def _side_by_side(scenes: Mapping[str, SimulatedScene], pictures: str, profile: str, seed: int) -> Shown:
    """Each scene twice: with the float network's detections and with the 8-bit one's."""
    images, parts = {}, []
    for title, scene in scenes.items():
        for network in NETWORKS:
            tables = _tables(pictures, network, profile, seed)
            objects, detections = (table[table["image"] == scene.id] for table in tables)
            detections = detections[detections["score"] >= THRESHOLD]
            _, finds = claimed_objects(objects, detections)
            name = f"{title}, {network}"
            images[name] = scene.image
            parts += [
                objects.assign(picture=name, kind="object"),
                detections.assign(picture=name, kind=np.where(finds, "found", "wrong")),
            ]
    return images, pd.concat(parts, ignore_index=True)[list(BOX_COLUMNS)]


def _tables(pictures: str, network: str, profile: str, world: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Objects and detections of a world's network in its test scenes or clips."""
    if pictures == "clips":
        return read_detections(load_or_run(on_clips(network, profile, world)).folder / "detections.npz")
    return read_detections(scored.run(NETWORKS[network], profile, world).folder / "fine_tuned.test.npz")


def _shares(objects: pd.DataFrame, detections: pd.DataFrame, threshold: float) -> dict[str, float]:
    """In %, difficult objects apart: of the objects those found at each of `OVERLAPS`, and `precision` at a half."""
    kept, difficult = detections[detections["score"] >= threshold], objects["difficult"].to_numpy()
    shares = {}
    for column, overlap in OVERLAPS.items():
        claimed, finds = claimed_objects(objects, kept, iou_threshold=overlap)
        counts = ~((claimed >= 0) & difficult[claimed])
        shares[column] = 100 * (finds & counts).sum() / (~difficult).sum()
        if column == "found":
            shares["precision"] = 100 * (finds & counts).sum() / counts.sum() if counts.any() else np.nan
    return shares
