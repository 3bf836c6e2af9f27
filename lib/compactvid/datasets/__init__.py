"""Official file formats in, an iterable of NumPy batches out.

Each module reads (and, where simulated data need it, writes) one format: `youtube8m` the TFRecord shards of YouTube-8M,
`audioset` those of AudioSet, `voc` the images and boxes of Pascal VOC, `clips` UCF11's folders of videos, `darknet` the
weights of Darknet's networks.
Below it, `tfrecord` and `protobuf` are the two layers of bytes, `record_files` reads any records of many files,
`columns` makes arrays of them, `sources` labelled videos; above it, `batches` is the iterable that readers return.
Nothing here imports TensorFlow or Keras until `Batches.as_tf` or `Batches.as_keras` is called.
"""
