"""Time and working memory of the metrics, against the challenge's own calculator.

python benchmarks/metrics.py --challenge-code FOLDER    FOLDER holds the released eval_util.py and its two calculators
python benchmarks/metrics.py                            without it: against the slow transcriptions of the tests

Each line gives processor seconds and their ratio (peer / compactvid) on the same arrays in the same run. Both run on
one core; the process's own seconds are counted, which other processes on the machine lengthen little. See README.md.
"""

import argparse
import importlib.util
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np

from compactvid import metrics

TESTS = Path(__file__).resolve().parents[1] / "tests" / "metrics"
CLASSES = 3862
Arrays = tuple[np.ndarray, np.ndarray]
Metric = Callable[[np.ndarray, np.ndarray], float]

OURS: dict[str, Metric] = {
    "GAP@20": metrics.global_average_precision,
    "Hit@1": metrics.hit_at_one,
    "PERR": metrics.precision_at_equal_recall,
    "mAP@20": lambda y_true, y_score: metrics.mean_average_precision(y_true, y_score, top_k=20),
    "mAP": metrics.mean_average_precision,
}


def challenge_metrics(folder: Path) -> dict[str, Metric]:
    """The released code's metrics, from a folder with its files (imports TensorFlow, as they do)."""
    sys.path.insert(0, str(folder.resolve()))
    import eval_util
    from mean_average_precision_calculator import MeanAveragePrecisionCalculator

    def mean_average_precision_at_20(y_true: np.ndarray, y_score: np.ndarray) -> float:
        calculator = MeanAveragePrecisionCalculator(y_score.shape[1])
        calculator.accumulate(*eval_util.top_k_by_class(y_score, y_true, 20))
        return float(np.mean(calculator.peek_map_at_n()))

    # Without top_k its calculator would hold every single prediction as a Python object: left out.
    return {
        "GAP@20": lambda y_true, y_score: eval_util.calculate_gap(y_score, y_true),
        "Hit@1": lambda y_true, y_score: eval_util.calculate_hit_at_one(y_score, y_true),
        "PERR": lambda y_true, y_score: eval_util.calculate_precision_at_equal_recall_rate(y_score, y_true),
        "mAP@20": mean_average_precision_at_20,
    }


def transcribed_metrics() -> dict[str, Metric]:
    """The slow transcriptions in the tests. mAP's enumerates tie orders in exact fractions: no peer at this size."""
    peers = {}
    for name, stem in [
        ("GAP@20", "global_average_precision"),
        ("Hit@1", "hit_at_one"),
        ("PERR", "precision_at_equal_recall"),
    ]:
        spec = importlib.util.spec_from_file_location(f"test_{stem}", TESTS / f"test_{stem}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        peers[name] = getattr(module, f"slow_{stem}")
    return peers


def simulate(videos: int) -> Arrays:
    """Three labels a video, a few of them frequent; float32 scores as a sigmoid gives them, labels mostly on top."""
    generator = np.random.default_rng(0)
    y_true = np.zeros((videos, CLASSES), dtype=bool)
    y_score = np.empty((videos, CLASSES), dtype=np.float32)
    for start in range(0, videos, 1000):  # in parts, so that only the arrays themselves need room
        rows = np.arange(start, min(start + 1000, videos))
        y_score[rows] = 1 / (1 + np.exp(6 - 1.5 * generator.standard_normal((rows.size, CLASSES), dtype=np.float32)))
        for _ in range(3):
            label = (CLASSES * generator.random(rows.size) ** 4).astype(int)
            y_true[rows, label] = True
            y_score[rows, label] = np.maximum(y_score[rows, label], generator.random(rows.size, dtype=np.float32))
    return y_true, y_score


def fastest_of_turns(candidates: list[Metric], arrays: Arrays, rounds: int) -> list[tuple[float, float]]:
    """Each candidate's value and processor seconds in its fastest round; in turns, so that a busy machine slows all."""
    turns = []
    for _ in range(rounds):
        for candidate in candidates:
            start = time.process_time()
            value = candidate(*arrays)
            turns.append((time.process_time() - start, value))
    fastest = [min(turns[index :: len(candidates)]) for index in range(len(candidates))]
    return [(value, seconds) for seconds, value in fastest]


def extra_memory(metric: Metric, arrays: Arrays) -> float:
    """Largest amount allocated at one time, in MiB, beside the arrays handed in."""
    tracemalloc.start()
    metric(*arrays)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--challenge-code", type=Path, metavar="FOLDER", help="folder with the released eval_util.py")
    parser.add_argument("--videos", type=int, nargs="+", help="default: 20000 100000, without --challenge-code 2000")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each; the fastest counts (default: 3)")
    options = parser.parse_args()

    if options.challenge_code:
        peers, peer = challenge_metrics(options.challenge_code), f"the challenge's code in {options.challenge_code}"
    else:
        peers, peer = transcribed_metrics(), "slow transcriptions in tests/metrics (NOT the challenge's code)"
    print(f"peer: {peer}; NumPy {np.__version__}; {CLASSES} classes, float32 scores")
    print("metric     videos  compactvid s    peer s   ratio  extra MiB  difference")
    for videos in options.videos or ([20_000, 100_000] if options.challenge_code else [2000]):
        arrays = simulate(videos)
        for name, metric in OURS.items():
            candidates = [metric, peers[name]] if name in peers else [metric]
            (value, seconds), *peer_turn = fastest_of_turns(candidates, arrays, options.rounds)
            line = f"{name:8} {videos:8} {seconds:13.3f}"
            difference = f"{'-':>11}"
            if peer_turn:
                peer_value, peer_seconds = peer_turn[0]
                line += f" {peer_seconds:9.2f} {peer_seconds / seconds:6.1f}x"
                difference = f"{abs(value - peer_value):11.1e}"
            else:
                line += f" {'-':>9} {'-':>7}"
            print(f"{line} {extra_memory(metric, arrays):10.1f} {difference}", flush=True)


if __name__ == "__main__":
    main()
