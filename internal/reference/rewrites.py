"""What nbext/models rewrites or folds before a graph is built, as onnxruntime runs the original.

    python internal/reference/rewrites.py

writes nbext/models/testdata/rewrites.json: cases in the form of ops.json (internal/reference/models.py).
"""
import base64
import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

SEED = 8
OUT = pathlib.Path(__file__).resolve().parents[2] / "nbext/models/testdata/rewrites.json"
rng = np.random.default_rng(SEED)
x = rng.normal(size=(2, 3, 6, 6)).astype(np.float32)
cases = []


def case(name, nodes, weights=None, opset=20):
    g = helper.make_graph(
        nodes, name, [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 6, 6])], [helper.make_empty_tensor_value_info("y")],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in (weights or {}).items()])
    b = helper.make_model(g, opset_imports=[helper.make_opsetid("", opset)], ir_version=8).SerializeToString()
    o = ort.SessionOptions()
    o.log_severity_level = 3
    y, = ort.InferenceSession(b, o, providers=["CPUExecutionProvider"]).run(["y"], {"x": x})
    assert y.dtype == np.float32 and np.isfinite(y).all() and len(y) == 2, (name, y.dtype, y.shape)
    cases.append({"name": name, "onnx": base64.b64encode(b).decode(), "shape": list(y.shape),
                  "y": base64.b64encode(np.ascontiguousarray(y).tobytes()).decode()})


n = helper.make_node
f = lambda *s: rng.normal(size=s).astype(np.float32)
i64 = lambda *v: np.array(v, np.int64)

case("HardSigmoid", [n("HardSigmoid", ["x"], ["y"])])
case("HardSigmoid torch", [n("HardSigmoid", ["x"], ["y"], alpha=1 / 6, beta=.5)])
case("InstanceNormalization", [n("InstanceNormalization", ["x", "s", "b"], ["y"], epsilon=1e-3)], {"s": f(3), "b": f(3)})
case("GroupNorm torch", [n("Reshape", ["x", "g"], ["a"]), n("InstanceNormalization", ["a", "s", "b"], ["c"]), n("Shape", ["x"], ["h"]),
                         n("Reshape", ["c", "h"], ["y"])], {"g": i64(0, 9, -1), "s": f(9), "b": f(9)})
for pads in ([0, 0, 0, 0], [1, 1, 1, 1], [1, 0, 0, 1]):
    case(f"MaxPool ceil {pads}", [n("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=pads, ceil_mode=1)])
case("MaxPool ceil 2, 3", [n("MaxPool", ["x"], ["y"], kernel_shape=[4, 3], strides=[3, 1], ceil_mode=1)])
case("AveragePool ceil", [n("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)])
case("AveragePool ceil pads", [n("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 0, 0], ceil_mode=1, count_include_pad=0)])
case("AveragePool counts pads", [n("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1], count_include_pad=1)])
case("AveragePool counts pads 2", [n("AveragePool", ["x"], ["y"], kernel_shape=[3, 2], strides=[2, 2], pads=[0, 1, 2, 1], count_include_pad=1)])
# a mod b for every sign; a comes from the image's shape (6), so that nothing is known before
for a, b in [(5, 3), (-5, 3), (5, -3), (-5, -3), (6, 3), (0, 7), (-6, 3), (3, 5)]:
    case(f"Mod {a} {b}", [n("Shape", ["x"], ["s"]), n("Gather", ["s", "two"], ["six"]), n("Sub", ["six", "d"], ["a"]), n("Mod", ["a", "b"], ["m"]),
                          n("Cast", ["m"], ["c"], to=1), n("Add", ["x", "c"], ["y"])],
         {"two": np.int64(2), "d": np.int64(6 - a), "b": np.int64(b)})
    case(f"Mod known {a} {b}", [n("Mod", ["a", "b"], ["m"], fmod=0), n("Cast", ["m"], ["c"], to=1), n("Add", ["x", "c"], ["y"])], {"a": np.int64(a), "b": np.int64(b)})
case("Mod vector", [n("Mod", ["a", "b"], ["m"]), n("Concat", ["z", "m"], ["k"], axis=0), n("Reshape", ["x", "k"], ["y"])], {"a": i64(7, 27), "b": i64(4), "z": i64(-1, 12)})
low = np.iinfo(np.int64).min
case("Slice reversed", [n("Slice", ["x", "s", "e", "a", "t"], ["y"])], {"s": i64(-1), "e": i64(low), "a": i64(3), "t": i64(-1)})
case("Slice reversed 1", [n("Slice", ["x", "s", "e", "a", "t"], ["y"])], {"s": i64(2**31), "e": i64(low + 1), "a": i64(1), "t": i64(-1)})
case("Slice steps computed", [n("Concat", ["t", "u"], ["v"], axis=0), n("Slice", ["x", "s", "e", "a", "v"], ["y"])],
     {"s": i64(0, 1), "e": i64(6, 6), "a": i64(2, 3), "t": i64(2), "u": i64(3)})
# the way torch writes the padding of F.pad
case("Pad torch", [n("Shape", ["x"], ["s"]), n("Gather", ["s", "three"], ["w"]), n("Mod", ["w", "four"], ["m"]), n("Sub", ["four", "m"], ["p"]),
                   n("Unsqueeze", ["p", "zero"], ["q"]), n("Concat", ["z", "q", "o", "z", "o", "z", "z", "z"], ["r"], axis=0), n("Reshape", ["r", "two"], ["g"]),
                   n("Slice", ["g", "mone", "low", "zero", "mone"], ["h"]), n("Transpose", ["h"], ["i"], perm=[1, 0]), n("Reshape", ["i", "mone"], ["k"]),
                   n("Pad", ["x", "k", ""], ["y"], mode="constant")],
     {"three": np.int64(3), "four": np.int64(4), "zero": i64(0), "z": i64(0), "o": i64(1), "two": i64(-1, 2), "mone": i64(-1), "low": i64(low + 1)})
case("CastLike", [n("Floor", ["x"], ["a"]), n("CastLike", ["w", "a"], ["b"]), n("Add", ["a", "b"], ["y"])], {"w": i64(1, 2, 3, 4, 5, 6)})
case("Reshape allowzero computed", [n("Shape", ["x"], ["s"]), n("Slice", ["s", "f", "t", "a"], ["b"]), n("Mul", ["c", "d"], ["e"]), n("Concat", ["b", "e", "m"], ["k"], axis=0),
                                    n("Reshape", ["x", "k"], ["y"], allowzero=1)], {"f": i64(0), "t": i64(1), "a": i64(0), "c": i64(3), "d": i64(2), "m": i64(-1)})
case("ScatterND mask", [n("ConstantOfShape", ["d"], ["c"]), n("ScatterND", ["c", "i", "u"], ["m"]), n("Add", ["x", "m"], ["y"])], {"d": i64(6, 6), "i": i64([0, 1], [5, 5], [2, 0]), "u": f(3)})
case("ScatterND rows", [n("ScatterND", ["w", "i", "u"], ["m"], reduction="none"), n("Mul", ["x", "m"], ["y"])], {"w": f(6, 6), "i": i64([4], [1]), "u": f(2, 6)})
case("ScatterND image", [n("Transpose", ["x"], ["a"], perm=[3, 2, 1, 0]), n("Neg", ["a"], ["b"]), n("Slice", ["b", "f", "t"], ["u"]), n("ScatterND", ["a", "i", "u"], ["c"]),
                         n("Transpose", ["c"], ["y"], perm=[3, 2, 1, 0])], {"i": i64([3], [0]), "f": i64(1), "t": i64(3)})
case("GatherND", [n("GatherND", ["w", "i"], ["m"]), n("Add", ["x", "m"], ["y"])], {"w": f(9, 6), "i": i64([8], [0], [3], [3], [1], [7])})
case("GatherND pairs", [n("GatherND", ["w", "i"], ["m"], batch_dims=0), n("Add", ["x", "m"], ["y"])], {"w": f(4, 5), "i": i64([0, 4], [3, 0], [1, 1], [2, 3], [0, 0], [3, 4])})
case("SequenceAt", [n("SplitToSequence", ["x", "k"], ["s"], axis=3), n("SequenceAt", ["s", "o"], ["a"]), n("SequenceAt", ["s", "z"], ["b"]), n("Sub", ["a", "b"], ["y"])],
     {"k": np.int64(3), "z": np.int64(0), "o": np.int64(1)})
case("SequenceAt sizes", [n("SplitToSequence", ["x", "k"], ["s"], axis=1), n("SequenceAt", ["s", "o"], ["y"])], {"k": i64(1, 2), "o": np.int64(1)})

tools = {"onnxruntime": ort.__version__, "onnx": onnx.__version__, "numpy": np.__version__, "seed": SEED}
doc = {"tools": tools, "input": {"shape": list(x.shape), "x": base64.b64encode(x.tobytes()).decode()}, "cases": cases}
OUT.write_text(json.dumps(doc, indent=1) + "\n")
print(len(cases), "cases", OUT.stat().st_size, "bytes")
