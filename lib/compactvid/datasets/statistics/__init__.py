"""What a data set looks like in numbers: configurations that the run store keeps.

Each has a field `dataset`, a data set configuration with `prepare(folder)` and `read(files, split)`; `execute` returns
plain JSON data. Sums are taken over integers or in float64, so that another order of summation changes no digit shown.
"""
