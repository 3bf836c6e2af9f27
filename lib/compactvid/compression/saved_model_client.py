"""A program that loads a SavedModel with TensorFlow and NumPy alone, as whoever is given the files would.

python -P saved_model_client.py FOLDER INPUTS.npz OUTPUTS.npz saved_model|meta_graph

INPUTS.npz holds an array for each input. What comes out are OUTPUTS.npz, with the array `outputs`, and a line of JSON:
`variables` (bytes by dtype; of a MetaGraph none are listed), `loading_seconds`, `peak_memory_mib`, and whether
`compactvid` was loaded on the way (`knows_the_library`).
"""

import json
import sys
import time
from pathlib import Path


def main(folder: str, inputs: str, outputs: str, loader: str) -> None:
    """Load, predict, write and report; the arguments are those of the command line."""
    import numpy as np
    import tensorflow as tf

    features = dict(np.load(inputs))
    variables: dict[str, int] = {}
    start = time.perf_counter()
    if loader == "saved_model":
        loaded = tf.saved_model.load(folder)
        seconds = time.perf_counter() - start
        for variable in loaded.variables:
            name = variable.dtype.name
            variables[name] = variables.get(name, 0) + variable.shape.num_elements() * variable.dtype.size
        tensors = {name: tf.constant(value) for name, value in features.items()}
        (found,) = loaded.signatures["serving_default"](**tensors).values()
        found = found.numpy()
    else:  # TensorFlow 1: a graph, a session, and the MetaGraph with the tag of inference
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            signature = tf.compat.v1.saved_model.load(session, ["serve"], folder).signature_def["serving_default"]
            seconds = time.perf_counter() - start
            (output,) = signature.outputs.values()
            feed = {signature.inputs[name].name: value for name, value in features.items()}
            found = session.run(output.name, feed)
    np.savez(outputs, outputs=found)
    (peak,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    report = {
        "variables": variables,
        "loading_seconds": round(seconds, 2),
        "peak_memory_mib": round(int(peak.split()[1]) / 1024, 1),
        "knows_the_library": "compactvid" in sys.modules,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
