"""Training: one loop that any model uses, and the baselines that a model must beat."""

from compactvid.training.detection_training import DetectionTraining
from compactvid.training.prior_baseline import PriorBaseline
from compactvid.training.training_run import TrainingRun

__all__ = ["DetectionTraining", "PriorBaseline", "TrainingRun"]
