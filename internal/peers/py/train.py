"""One step of Adam on a small network by torch."""
from common import SPEC, report, uniform

import numpy as np
import torch
from torch import nn

torch.set_num_threads(SPEC["threads"])
side, units, classes, batch = SPEC["side"], SPEC["units"], SPEC["classes"], SPEC["batch"]


def weights(i, rows, columns):
    return uniform(10 + i, rows * columns).reshape(rows, columns) * np.float32(np.sqrt(6 / rows))


def put(layer, w):
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(w)))
        layer.bias.zero_()
    return layer


layers, into = [], 1
for i, out in enumerate(SPEC["channels"]):
    # ours has the rows (row, column, input channel)
    w = weights(i, 9 * into, out).reshape(3, 3, into, out).transpose(3, 2, 0, 1)
    layers += [put(nn.Conv2d(into, out, 3, padding=1), w), nn.ReLU(), nn.MaxPool2d(2)]
    into, side = out, side // 2
n = len(SPEC["channels"])
w = weights(n, side * side * into, units).reshape(side, side, into, units).transpose(3, 2, 0, 1).reshape(units, -1)
layers += [nn.Flatten(), put(nn.Linear(side * side * into, units), w), nn.ReLU(),
           put(nn.Linear(units, classes), weights(n + 1, units, classes).T)]
model = nn.Sequential(*layers).train()
adam = torch.optim.Adam(model.parameters(), lr=SPEC["rate"])
loss = nn.CrossEntropyLoss()
x = torch.from_numpy(uniform(1, batch * SPEC["side"]**2)).reshape(batch, 1, SPEC["side"], SPEC["side"])
y = torch.arange(batch) % classes
losses = []


def work():
    adam.zero_grad()
    value = loss(model(x), y)
    value.backward()
    adam.step()
    if len(losses) < SPEC["losses"]:
        losses.append(value.item())


report(work, lambda: losses)
