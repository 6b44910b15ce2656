"""Expected values for nbext/models, from onnxruntime and pillow.

    FUSIFORM_DATA=../shared/data python internal/reference/models.py

writes into nbext/models/testdata:

layers.json  per network of data/models and golden image: L2 norm and first 8
             values of some layers, as onnxruntime gives them
ops.json     a graph of one operator or few, for every operator that the
             package runs: the ONNX bytes and onnxruntime's output on a fixed
             input (float32, little endian, base64)
resize.json  a synthetic image brought to another size by pillow (bilinear)
"""
import base64
import json
import os
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
import PIL
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SEED = 7
OUT = pathlib.Path(__file__).resolve().parents[2] / "nbext/models/testdata"
DATA = pathlib.Path(os.environ["FUSIFORM_DATA"]) / "models"
TOOLS = {"onnxruntime": ort.__version__, "onnx": onnx.__version__, "numpy": np.__version__,
         "pillow": PIL.__version__, "seed": SEED}
IMAGES = ["hopper", "cat", "hotdog", "macaw"]


def session(model_bytes):
    o = ort.SessionOptions()
    o.log_severity_level = 3
    return ort.InferenceSession(model_bytes, o, providers=["CPUExecutionProvider"])


# ---------------------------------------------------------------- networks
def layers():
    doc = {"tools": TOOLS, "networks": {}}
    for name, row in json.loads((DATA / "models.json").read_text()).items():
        m = onnx.load(DATA / row["file"])
        consts = {i.name for i in m.graph.initializer}
        for n in m.graph.node:  # outputs that do not depend on the image
            if all(i in consts for i in n.input):
                consts.update(n.output)
        outs = [n.output[0] for n in m.graph.node if n.output[0] not in consts]
        pen = row["penultimate_tensor"].split(" ")[0]
        chosen = list(dict.fromkeys([outs[len(outs) // 4], outs[len(outs) // 2], outs[3 * len(outs) // 4], pen, row["output_name"]]))
        have = {o.name for o in m.graph.output}
        m.graph.output.extend(helper.make_empty_tensor_value_info(c) for c in chosen if c not in have)
        s = session(m.SerializeToString())
        facts = {c: {} for c in chosen}
        shape = {}
        for img in IMAGES:
            x = np.asarray(Image.open(DATA / "golden" / f"{img}_{row['input_size']}.png").convert("RGB"), np.float32)
            x = (x - np.float32(row["mean"])) / np.float32(row["std"])
            for c, v in zip(chosen, s.run(chosen, {row["input_name"]: x.transpose(2, 0, 1)[None]})):
                v = v[0].astype(np.float64)
                shape[c] = list(v.shape)
                facts[c][img] = {"l2": float(np.sqrt((v**2).sum())), "first8": v.ravel()[:8].tolist()}
        doc["networks"][row["file"]] = [{"layer": c, "shape": shape[c], "images": facts[c]} for c in chosen]
    return doc


# --------------------------------------------------------------- operators
def ops():
    rng = np.random.default_rng(SEED)
    x = rng.normal(size=(2, 3, 6, 6)).astype(np.float32)
    cases = []

    def case(name, nodes, weights=None, opset=17, domain=None):
        weights = weights or {}
        g = helper.make_graph(
            nodes, name,
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 6, 6])],
            [helper.make_empty_tensor_value_info("y")],
            [numpy_helper.from_array(np.asarray(v), k) for k, v in weights.items()])
        sets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
        m = helper.make_model(g, opset_imports=sets, ir_version=8)
        b = m.SerializeToString()
        y, = session(b).run(["y"], {"x": x})
        assert y.dtype == np.float32 and np.isfinite(y).all() and len(y) == 2, (name, y.dtype, y.shape)
        cases.append({"name": name, "onnx": base64.b64encode(b).decode(), "shape": list(y.shape),
                      "y": base64.b64encode(np.ascontiguousarray(y).tobytes()).decode()})

    n = helper.make_node
    f = lambda *s: rng.normal(size=s).astype(np.float32)
    i64 = lambda *v: np.array(v, np.int64)
    f32 = lambda *v: np.array(v, np.float32)

    for op in ["Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "GlobalAveragePool", "HardSwish", "Identity", "Neg", "Reciprocal",
               "Relu", "Sigmoid", "Sign", "Sin", "Tanh", "Flatten"]:
        case(op, [n(op, ["x"], ["y"])])
    for op in ["Log", "Sqrt"]:
        case(op, [n("Abs", ["x"], ["a"]), n(op, ["a"], ["y"])])
    for op in ["Add", "Sub", "Mul", "Div", "Max", "Min"]:
        case(op, [n(op, ["x", "w"], ["y"])], {"w": f(3, 1, 1)})
    case("Pow", [n("Pow", ["x", "w"], ["y"])], {"w": np.float32(2)})
    case("Pow 3", [n("Pow", ["x", "w"], ["y"])], {"w": np.float32(3)})
    for op in ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"]:
        case(op, [n("Floor", ["x"], ["a"]), n(op, ["a", "w"], ["b"]), n("Cast", ["b"], ["y"], to=1)], {"w": np.float32(0)})
    case("Not, Where", [n("Greater", ["x", "z"], ["g"]), n("Not", ["g"], ["h"]), n("Where", ["h", "x", "z"], ["y"])], {"z": np.float32(.3)})
    case("Gelu", [n("Gelu", ["x"], ["y"])], opset=20)
    case("Gelu none", [n("Gelu", ["x"], ["y"], approximate="none")], opset=20)
    case("Gelu tanh", [n("Gelu", ["x"], ["y"], approximate="tanh")], opset=20)
    case("FastGelu", [n("FastGelu", ["x"], ["y"], domain="com.microsoft")], domain="com.microsoft")
    case("MatMul", [n("MatMul", ["x", "w"], ["y"])], {"w": f(6, 5)})
    case("Clip", [n("Clip", ["x", "lo", "hi"], ["y"])], {"lo": np.float32(-.5), "hi": np.float32(.7)})
    case("Clip upper", [n("Clip", ["x", "", "hi"], ["y"])], {"hi": np.float32(.7)})
    case("Clip 6", [n("Clip", ["x"], ["y"], min=0.0, max=.9)], opset=6)
    case("Clip 6 lower", [n("Clip", ["x"], ["y"], min=-.2)], opset=6)
    case("Slice", [n("Slice", ["x", "s", "e", "a", "t"], ["y"])], {"s": i64(1, 0), "e": i64(3, 6), "a": i64(1, 3), "t": i64(1, 2)})
    for op in ["ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd"]:
        case(op, [n(op, ["x"], ["y"], axes=[2, 3], keepdims=0)])
        case(op + " keep", [n(op, ["x"], ["y"], axes=[-1], keepdims=1)])
        case(op + " 18", [n(op, ["x", "a"], ["y"])], {"a": i64(1)}, opset=18)
    case("ReduceSum", [n("ReduceSum", ["x", "a"], ["y"], keepdims=0)], {"a": i64(2, 3)})
    # pooling as torch writes it, and with the defaults left out
    case("MaxPool torch", [n("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], dilations=[1, 1], ceil_mode=0, auto_pad="NOTSET", storage_order=0)])
    case("MaxPool default strides", [n("MaxPool", ["x"], ["y"], kernel_shape=[3, 3])])
    case("MaxPool valid", [n("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")])
    case("AveragePool torch", [n("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2], pads=[0, 0, 0, 0], count_include_pad=1, ceil_mode=0, auto_pad="NOTSET")])
    case("AveragePool pads", [n("AveragePool", ["x"], ["y"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=0)])
    case("AveragePool default strides", [n("AveragePool", ["x"], ["y"], kernel_shape=[3, 2])])
    case("AveragePool 19", [n("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[1, 1], dilations=[1, 1])], opset=19)
    case("BatchNormalization", [n("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], epsilon=1e-3, momentum=.1, training_mode=0)],
         {"s": f(3), "b": f(3), "m": f(3), "v": np.abs(f(3)) + .5})
    case("Cast half", [n("Cast", ["h"], ["w"], to=1), n("Mul", ["x", "w"], ["y"])], {"h": f(3, 1, 1).astype(np.float16)})
    case("Concat", [n("Concat", ["x", "a"], ["y"], axis=1), n("Relu", ["x"], ["a"])][::-1])
    case("Concat last", [n("Neg", ["x"], ["a"]), n("Concat", ["x", "a"], ["y"], axis=-1)])
    case("Constant", [n("Constant", [], ["c"], value=numpy_helper.from_array(f(3, 1, 1))), n("Add", ["x", "c"], ["y"])])
    case("Constant value_float", [n("Constant", [], ["c"], value_float=.25), n("Add", ["x", "c"], ["y"])])
    case("Constant value_ints", [n("Constant", [], ["c"], value_ints=[0, -1]), n("Reshape", ["x", "c"], ["y"])])
    case("ConstantOfShape, Expand", [n("ConstantOfShape", ["d"], ["c"], value=helper.make_tensor("v", TensorProto.FLOAT, [1], [.5])),
                                     n("Shape", ["x"], ["s"]), n("Expand", ["c", "s"], ["e"]), n("Add", ["x", "e"], ["y"])], {"d": i64(1, 3, 1, 1)})
    case("Conv", [n("Conv", ["x", "w", "b"], ["y"], kernel_shape=[3, 3], pads=[0, 0, 1, 1], strides=[2, 2], dilations=[1, 1], group=1)], {"w": f(4, 3, 3, 3), "b": f(4)})
    case("Conv groups", [n("Conv", ["x", "w"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], group=3)], {"w": f(6, 1, 3, 3)})
    case("Conv dilated", [n("Conv", ["x", "w"], ["y"], dilations=[2, 2], auto_pad="NOTSET")], {"w": f(2, 3, 3, 3)})
    case("Conv valid", [n("Conv", ["x", "w"], ["y"], auto_pad="VALID")], {"w": f(2, 3, 3, 3)})
    case("Dropout", [n("Dropout", ["x"], ["d"]), n("Relu", ["d"], ["y"])])
    case("Dropout 10", [n("Dropout", ["x"], ["d"], ratio=.5), n("Relu", ["d"], ["y"])], opset=10)
    case("Einsum", [n("Einsum", ["x", "w"], ["y"], equation="nchw,wk->nhck")], {"w": f(6, 2)})
    case("Flatten 2", [n("Flatten", ["x"], ["a"], axis=2), n("Reshape", ["a", "s"], ["y"])], {"s": i64(-1, 108)})
    case("Gather", [n("Gather", ["x", "i"], ["y"], axis=2)], {"i": i64(0, 3, -1)})
    case("Gemm", [n("Flatten", ["x"], ["a"]), n("Gemm", ["a", "w", "b"], ["y"], transB=1, alpha=.5, beta=2.0)], {"w": f(4, 108), "b": f(4)})
    case("Gemm plain", [n("Flatten", ["x"], ["a"]), n("Gemm", ["a", "w"], ["y"])], {"w": f(108, 4)})
    case("LayerNormalization", [n("LayerNormalization", ["x", "s", "b"], ["y"], axis=-1, epsilon=1e-6, stash_type=1)], {"s": f(6), "b": f(6)})
    case("LayerNormalization 2", [n("LayerNormalization", ["x", "s"], ["y"], axis=2)], {"s": f(6, 6)})
    case("Pad", [n("Pad", ["x", "p", "v"], ["y"])], {"p": i64(0, 0, 1, 2, 0, 1, 0, 1), "v": np.float32(.5)})
    case("Pad reflect", [n("Pad", ["x", "p"], ["y"], mode="reflect")], {"p": i64(0, 0, 1, 2, 0, 0, 2, 1)})
    case("Pad 10", [n("Pad", ["x"], ["y"], pads=[0, 0, 1, 1, 0, 0, 1, 1], value=-1.0, mode="constant")], opset=10)
    case("Range, Tile", [n("Range", ["a", "b", "c"], ["r"]), n("Cast", ["r"], ["q"], to=1), n("Tile", ["q", "t"], ["w"]), n("Add", ["x", "w"], ["y"])],
         {"a": np.int64(0), "b": np.int64(3), "c": np.int64(1), "t": i64(2)})
    # the way torch writes x.view(x.size(0), -1)
    case("Reshape torch", [n("Shape", ["x"], ["s"]), n("Gather", ["s", "z"], ["g"], axis=0), n("Unsqueeze", ["g", "u"], ["h"]),
                           n("Concat", ["h", "m"], ["k"], axis=0), n("Reshape", ["x", "k"], ["y"], allowzero=0)],
         {"z": np.int64(0), "u": i64(0), "m": i64(-1)})
    case("Reshape zero", [n("Reshape", ["x", "k"], ["y"])], {"k": i64(0, 0, -1)})
    case("Shape 15", [n("Shape", ["x"], ["s"], start=1, end=3), n("Cast", ["s"], ["c"], to=1), n("ReduceSum", ["c"], ["r"]), n("Mul", ["x", "r"], ["y"])])
    case("Size", [n("Relu", ["w"], ["v"]), n("Size", ["v"], ["s"]), n("Cast", ["s"], ["c"], to=1), n("Mul", ["x", "c"], ["y"])], {"w": f(3)})
    case("Softmax", [n("Softmax", ["x"], ["y"], axis=1)])
    case("Softmax default", [n("Softmax", ["x"], ["y"])])
    case("Softmax 11", [n("Flatten", ["x"], ["a"]), n("Softmax", ["a"], ["y"])], opset=11)
    case("Split", [n("Split", ["x"], ["a", "b"], axis=3), n("Sub", ["a", "b"], ["y"])], opset=13)
    case("Split sizes", [n("Split", ["x", "s"], ["a", "b"], axis=1), n("Add", ["a", "b"], ["y"])], {"s": i64(2, 1)})
    case("Split 11", [n("Split", ["x"], ["a", "b"], axis=1, split=[1, 2]), n("Mul", ["a", "b"], ["y"])], opset=11)
    case("Split 18", [n("Split", ["x"], ["a", "b", "c"], axis=-1, num_outputs=3), n("Sub", ["a", "c"], ["y"])], opset=18)
    case("Squeeze, Unsqueeze", [n("GlobalAveragePool", ["x"], ["a"]), n("Squeeze", ["a", "q"], ["b"]), n("Unsqueeze", ["b", "u"], ["y"])], {"q": i64(2, 3), "u": i64(1)})
    case("Squeeze 11", [n("GlobalAveragePool", ["x"], ["a"]), n("Squeeze", ["a"], ["b"], axes=[2, 3]), n("Unsqueeze", ["b"], ["y"], axes=[2])], opset=11)
    case("Transpose", [n("Transpose", ["x"], ["y"], perm=[0, 2, 3, 1])])
    return {"tools": TOOLS, "input": {"shape": list(x.shape), "x": base64.b64encode(x.tobytes()).decode()}, "cases": cases}


# ------------------------------------------------------------------ images
def resize():
    doc = {"tools": TOOLS, "cases": []}
    for (w, h), (tw, th) in [((53, 41), (16, 16)), ((16, 12), (40, 33)), ((64, 64), (32, 32)), ((9, 50), (20, 20))]:
        y, x = np.mgrid[:h, :w]
        # the same formula in pixels_test.go
        rgb = np.stack([(x * 7 + y * 3) % 256, (x * x + 5 * y) % 256, (x * y + 11) % 256], -1).astype(np.uint8)
        out = np.asarray(Image.fromarray(rgb).resize((tw, th), Image.BILINEAR))
        doc["cases"].append({"from": [w, h], "to": [tw, th], "rgb": base64.b64encode(out.tobytes()).decode()})
    return doc


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for name, doc in [("layers", layers()), ("ops", ops()), ("resize", resize())]:
        (OUT / f"{name}.json").write_text(json.dumps(doc, indent=1) + "\n")
