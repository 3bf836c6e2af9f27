"""Araujo et al. 2018: Training compact deep learning models for video classification using circulant matrices."""
