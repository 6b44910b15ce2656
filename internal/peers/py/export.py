"""Writes a torchvision network as an ONNX file whose batch is free."""
import json
import os
import sys
import warnings

import torch

from networks import make

spec = json.loads(sys.argv[1])
warnings.filterwarnings("ignore")
part = spec["file"] + ".part"
# The batch of the example is 2: torch takes a 1 for a constant.
torch.onnx.export(make(spec["name"]), (torch.zeros(2, 3, 224, 224),), part, dynamo=True, verbose=False, external_data=False,
                  input_names=["input"], output_names=["logits"], dynamic_shapes=({0: torch.export.Dim("n")},))
os.replace(part, spec["file"])
