"""One page a data set, and one on the simulated worlds beside them."""
