"""Tiny YOLOv2, the detector that Cheng et al. 2018 quantise."""

from dataclasses import dataclass
from typing import Any

from compactvid.models.fields import require_in_interval, require_positive_integers

VOC_ANCHORS = ((1.08, 1.19), (3.42, 4.41), (6.63, 11.38), (9.42, 5.11), (16.62, 10.52))
"""Width and height of each anchor, in cells of the 13 x 13 grid: `anchors` of cfg/yolov2-tiny-voc.cfg."""
EPSILON = 1e-6
"""Of batch normalisation; see `TinyYOLOv2`."""
_POOLS = 6


@dataclass(frozen=True)
class TinyYOLOv2:
    r"""Nine convolutions that predict boxes, a few anchored ones for each cell of a grid.

    Reference: cfg/yolov2-tiny-voc.cfg of https://github.com/pjreddie/darknet; Redmon & Farhadi 2017, section 2; Cheng
    et al. 2018, section 2.1 and Table 1. Eight convolutions of 3 x 3 without bias, each with batch normalisation and
    LeakyReLU of slope 0.1; behind the first six, maximum pooling of 2 x 2, of which the sixth has stride 1; and a
    linear convolution of 1 x 1 with bias. With c channels in, a convolution of f filters has :math:`9 c f + 4 f`
    values, moving statistics included, and the last one :math:`(c + 1) \cdot 5 \, (5 + V)` with five anchors and V
    classes: 15,867,885 in all for Pascal VOC.

    Darknet divides by :math:`\sqrt{\sigma^2} + 10^{-6}` where Keras divides by :math:`\sqrt{\sigma^2 + \epsilon}`. With
    :math:`\epsilon = 10^{-6}` the relative difference is less than 4.1e-5 for variances of at least 0.01, and less than
    1e-6 from 0.25 on. (Since March 2017 Darknet has 1e-5 under the root where it computes on a GPU.)

    Table 1 prints the tensors of an input of 608 x 608, the configuration file has 416 x 416. The network for COCO
    (cfg/yolov2-tiny.cfg) has 80 classes, hence 425 channels, other anchors, and 512 filters in the eighth convolution.

    Parameters
    ----------
    num_classes
        Number of classes V.
    anchors
        Width and height of each anchor, in cells.
    input_size
        Height and width of the pictures, multiples of :math:`2^h` with h halvings.
    filters
        Of the eight convolutions of 3 x 3.
    halvings
        How many of the six poolings have stride 2, the first ones; the others have stride 1. A cell is :math:`2^h`
        pixels wide: 32 with the five of Darknet.
    batch_norm_momentum
        Decay of the moving statistics, in [0, 1); Darknet's is 0.99.

    Raises
    ------
    ValueError
        A field has no valid value; the message names it.
    """

    num_classes: int = 20
    anchors: tuple[tuple[float, float], ...] = VOC_ANCHORS
    input_size: tuple[int, int] = (416, 416)
    filters: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024, 1024)
    halvings: int = 5
    batch_norm_momentum: float = 0.99

    def __post_init__(self) -> None:
        require_positive_integers(self, "num_classes")
        if type(self.halvings) is not int or not 0 <= self.halvings <= _POOLS:
            raise ValueError(f"TinyYOLOv2: halvings must be an integer from 0 to {_POOLS}, not {self.halvings!r}")
        if len(self.filters) != 8 or not all(type(count) is int and count > 0 for count in self.filters):
            raise ValueError(f"TinyYOLOv2: filters must be eight positive integers, not {self.filters!r}")
        if len(self.input_size) != 2 or not all(
            type(side) is int and side > 0 and side % self.cell_size == 0 for side in self.input_size
        ):
            raise ValueError(
                f"TinyYOLOv2: input_size must be height and width, positive multiples of {self.cell_size} with "
                f"{self.halvings} halvings, not {self.input_size!r}"
            )
        if not self.anchors or not all(len(pair) == 2 and all(map(_positive, pair)) for pair in self.anchors):
            raise ValueError(f"TinyYOLOv2: anchors must be pairs of positive widths and heights, not {self.anchors!r}")
        require_in_interval(self, "batch_norm_momentum", 0.0, 1.0)

    @property
    def cell_size(self) -> int:
        """Pixels of the input that a cell of the grid is wide and high."""
        return 2**self.halvings

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of cells."""
        height, width = self.input_size
        return height // self.cell_size, width // self.cell_size

    @property
    def output_channels(self) -> int:
        """Values for each cell: for each anchor x, y, width, height, objectness, and one for each class."""
        return len(self.anchors) * (5 + self.num_classes)

    def build(self, *, initialize: bool = True) -> Any:
        """Build the Keras model.

        Parameters
        ----------
        initialize
            False fills every kernel with zeros: all that counting needs, in a fraction of the time. Otherwise they are
            drawn as in He et al. 2015, with a standard deviation as Darknet's.

        Returns
        -------
        keras.Model
            Functional model `tiny_yolov2`, its convolutions named `conv1` to `conv9`. Input: a dict of `image`, RGB in
            [0, 1] of shape (batch, height, width, 3). Output: (batch, rows, columns, output_channels), float32, what
            `compactvid.ops.boxes.decode_boxes` takes.
        """
        import keras
        from keras import layers

        kernel = "he_normal" if initialize else "zeros"
        image = x = keras.Input((*self.input_size, 3), name="image")
        for number, filters in enumerate(self.filters, start=1):
            x = layers.Conv2D(
                filters, 3, padding="same", use_bias=False, kernel_initializer=kernel, name=f"conv{number}"
            )(x)
            x = layers.BatchNormalization(
                momentum=self.batch_norm_momentum, epsilon=EPSILON, name=f"conv{number}_batch_norm"
            )(x)
            x = layers.LeakyReLU(negative_slope=0.1, name=f"conv{number}_leaky_relu")(x)
            if number <= _POOLS:
                stride = 2 if number <= self.halvings else 1
                x = layers.MaxPooling2D(2, stride, padding="same", name=f"pool{number}")(x)
        output = layers.Conv2D(self.output_channels, 1, kernel_initializer=kernel, dtype="float32", name="conv9")(x)
        return keras.Model({"image": image}, output, name="tiny_yolov2")


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
