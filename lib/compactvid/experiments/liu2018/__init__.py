"""Liu & Liu 2018: Constrained-size TensorFlow models for YouTube-8M video understanding challenge."""
