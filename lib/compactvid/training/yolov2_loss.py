"""The loss of YOLOv2."""

from dataclasses import dataclass

from keras import ops

from compactvid.ops.boxes import by_anchor, decode_boxes, encode_boxes, intersection_over_union, to_centres, to_corners


@dataclass(frozen=True)
class YOLOv2Loss:
    r"""Squared errors of boxes and of their objectness, and cross entropy of classes, summed over a picture.

    .. math:: L = \frac{\lambda_{coord}}{2} \sum_{i \in R} \left[(\sigma(t_x) - x)^2 + (\sigma(t_y) - y)^2
                  + (t_w - w)^2 + (t_h - h)^2\right]
                  + \frac{\lambda_{obj}}{2} \sum_{i \in R} (\sigma(t_o) - \mathrm{IoU}_i)^2
                  + \frac{\lambda_{noobj}}{2} \sum_{i \in N} \sigma(t_o)^2
                  - \lambda_{class} \sum_{i \in R} \ln p_i(c)

    R are the anchors that are responsible for an object: that of the most similar shape, in the cell of its centre (see
    `compactvid.ops.boxes.encode_boxes`, which also gives x, y, w, h). N are the others, without those whose box
    overlaps with any object by more than the threshold. IoU is that of the predicted box with its object; it and the
    overlaps are constants to the gradient. If an anchor is responsible for several objects the last one counts.

    Redmon & Farhadi 2017 print no loss (Redmon et al. 2016, Eq. 3, is that of the first version). This one has the
    gradient of `forward_region_layer` in src/region_layer.c of https://github.com/pjreddie/darknet as it was when that
    paper appeared, with the numbers of cfg/yolov2-tiny-voc.cfg (`rescore=1`, `bias_match=1`, `absolute=1`). Since March
    2017 Darknet leaves out the logistic function's derivative and weighs the first sum by 2 minus the object's share of
    the picture; it pulls all boxes to their anchors during its first 12,800 pictures. Neither is done here.

    Parameters
    ----------
    anchors
        Width and height of each anchor, in cells.
    object_scale, no_object_scale, coordinate_scale, class_scale
        The four weights.
    ignored_iou
        The threshold, `thresh` in Darknet.
    """

    anchors: tuple[tuple[float, float], ...]
    object_scale: float = 5.0
    no_object_scale: float = 1.0
    coordinate_scale: float = 1.0
    class_scale: float = 1.0
    ignored_iou: float = 0.6

    def __call__(self, y_true, y_pred):
        """Loss of each picture, of shape (images,); a picture without objects has only the sum over N.

        Parameters
        ----------
        y_true
            Objects of shape (images, objects, 5): class, and x_min, y_min, x_max, y_max as shares of the picture's
            sides. Rows of class -1 are none, nor are those whose centre lies outside of the picture.
        y_pred
            The network's output, as `compactvid.ops.boxes.decode_boxes` takes it.
        """
        rows, columns, channels = y_pred.shape[1:]
        count, values = rows * columns * len(self.anchors), channels // len(self.anchors)
        raw = ops.reshape(by_anchor(y_pred, len(self.anchors)), (-1, count, values))
        boxes = ops.reshape(decode_boxes(ops.stop_gradient(y_pred), self.anchors)[0], (-1, count, 4))

        label, corners = y_true[..., 0], y_true[..., 1:] * ops.convert_to_tensor([columns, rows] * 2, "float32")
        slots, targets = encode_boxes(
            ops.where(label[..., None] >= 0, to_centres(corners), -1.0), (rows, columns), self.anchors
        )
        responsible = self._responsible(slots, count)  # (images, objects, count)
        overlap = ops.where(
            slots[:, :, None] >= 0,
            intersection_over_union(to_corners(boxes)[:, None], corners[:, :, None]),
            0.0,
        )

        def of_object(values):
            """(images, objects, count or 1) -> (images, count): what each anchor's object has, 0 without an object."""
            return ops.sum(responsible * values, axis=1)

        has_object = of_object(1.0)
        target = ops.stack([of_object(targets[:, :, None, number]) for number in range(4)], axis=-1)
        errors = ops.concatenate([ops.sigmoid(raw[..., :2]), raw[..., 2:4]], axis=-1) - target
        coordinates = has_object * ops.sum(ops.square(errors), axis=-1)

        objectness = ops.sigmoid(raw[..., 4])
        with_object = has_object * ops.square(objectness - of_object(overlap))
        ignored = ops.cast(ops.max(overlap, axis=1) > self.ignored_iou, "float32")
        without_object = (1 - has_object) * (1 - ignored) * ops.square(objectness)

        classes = ops.one_hot(ops.cast(of_object(label[:, :, None]), "int32"), values - 5)
        likelihood = has_object * ops.sum(classes * ops.log_softmax(raw[..., 5:]), axis=-1)
        each = (
            self.coordinate_scale / 2 * coordinates
            + self.object_scale / 2 * with_object
            + self.no_object_scale / 2 * without_object
            - self.class_scale * likelihood
        )
        return ops.sum(each, axis=-1)

    def _responsible(self, slots, count):
        """1 where an anchor is responsible for an object, else 0: (images, objects, count), at most one an anchor."""
        objects = ops.shape(slots)[1]
        later = ops.arange(objects)[:, None] < ops.arange(objects)
        again = ops.any(ops.logical_and(slots[:, :, None] == slots[:, None, :], later), axis=-1)
        return ops.one_hot(ops.where(again, -1, slots), count, dtype="float32")
