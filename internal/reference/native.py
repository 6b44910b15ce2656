"""Expected values for nbext/models/native, from torch and torchvision.

    ~/.cache/fusiform/peers/venv/bin/python internal/reference/native.py

builds torchvision's own AlexNet, ResNet and VisionTransformer with small widths
and random weights, and writes into nbext/models/native/testdata, for each,
NAME.safetensors (float16, so that it is small) and NAME.json: some values of
six layers and of the logits for two images that a formula gives, and the losses
and some weights of four steps of Adam on these images. With a folder
and the names of networks,

    ... native.py FOLDER alexnet resnet18 vit_ti16 vit_s16

it writes the same for networks of full size there (float32): TestFullSize does
that.
"""
import json
import pathlib
import struct
import sys

import numpy as np
import torch
import torchvision
from torchvision.models import alexnet, resnet18
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.vision_transformer import VisionTransformer

SEED = 7
OUT = pathlib.Path(__file__).resolve().parents[2] / "nbext/models/native/testdata"
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.int64: "I64"}


def save(tensors, path, metadata):
    """The safetensors format, written from its description."""
    header, at, blobs = {"__metadata__": metadata}, 0, []
    for name, t in tensors.items():
        b = t.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": TYPES[t.dtype], "shape": list(t.shape), "data_offsets": [at, at + len(b)]}
        at += len(b)
        blobs.append(b)
    h = json.dumps(header).encode()
    h += b" " * (-len(h) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(h)) + h)
        for b in blobs:
            f.write(b)


def images(side):
    """Two colour images: the same formula as in native_test.go."""
    i = np.arange(2 * 3 * side * side, dtype=np.float64)
    x = np.sin(.37 * i) + .5 * np.sin(.0131 * i) + .2 * np.cos(1.9e-4 * i)
    return torch.tensor(x.astype(np.float32).reshape(2, 3, side, side))


def small_alexnet():
    n = torch.nn
    m = alexnet(num_classes=5)
    c = [4, 6, 8, 6, 4]
    for at, (i, o) in zip([0, 3, 6, 8, 10], zip([3] + c, c)):
        old = m.features[at]
        m.features[at] = n.Conv2d(i, o, old.kernel_size, old.stride, old.padding)
    m.classifier[1], m.classifier[4], m.classifier[6] = n.Linear(4 * 36, 12), n.Linear(12, 12), n.Linear(12, 5)
    return m, 127


def small_resnet():
    m = ResNet(BasicBlock, [1, 2, 1, 1], num_classes=5)
    m.inplanes = 4
    m.conv1 = torch.nn.Conv2d(3, 4, 7, 2, 3, bias=False)
    m.bn1 = torch.nn.BatchNorm2d(4)
    for k, (width, blocks) in enumerate(zip([4, 8, 16, 32], [1, 2, 1, 1])):
        setattr(m, f"layer{k + 1}", m._make_layer(BasicBlock, width, blocks, stride=min(2, k + 1)))
    m.fc = torch.nn.Linear(32, 5)
    return m, 64


def vit(width, heads, depth=12, side=224, patch=16, hidden=None, classes=1000):
    return VisionTransformer(image_size=side, patch_size=patch, num_layers=depth, num_heads=heads,
                             hidden_dim=width, mlp_dim=hidden or 4 * width, num_classes=classes), side


NETS = {
    "small_alexnet": small_alexnet,
    "small_resnet": small_resnet,
    "small_vit": lambda: vit(24, 3, depth=2, side=48, patch=12, hidden=40, classes=5),
    "alexnet": lambda: (alexnet(), 224),
    "resnet18": lambda: (resnet18(), 224),
    "vit_ti16": lambda: vit(192, 3),
    "vit_s16": lambda: vit(384, 6),
}
BLOCK = "encoder.layers.encoder_layer_"
LAYERS = {
    "alexnet": ["features.0", "features.2", "features.6", "features.12", "avgpool", "classifier.4"],
    "resnet": ["bn1", "maxpool", "layer1.0.conv2", "layer2.0.downsample.1", "layer3.0.bn2", "avgpool"],
    "vit": [f"{BLOCK}0.ln_1", f"{BLOCK}0.self_attention", f"{BLOCK}1.mlp.1", f"{BLOCK}1", "encoder.ln", f"{BLOCK}0.mlp.3"],
}


def random_weights(m):
    """What a trained network might have: nothing is 0 or 1 any more."""
    for name, p in m.named_parameters():
        if p.ndim == 1 or "token" in name or "pos" in name:
            scale = name.endswith("weight")
            torch.nn.init.normal_(p, 1 if scale else 0, .3 if scale else .1)
        elif isinstance(m, torchvision.models.AlexNet):  # else little reaches its end
            torch.nn.init.kaiming_normal_(p)
        elif p.abs().max() == 0:  # the read-out of a ViT
            torch.nn.init.normal_(p, 0, .1)
    for name, b in m.named_buffers():
        if name.endswith("running_mean"):
            torch.nn.init.normal_(b, 0, .3)
        elif name.endswith("running_var"):
            torch.nn.init.uniform_(b, .5, 1.5)


STEPS, RATE = 4, 3e-3


def training(m, side):
    """Four steps as a native.Training takes them, without dropping out."""
    m.train()
    for d in m.modules():
        if isinstance(d, torch.nn.Dropout):
            d.p = 0.0
    adam = torch.optim.Adam(m.parameters(), lr=RATE)
    x, y, losses = images(side), torch.tensor([1, 3]), []
    for step in range(STEPS):
        for g in adam.param_groups:
            g["lr"] = RATE * (1 + np.cos(np.pi * step / STEPS)) / 2
        loss = torch.nn.functional.cross_entropy(m(x), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        losses.append(float(loss))
    state = m.state_dict()
    return {"rate": RATE, "losses": losses,
            "norms": {k: float(v.double().norm()) for k, v in state.items() if v.ndim},
            "first": {k: [float(f"{a:.7g}") for a in v.reshape(-1)[:3]] for k, v in state.items() if v.ndim}}


def main(out, names, half):
    torch.set_num_threads(2)
    out.mkdir(exist_ok=True)
    for name in names:
        torch.manual_seed(SEED)
        m, side = NETS[name]()
        m.eval()
        random_weights(m)
        state = {k: v.half() if half and v.dtype == torch.float32 else v for k, v in m.state_dict().items()}
        m.load_state_dict(state)  # rounded to what the file has
        got, modules = {}, dict(m.named_modules())
        layers = LAYERS[next(k for k in LAYERS if k in name)]
        for layer in layers:
            # attention gives its weights, too; torchvision rectifies in place
            modules[layer].register_forward_hook(lambda _, __, y, layer=layer: got.__setitem__(layer, (y[0] if isinstance(y, tuple) else y).clone()))
        with torch.no_grad():
            got["logits"] = m(images(side))
        save(state, out / f"{name}.safetensors", {"made_by": "internal/reference/native.py"})
        doc = {"tools": {"torch": torch.__version__, "torchvision": torchvision.__version__, "numpy": np.__version__, "seed": SEED},
               "side": side, "layers": []}
        for layer in layers + ["logits"]:
            y = got[layer].double().reshape(2, -1)
            step = max(1, y.shape[1] // 24)
            doc["layers"].append({"layer": layer, "shape": list(got[layer].shape[1:]), "largest": float(y.abs().max()),
                                  "norm": [float(v) for v in y.norm(dim=1)],
                                  "step": step, "values": [[float(f"{v:.7g}") for v in row[::step]] for row in y]})
        if half:
            doc["training"] = training(m, side)
        (out / f"{name}.json").write_text(json.dumps(doc) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(pathlib.Path(sys.argv[1]), sys.argv[2:], False)
    else:
        main(OUT, ["small_alexnet", "small_resnet", "small_vit"], True)
