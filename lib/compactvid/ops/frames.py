"""Which frames of a padded batch are real."""

from keras import ops


def frame_mask(frames, num_frames):
    """Tell the frames of each video from its padding.

    Parameters
    ----------
    frames
        Frame features of shape (batch, frames, features); only the shape is used.
    num_frames
        Number of real frames of each video, integers of shape (batch,). They come first, the padding after them.

    Returns
    -------
    tensor
        Booleans of shape (batch, frames), true for real frames. A number above the length of the batch marks all
        frames, 0 marks none.
    """
    # Counting ones instead of `arange(frames)` works with a number of frames that is unknown when a model is built.
    position = ops.cumsum(ops.ones_like(frames[:, :, 0], dtype="int32"), axis=1)
    return position <= ops.expand_dims(num_frames, axis=1)
