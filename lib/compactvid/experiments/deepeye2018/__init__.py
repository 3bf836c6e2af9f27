"""Cheng et al. 2018: DEEPEYE, video comprehension at terminal devices by quantisation and tensorisation."""
