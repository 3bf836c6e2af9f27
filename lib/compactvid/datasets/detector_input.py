"""Annotated pictures as a detector trains on them."""

import numpy as np

from compactvid.datasets.augmentation import Augmentation
from compactvid.datasets.batches import Batch, Source
from compactvid.datasets.voc_images import letterbox_box

NO_AUGMENTATION = Augmentation()


class DetectorInput:
    """A source of pictures in [0, 1] and of objects in shares of them, made of one of `compactvid.datasets.voc`.

    Objects that are marked as difficult are left out, as by Darknet's scripts/voc_label.py.

    Parameters
    ----------
    source : Source
        Gives what `compactvid.datasets.voc.read` describes.
    augmentation : Augmentation
    seed : int
        Of the augmentation, which is a function of it, the epoch and the number of the picture.
    """

    def __init__(self, source: Source, augmentation: Augmentation = NO_AUGMENTATION, seed: int = 0):
        self.source = source
        self.augmentation = augmentation
        self.seed = seed

    def __len__(self) -> int:
        return len(self.source)

    def load(self, indices: np.ndarray, epoch: int) -> Batch:
        """Inputs `image`, float32 (batch, height, width, 3); objects, float32 (batch, objects, 5).

        A row of objects has class, x_min, y_min, x_max, y_max, the corners as shares of the picture's sides, or is -1.
        """
        inputs, objects = self.source.load(indices, epoch)
        images = inputs["image"]
        shares = objects_in_input(objects, inputs["image_size"], images.shape[1:3])
        # One more than the number: streams that differ by a zero at the end are the same.
        generators = [np.random.default_rng([self.seed, epoch, 1 + index]) for index in indices.tolist()]
        images, shares = self.augmentation.apply(images, shares, generators)
        return {"image": images}, shares

    def ids(self, indices: np.ndarray) -> list[str]:
        """Their names."""
        return self.source.ids(indices)


def objects_in_input(objects: np.ndarray, image_sizes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Where objects lie in the input of a network, to which `compactvid.datasets.voc_images.letterbox` brought images.

    Parameters
    ----------
    objects
        Of shape (images, objects, 6), as `compactvid.datasets.voc.read` gives them: corners in pixels of the original
        image, 1-based and inclusive.
    image_sizes
        Height and width of each image, (images, 2).
    size
        Height and width of the input.

    Returns
    -------
    numpy.ndarray
        float32 of shape (images, objects or 1, 5): class, x_min, y_min, x_max, y_max, the corners continuous and as
        shares of the input's sides. Difficult objects are rows of -1.
    """
    height, width = size
    inner = np.array([letterbox_box((h, w), size) for h, w in image_sizes.tolist()], "float64").reshape(-1, 4)
    top, left, inner_height, inner_width = inner.T[:, :, None]  # each (images, 1)
    image_height, image_width = image_sizes.T[:, :, None]
    scale_x, scale_y = inner_width / image_width / width, inner_height / image_height / height
    shares = np.stack(
        [
            np.where(objects[..., 5] == 0, objects[..., 0], -1),
            left / width + (objects[..., 1] - 1) * scale_x,
            top / height + (objects[..., 2] - 1) * scale_y,
            left / width + objects[..., 3] * scale_x,
            top / height + objects[..., 4] * scale_y,
        ],
        axis=-1,
    ).astype("float32")
    return shares if shares.shape[1] else np.full((len(shares), 1, 5), -1, "float32")
