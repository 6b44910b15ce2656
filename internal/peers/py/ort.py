"""A forward pass of an ONNX file by ONNX Runtime."""
from common import SPEC, report, sample
from networks import images

import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = SPEC["threads"]
options.inter_op_num_threads = 1
options.log_severity_level = 3
session = onnxruntime.InferenceSession(SPEC["file"], options, providers=["CPUExecutionProvider"])
feed = {session.get_inputs()[0].name: images(SPEC["batch"], SPEC["size"], SPEC["mean"], SPEC["std"])}


def work():
    global y
    y, = session.run([SPEC["output"]], feed)


report(work, lambda: sample(y))
