"""A forward pass of a torchvision network by torch."""
from common import SPEC, report, sample
from networks import images, make

import torch

torch.set_num_threads(SPEC["threads"])
model = make(SPEC["name"])
x = torch.from_numpy(images(SPEC["batch"], SPEC["size"], SPEC["mean"], SPEC["std"]))


def work():
    global y
    with torch.inference_mode():
        y = model(x)


report(work, lambda: sample(y.numpy()))
