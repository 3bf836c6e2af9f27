"""The line-by-line record of a training."""

import json
from pathlib import Path
from typing import Any

from compactvid.atomic import replaced


class History:
    """A training's history as a file of JSON lines, one an interval."""

    def __init__(self, path: Path):
        self.path = path
        self.lines: list[dict[str, Any]] = []

    def restore(self, step: int) -> None:
        """Take up the lines up to a step; what an interrupted interval left behind them goes.

        Raises
        ------
        ValueError
            The file is damaged, or does not reach the step; it is named.
        """
        self.lines = []
        if not step:
            return
        try:
            lines = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
            self.lines = [line for line in lines if line["step"] <= step]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ValueError(
                f"{self.path}: not a readable history ({error}); delete its folder to begin anew"
            ) from error
        if not self.lines or self.lines[-1]["step"] != step:
            raise ValueError(f"{self.path}: no line of step {step}, its checkpoint's; delete its folder to begin anew")

    def append(self, line: dict[str, Any]) -> None:
        """Add a line; the file on disk is always whole."""
        self.lines.append(line)
        with replaced(self.path) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in self.lines), encoding="utf-8")


def by_epoch(lines: list[dict[str, Any]], metric: str = "gap") -> list[dict[str, Any]]:
    """A line an epoch: `epoch` from 1, mean `loss` over its examples, `validation_gap` (or another `metric`)."""
    validation = f"validation_{metric}"
    epochs: list[dict[str, Any]] = []
    total, seen, start = 0.0, 0, 0
    for line in lines:
        total += line["loss"] * (line["examples"] - seen)
        seen = line["examples"]
        if validation in line:
            loss = total / (seen - start)
            epochs.append({"epoch": len(epochs) + 1, "loss": loss, validation: line[validation]})
            total, start = 0.0, seen
    return epochs
