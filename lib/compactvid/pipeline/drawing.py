"""A frame with what was found in it, drawn for people."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from compactvid.pipeline.frame import Frame

LEAST_WIDTH = 480
"""Pictures of a smaller width are enlarged by a whole number, so that names can be read on them."""
FONT_SIZE, LINE, MARGIN = 15, 22, 8
COLOURS = ("#de8f05", "#56b4e9", "#029e73", "#ece133", "#cc78bc", "#fbafe4", "#d55e00", "#949494")
"""Of boxes, by class in turns: seaborn's "colorblind" palette without its dark ones."""
PANEL, TEXT, BAR, BEST = "#181818", "#ffffff", "#5a5a5a", "#0173b2"


class Drawer:
    """Draw frames one after the other: boxes with class and score on the picture, below it a bar for each action.

    Frames that are not looked at show what the latest look found.

    Parameters
    ----------
    objects, actions
        Names of the classes, in the order of their numbers.
    """

    def __init__(self, objects: Sequence[str], actions: Sequence[str]):
        self.objects, self.actions = tuple(objects), tuple(actions)
        self._looked: Frame | None = None
        self._font = ImageFont.load_default(FONT_SIZE)

    def size(self, frame_size: tuple[int, int]) -> tuple[int, int]:
        """Height and width of what is drawn of frames of a size; both even, as video has them."""
        factor = _factor(frame_size[1])
        height = factor * frame_size[0] + 2 * MARGIN + (len(self.actions) + 1) * LINE
        return height + height % 2, factor * frame_size[1] + factor * frame_size[1] % 2

    def draw(self, frame: Frame) -> np.ndarray:
        """The drawing, uint8 (height, width, 3), RGB, of `size`.

        Raises
        ------
        ValueError
            The frame has no picture.
        """
        if frame.picture is None:
            raise ValueError(f"frame {frame.number} (counted from 0) has no picture to draw on")
        if frame.looked_at:
            self._looked = frame
        height, width = self.size(frame.size)
        factor = _factor(frame.size[1])
        canvas = Image.new("RGB", (width, height), PANEL)
        picture = Image.fromarray(frame.picture)
        canvas.paste(picture.resize((factor * picture.width, factor * picture.height), Image.Resampling.BILINEAR))
        pen = ImageDraw.Draw(canvas)
        if self._looked is not None:
            self._draw_boxes(pen, self._looked, factor)
            self._draw_actions(pen, self._looked, frame.seconds, factor * picture.height, width)
        return np.asarray(canvas)

    def _draw_boxes(self, pen: ImageDraw.ImageDraw, looked: Frame, factor: int) -> None:
        assert looked.boxes is not None
        for box in looked.boxes.iloc[::-1].itertuples():  # the surest on top
            colour = COLOURS[self.objects.index(box.label) % len(COLOURS)]
            left, top = factor * (box.x_min - 1), factor * (box.y_min - 1)
            pen.rectangle((left, top, factor * box.x_max - 1, factor * box.y_max - 1), outline=colour, width=3)
            place, text = (left + 4, top + 2), f"{box.label} {box.score:.2f}"
            pen.text(place, text, colour, self._font, stroke_width=2, stroke_fill="black")

    def _draw_actions(self, pen: ImageDraw.ImageDraw, looked: Frame, seconds: float, top: int, width: int) -> None:
        assert looked.probabilities is not None
        best = int(looked.probabilities.argmax())
        names = max(self._font.getlength(name) for name in self.actions)
        start, end = 2 * MARGIN + names, width - MARGIN - self._font.getlength("0.00 ")
        title = f"{seconds:.2f} s, action by the frames up to {looked.seconds:.2f} s"
        pen.text((MARGIN, top + MARGIN), title, TEXT, self._font)
        for place, (name, share) in enumerate(zip(self.actions, looked.probabilities.tolist(), strict=True), 1):
            y = top + MARGIN + place * LINE
            pen.text((MARGIN, y), name, TEXT, self._font)
            bar = start + max(share * (end - start), 1)
            pen.rectangle((start, y + 2, bar, y + LINE - 6), fill=BEST if place - 1 == best else BAR)
            pen.text((bar + 4, y), f"{share:.2f}", TEXT, self._font)


def _factor(width: int) -> int:
    return math.ceil(LEAST_WIDTH / width)
