"""Official file formats in, an iterable of NumPy batches out.

Each module reads (and, where simulated data need it, writes) one format: `youtube8m` the TFRecord shards of YouTube-8M.
`tfrecord` and `protobuf` are the two layers of bytes below it, `batches` the random-access iterable above.
Nothing here imports TensorFlow or Keras until `Batches.as_tf` or `Batches.as_keras` is called.
"""
