"""Metrics of the papers: NumPy arrays in, plain numbers out, by the conventions of the YouTube-8M challenges.

Labels come before scores, as in scikit-learn, both of shape ``(videos, classes)``. Detection is measured by Pascal
VOC's conventions, on tables of objects and of detections. No module here imports Keras or a backend, so that recorded
results load at once.
"""

from compactvid.metrics.coco_style_average_precision import coco_style_average_precision
from compactvid.metrics.detection_average_precision import detection_average_precision
from compactvid.metrics.global_average_precision import GlobalAveragePrecision, global_average_precision
from compactvid.metrics.hit_at_one import hit_at_one
from compactvid.metrics.mean_average_precision import mean_average_precision
from compactvid.metrics.mean_detection_average_precision import mean_detection_average_precision
from compactvid.metrics.model_size import model_size
from compactvid.metrics.precision_at_equal_recall import precision_at_equal_recall
from compactvid.metrics.precision_recall_curve import precision_recall_curve
from compactvid.metrics.resampled_global_average_precision import ResampledGlobalAveragePrecision

__all__ = [
    "GlobalAveragePrecision",
    "ResampledGlobalAveragePrecision",
    "coco_style_average_precision",
    "detection_average_precision",
    "global_average_precision",
    "hit_at_one",
    "mean_average_precision",
    "mean_detection_average_precision",
    "model_size",
    "precision_at_equal_recall",
    "precision_recall_curve",
]
