"""Expected responses of drawnet for nbext/models/drawnet_test.go.

    python internal/reference/drawnet.py

runs nbext/models/drawnet.onnx in ONNX Runtime on two pictures that a formula
gives and writes nbext/models/testdata/drawnet.json. Run it again whenever
drawnet is trained anew. There is no seed: nothing is random.
"""
import hashlib
import json
import pathlib

import numpy as np
import onnx
import onnxruntime

models = pathlib.Path(__file__).resolve().parents[2] / "nbext" / "models"
layers = ["conv1", "pool3", "fc", "relu_fc", "logits", "probabilities"]

file = (models / "drawnet.onnx").read_bytes()
net = onnx.load_from_string(file)
onnx.checker.check_model(net, full_check=True)
del net.graph.output[:]
net.graph.output.extend(onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in layers)
session = onnxruntime.InferenceSession(net.SerializeToString())

y, x = np.mgrid[:32, :32]
pixels = np.stack([(7 * x + 13 * y) % 256, (x * y + 5 * x) % 256])[:, None]
out = session.run(layers, {"input": ((pixels - 127.5) / 127.5).astype(np.float32)})
json.dump(
    {
        "tool": f"onnxruntime {onnxruntime.__version__}, onnx {onnx.__version__}, numpy {np.__version__}",
        "sha256": hashlib.sha256(file).hexdigest(),
        # every 8th value of a layer's first 1024 is enough to see a transposition
        "responses": {n: [[round(float(v), 6) for v in row[:1024:8]] for row in a.reshape(2, -1)] for n, a in zip(layers, out)},
    },
    open(models / "testdata" / "drawnet.json", "w"),
    indent=None,
)
