"""Examples that cannot be read: the error that names one, and the account of those that were left out."""

import copy
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

OnError = Literal["raise", "skip"]
REASONS = 3


class ExampleError(ValueError):
    """The content of an example's file is damaged or not what its format asks for; the message names the place."""


@dataclass
class SkippedExamples:
    """What a reader left out so far, because its user chose ``on_error="skip"``.

    Its text is one line: how many, and the first reasons.

    Attributes
    ----------
    errors : dict of int to ExampleError
        Why, by the example's number in the source, in the order in which they were met.
    """

    errors: dict[int, ExampleError] = field(default_factory=dict)

    def add(self, index: int, error: ExampleError) -> None:
        """Note that an example is left out."""
        self.errors[index] = copy.copy(error)  # without the traceback, which would keep the batch's memory

    def __len__(self) -> int:
        return len(self.errors)

    def __str__(self) -> str:
        errors = list(self.errors.values())  # another thread may add one
        reasons = Counter(map(str, errors))  # both halves of a video have the same
        first = [f"{reason}{f' ({count} times)' if count > 1 else ''}" for reason, count in reasons.items()]
        more = [f"and {len(first) - REASONS} more"] if len(first) > REASONS else []
        count = f"{len(errors) or 'no'} example{'' if len(errors) == 1 else 's'} skipped"
        return ": ".join([count, *(["; ".join(first[:REASONS] + more)] if first else [])])
