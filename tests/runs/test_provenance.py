"""What a run says of its surroundings."""

import subprocess
import sys

import numpy as np

from compactvid.runs.provenance import peak_memory_mib

PEAK = """
from compactvid.runs.provenance import peak_memory_mib
before = peak_memory_mib()
held = bytearray(64 * 2**20)
del held
print(before, peak_memory_mib())
"""


def test_peak_memory_is_the_process_own():
    held = np.ones(80 * 2**20)  # 640 MiB in the parent, which its child must not be told of
    assert peak_memory_mib() > held.nbytes / 2**20
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    assert before < 500
    assert 60 < after - before < 80
