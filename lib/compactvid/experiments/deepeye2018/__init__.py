"""Tables and figures of Cheng et al. 2018 (DeepEye), one module each."""
