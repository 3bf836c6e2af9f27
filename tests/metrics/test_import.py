import json
import subprocess
import sys

PROGRAM = """
import json, sys, time
start = time.process_time()
import compactvid.metrics
print(json.dumps([time.process_time() - start, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def test_imports_within_a_second_and_without_a_backend():
    output = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stdout
    seconds, modules = json.loads(output)
    assert not {"tensorflow", "keras", "jax", "torch"} & set(modules)
    assert seconds < 1  # the process's own seconds, which other processes on the machine don't lengthen
