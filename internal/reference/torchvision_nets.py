"""Networks exported by torch's both exporters, and what torch and onnxruntime find in them.

    python internal/reference/torchvision_nets.py            # small fixtures
    python internal/reference/torchvision_nets.py DIR NAME…  # whole networks of torchvision, into DIR

The fixtures are torchvision's own classes (and recurrent blocks like those of CORNet) made narrow, in
nbext/models/testdata/torchvision/NAME.zip. Each holds

script.onnx   torch.onnx.export(net, x, path, dynamo=False), with a free batch
dynamo.onnx   torch.onnx.export(net, x, path, dynamo=True), its weights in dynamo.onnx.data as by default
whole.onnx    the export that doc.go recommends: every module keeps its output
facts.json    per layer: torch's values, by a forward hook of the module ("name#k": its k-th call; "name": the last),
              and per file the tensor where onnxruntime gives the same, with onnxruntime's values there

Weights are random (seed below), the statistics of normalisation drawn. The image is a formula, see image(). Metadata of
the nodes that is not read is taken out of the fixtures, see slim().
"""
import io
import json
import logging
import pathlib
import sys
import tempfile
import warnings
import zipfile

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torchvision
from torch import nn
from torchvision import models as tv

SEED = 6
OUT = pathlib.Path(__file__).resolve().parents[2] / "nbext/models/testdata/torchvision"
TOOLS = {"torch": torch.__version__, "torchvision": torchvision.__version__, "onnxruntime": ort.__version__,
         "onnx": onnx.__version__, "numpy": np.__version__, "seed": SEED}


def image(size):
    """Two images, from the top bits of 2654435761·i; the same formula is in torchvision_test.go."""
    i = np.arange(2 * 3 * size * size, dtype=np.uint64)
    h = (i * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    return torch.tensor((h.astype(np.float64) / 2**30 - 2).astype(np.float32).reshape(2, 3, size, size))


# ------------------------------------------------------------- narrow networks
def narrow(net, by, head=5):
    """Divides the channels of every layer but the image's and the head's."""
    cut = lambda c: c if c <= 3 else max(1, c // by)
    last = [m for m in net.modules() if isinstance(m, (nn.Linear, nn.Conv2d))][-1]
    for parent in list(net.modules()):
        for name, m in parent.named_children():
            if isinstance(m, nn.Conv2d):
                groups = 1 if m.groups == 1 else cut(m.groups)
                new = nn.Conv2d(cut(m.in_channels), head if m is last else cut(m.out_channels), m.kernel_size, m.stride, m.padding,
                                m.dilation, groups, m.bias is not None)
            elif isinstance(m, nn.BatchNorm2d):
                new = nn.BatchNorm2d(cut(m.num_features), m.eps, m.momentum)
            elif isinstance(m, nn.Linear):
                new = nn.Linear(cut(m.in_features), head if m is last else cut(m.out_features), m.bias is not None)
            else:
                continue
            setattr(parent, name, new)
    return net


def alexnet():
    net = narrow(tv.AlexNet(), 32)
    net.classifier = nn.Sequential(nn.Dropout(), nn.Linear(8 * 36, 16), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(16, 16),
                                   nn.ReLU(inplace=True), nn.Linear(16, 5))
    return net


def vgg():
    net = tv.VGG(tv.vgg.make_layers([4, "M", 4, "M", 6, "M", 6, "M", 8, 8, "M"], batch_norm=True), init_weights=False)
    net.classifier = nn.Sequential(nn.Linear(8 * 49, 16), nn.ReLU(True), nn.Dropout(), nn.Linear(16, 16), nn.ReLU(True), nn.Dropout(), nn.Linear(16, 5))
    return net


def mobilenet_v3():
    from torchvision.models.mobilenetv3 import InvertedResidualConfig as C
    return tv.MobileNetV3([C(8, 3, 8, 8, True, "RE", 2, 1, 1), C(8, 5, 24, 16, False, "HS", 2, 1, 1), C(16, 5, 32, 16, True, "HS", 1, 1, 1)],
                          last_channel=24, num_classes=5)


def efficientnet():
    from torchvision.models.efficientnet import FusedMBConvConfig as F, MBConvConfig as C
    return tv.EfficientNet([F(1, 3, 1, 8, 8, 1), C(1, 3, 1, 8, 8, 1), C(4, 5, 2, 8, 12, 2)], dropout=.2, last_channel=24, num_classes=5)


def convnext():
    from torchvision.models.convnext import CNBlockConfig as C
    return tv.ConvNeXt([C(8, 12, 1), C(12, 16, 2), C(16, None, 1)], num_classes=5)


def swin(block=None, merging=None):
    kw = {} if block is None else {"block": block, "downsample_layer": merging}
    net = tv.SwinTransformer([4, 4], 8, [2, 1] if block is None else [2], [1, 2], [4, 4], num_classes=5, **kw)
    for m in net.modules():  # the second version's tables, by a small network
        if hasattr(m, "cpb_mlp"):
            m.cpb_mlp = nn.Sequential(nn.Linear(2, 8), nn.ReLU(inplace=True), nn.Linear(8, m.num_heads, bias=False))
    return net


class CORblockS(nn.Module):
    """A recurrent block in the manner of CORNet-S (Kubilius et al. 2019): one set of convolutions, used `times` times, with a
    normalisation of its own at each time."""

    def __init__(self, i, o, times):
        super().__init__()
        self.times = times
        self.conv_input = nn.Conv2d(i, o, 1, bias=False)
        self.skip = nn.Conv2d(o, o, 1, 2, bias=False)
        self.norm_skip = nn.BatchNorm2d(o)
        self.conv1, self.nonlin1 = nn.Conv2d(o, 4 * o, 1, bias=False), nn.ReLU(inplace=True)
        self.conv2, self.nonlin2 = nn.Conv2d(4 * o, 4 * o, 3, 2, 1, bias=False), nn.ReLU(inplace=True)
        self.conv3, self.nonlin3 = nn.Conv2d(4 * o, o, 1, bias=False), nn.ReLU(inplace=True)
        self.output = nn.Identity()
        for t in range(times):
            for k, c in ((1, 4 * o), (2, 4 * o), (3, o)):
                setattr(self, f"norm{k}_{t}", nn.BatchNorm2d(c))

    def forward(self, x):
        x = self.conv_input(x)
        for t in range(self.times):
            skip = self.norm_skip(self.skip(x)) if t == 0 else x
            self.conv2.stride = (2, 2) if t == 0 else (1, 1)
            x = self.nonlin1(getattr(self, f"norm1_{t}")(self.conv1(x)))
            x = self.nonlin2(getattr(self, f"norm2_{t}")(self.conv2(x)))
            x = getattr(self, f"norm3_{t}")(self.conv3(x)) + skip
            x = self.output(self.nonlin3(x))
        return x


def cornet_s():
    net = nn.Sequential()
    v1 = nn.Sequential()
    for name, m in [("conv1", nn.Conv2d(3, 4, 7, 2, 3, bias=False)), ("norm1", nn.BatchNorm2d(4)), ("nonlin1", nn.ReLU(inplace=True)),
                    ("pool", nn.MaxPool2d(3, 2, 1)), ("output", nn.Identity())]:
        v1.add_module(name, m)
    net.add_module("V1", v1)
    net.add_module("V4", CORblockS(4, 4, 4))
    net.add_module("IT", CORblockS(4, 4, 2))
    d = nn.Sequential()
    for name, m in [("avgpool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten()), ("linear", nn.Linear(4, 5))]:
        d.add_module(name, m)
    net.add_module("decoder", d)
    return net


class CORblockRT(nn.Module):
    """A block in the manner of CORNet-RT: the input of this time plus the state of the last."""

    def __init__(self, i, o, stride):
        super().__init__()
        self.conv_input = nn.Conv2d(i, o, 3, stride, 1)
        self.norm_input, self.nonlin_input = nn.GroupNorm(2, o), nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.norm1, self.nonlin1 = nn.GroupNorm(2, o), nn.ReLU(inplace=True)
        self.output = nn.Identity()

    def forward(self, x, state):
        x = self.nonlin_input(self.norm_input(self.conv_input(x)))
        x = x if state is None else x + state
        x = self.nonlin1(self.norm1(self.conv1(x)))
        return self.output(x), x


class CORnetRT(nn.Module):
    def __init__(self, times=3):
        super().__init__()
        self.times = times
        self.V1, self.V2 = CORblockRT(3, 4, 4), CORblockRT(4, 6, 2)
        self.decoder = nn.Sequential()
        for name, m in [("avgpool", nn.AdaptiveAvgPool2d(1)), ("flatten", nn.Flatten()), ("linear", nn.Linear(6, 5))]:
            self.decoder.add_module(name, m)

    def forward(self, x):
        s1 = s2 = None
        for _ in range(self.times):
            out, s1 = self.V1(x, s1)
            out, s2 = self.V2(out, s2)
        return self.decoder(out)


def clip_vit():
    """OpenAI's image transformer, whose activations are tokens × images × features (clip-anytorch 2.6.0 of PyPI)."""
    from clip.model import VisionTransformer
    return VisionTransformer(16, 4, 16, 2, 2, 5)


def clip_pool():
    """The attention pooling of OpenAI's ResNets behind one convolution."""
    from clip.model import AttentionPool2d
    net = nn.Sequential()
    for name, m in [("conv", nn.Conv2d(3, 8, 4, 4)), ("relu", nn.ReLU(inplace=True)), ("attnpool", AttentionPool2d(4, 8, 2, 5))]:
        net.add_module(name, m)
    return net


# name: (network, image size, layers that are looked at)
SMALL = {
    "alexnet": (alexnet, 224, "features.0 features.2 features.11 features.12 classifier.5"),
    "vgg": (vgg, 224, "features.1 features.2 features.6 features.18 classifier.4"),
    "resnet18": (lambda: narrow(tv.ResNet(tv.resnet.BasicBlock, [1, 1, 1, 2]), 40), 64, "relu maxpool layer2.0.conv2 layer3.0.bn1 layer4.1.relu layer4.1.relu#1 layer4.1.relu#2 layer4.1.bn2 layer4.1.conv1 avgpool"),
    "resnet50": (lambda: narrow(tv.ResNet(tv.resnet.Bottleneck, [1, 1, 1, 2]), 64), 64, "layer1.0.conv1 layer2.0.bn3 layer3.0.relu#1 layer4.1.relu#2 layer4.1.relu#3 layer4.0.downsample.1 layer4.0 avgpool"),
    "resnext": (lambda: narrow(tv.ResNet(tv.resnet.Bottleneck, [1, 1, 1, 1], groups=32, width_per_group=4), 64), 64, "layer1.0.bn2 layer2.0.relu#1 layer3.0 layer4.0.relu avgpool"),
    "mobilenet_v2": (lambda: narrow(tv.MobileNetV2(inverted_residual_setting=[[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 1, 2]]), 8), 48, "features.0.2 features.1.conv.1 features.3.conv.0.2 features.3 features.5.2"),
    "mobilenet_v3": (mobilenet_v3, 48, "features.0.2 features.1.block.1 features.2.block.0.2 features.3 avgpool"),
    "efficientnet": (efficientnet, 48, "features.0.2 features.2.0.block.1.scale_activation features.2.0 features.3.1 features.4.2"),
    "convnext": (convnext, 32, "features.0.1 features.1.0.block.3 features.3.1.block.5 features.5.0 avgpool"),
    "densenet": (lambda: tv.DenseNet(4, (2, 3), 8, 2, num_classes=5), 64, "features.relu0 features.denseblock1.denselayer2.relu1 features.denseblock1 features.transition1.pool features.norm5"),
    "vit": (lambda: tv.VisionTransformer(16, 4, 2, 2, 16, 32, num_classes=5), 16, "encoder.layers.encoder_layer_0.ln_1 encoder.layers.encoder_layer_0.self_attention encoder.layers.encoder_layer_0.mlp encoder.layers.encoder_layer_1 encoder.ln"),
    "swin": (swin, 28, "features.0 features.1.0.attn features.1.1.attn features.1.1.mlp features.2 features.3.0.norm1 features.3 norm"),
    "swin_v2": (lambda: swin(tv.swin_transformer.SwinTransformerBlockV2, tv.swin_transformer.PatchMergingV2), 28, "features.0 features.1.0.norm1 features.1.1.attn features.1.1.mlp norm"),
    "squeezenet": (lambda: narrow(tv.SqueezeNet("1_1"), 16), 65, "features.1 features.2 features.4 features.12.squeeze features.12"),
    "shufflenet": (lambda: tv.ShuffleNetV2([2, 1, 1], [8, 8, 16, 24, 24], num_classes=5), 64, "maxpool stage2.0.branch1.1 stage2.1 stage3 conv5.2"),
    "cornet_s": (cornet_s, 32, "V1.nonlin1 V1.pool V4.nonlin2 V4.nonlin2#2 V4.norm1_3 V4.conv1#3 V4 IT.norm3_0 IT.nonlin3"),
    "clip_vit": (clip_vit, 16, "conv1 ln_pre transformer.resblocks.0.ln_1 transformer.resblocks.0.attn transformer.resblocks.1.ln_2 transformer.resblocks.1.mlp transformer.resblocks.1 ln_post"),
    "clip_pool": (clip_pool, 16, "conv relu attnpool"),
    "cornet_rt": (CORnetRT, 16, "V1.nonlin1#1 V1.nonlin1 V1#2 V2.norm_input#2 V2.nonlin_input#3 V2 decoder.avgpool"),
}
WHOLE = {
    "alexnet": SMALL["alexnet"][2], "vgg16": "features.1 features.8 features.18 features.30 classifier.4",
    "resnet18": "layer1.0.relu#1 layer2.0.downsample.1 layer4.1.relu#1 layer4.1.relu#2 layer3.1.bn1",
    "resnet50": "layer1.0.relu layer2.0.bn3 layer3.2.bn3 layer4.0.relu#3 avgpool",
    "resnet101": "layer1.0.relu#1 layer3.22.relu#1 layer3.14.bn2 layer4.0 avgpool",
    "resnext50_32x4d": "layer1.0.bn2 layer2.0.relu#1 layer3.0 layer4.0.relu avgpool",
    "mobilenet_v2": "features.0.2 features.3.conv.1.2 features.8 features.11 features.14.conv.3",
    "mobilenet_v3_small": "features.0.2 features.1.block.1 features.5.block.2 features.9 avgpool",
    "mobilenet_v3_large": "features.0.2 features.4.block.2 features.8 features.13 avgpool",
    "efficientnet_b0": "features.0.2 features.2.0.block.2 features.4.1 features.6.2 features.8.2",
    "convnext_tiny": "features.1.0.block.3 features.3.1 features.5.2.block.3 features.5.7.block.3 avgpool",
    "densenet121": "features.relu0 features.denseblock1 features.transition2.pool features.denseblock3.denselayer5.relu2 features.norm5",
    "vit_b_32": "encoder.layers.encoder_layer_2.mlp encoder.layers.encoder_layer_7.self_attention encoder.layers.encoder_layer_8.mlp encoder.layers.encoder_layer_10.ln_1 encoder.ln",
    "swin_t": "features.0 features.1.1.attn features.5.0.mlp features.7.0.norm1 norm",
    "swin_v2_t": "features.0 features.1.1.attn features.5.0.mlp features.7.0.norm1 norm",
    "squeezenet1_1": "features.2 features.4 features.7.squeeze features.12.squeeze features.12",
    "shufflenet_v2_x0_5": "maxpool stage2.0.branch1.1 stage2.1 stage3 conv5.2",
    "inception_v3": "Conv2d_2a_3x3 maxpool1 Mixed_5b.branch_pool Mixed_6e Mixed_7c",
}


# ----------------------------------------------------------------- export
def drawn(build):
    torch.manual_seed(SEED)
    net = build().eval()
    g = torch.Generator().manual_seed(SEED + 1)
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_mean.normal_(0, .1, generator=g)
                m.running_var.uniform_(.5, 1.5, generator=g)
            if isinstance(m, (nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm)) and m.weight is not None:
                m.weight.uniform_(.5, 1.5, generator=g)
                m.bias.normal_(0, .1, generator=g)
        for name, p in net.named_parameters():
            if "layer_scale" in name or "position" in name or "class_token" in name:
                p.normal_(0, .5, generator=g)
            elif p.ndim > 1:  # weights that keep the size of what goes through: deep narrow networks fade otherwise
                p.normal_(0, (2 / p[0].numel()) ** .5, generator=g)
        for p in list(net.parameters()) + [b for b in net.buffers() if b.is_floating_point()]:
            p.copy_(p.bfloat16())  # half of the bytes are zero: smaller files
    return net


def export(net, x, folder):
    names = {"input_names": ["input"], "output_names": ["logits"]}
    free = {"dynamic_axes": {"input": {0: "n"}, "logits": {0: "n"}}}
    n = ({0: torch.export.Dim("n")},)
    torch.onnx.export(net, (x,), folder / "script.onnx", dynamo=False, **names, **free)
    torch.onnx.export(net, (x,), folder / "dynamo.onnx", dynamo=True, verbose=False, dynamic_shapes=n, **names)
    torch.onnx.export(net, (x,), folder / "whole.onnx", dynamo=True, verbose=False, optimize=False, dynamic_shapes=n, **names)


def slim(path):
    """Takes out metadata of the nodes that is long and not read: where in Python a node comes from."""
    m = onnx.load(path, load_external_data=False)
    for n in m.graph.node:
        for key in ("pkg.torch.onnx.stack_trace", "pkg.torch.onnx.fx_node", "namespace", "pkg.torch.onnx.class_hierarchy"):
            for p in [p for p in n.metadata_props if p.key == key]:
                n.metadata_props.remove(p)
    onnx.save(m, path)


def hooks(net, x):
    """What every module gives, call by call."""
    got = {"logits": []}
    for name, m in net.named_modules():
        def keep(_m, _i, o, name=name):
            o = o[0] if isinstance(o, tuple) else o
            got.setdefault(name or "logits", []).append(o.detach().numpy().copy())
        m.register_forward_hook(keep)
    with torch.no_grad():
        net(x)
    return got


def images_first(v):
    """The same with the images on the first axis, where they are on the second."""
    return v.swapaxes(0, 1) if len(v) != 2 and v.ndim > 2 and v.shape[1] == 2 else v


def few(v):
    """L2 norm and 16 values of each image."""
    v = images_first(v)
    v = v.reshape(len(v), -1).astype(np.float64)
    at = np.linspace(0, v.shape[1] - 1, 16).astype(int)
    return {"l2": [float(f"{t:.8g}") for t in np.sqrt((v**2).sum(1))], "at": at.tolist(), "values": [[float(f"{t:.7g}") for t in r[at]] for r in v]}


def tensors(path, x):
    """Every float tensor of a file that has a batch, as onnxruntime gives it."""
    m = onnx.load(path)
    shaped = {n.output[0] for n in m.graph.node if n.op_type not in ("Shape", "Constant", "Size")}
    have = {o.name for o in m.graph.output}
    names = [o for n in m.graph.node for o in n.output if o and o in shaped | have]
    m.graph.output.extend(onnx.helper.make_empty_tensor_value_info(n) for n in names if n not in have)
    o = ort.SessionOptions()
    o.log_severity_level = 3
    o.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    b = io.BytesIO(m.SerializeToString())
    s = ort.InferenceSession(b.getvalue(), o, providers=["CPUExecutionProvider"])
    return {n: v for n, v in zip(names, s.run(names, {"input": x.numpy()})) if getattr(v, "dtype", None) == np.float32 and v.ndim}


def facts(name, net, x, layers, folder):
    got = hooks(net, x)
    doc = {"tools": TOOLS, "size": x.shape[-1], "layers": {}}
    files = {f: tensors(folder / f"{f}.onnx", x) for f in ("script", "dynamo", "whole")}
    for layer in ["logits"] + layers.split():
        base, _, k = layer.partition("#")
        want = got[base][int(k) - 1 if k else -1]
        fact = {"shape": list(images_first(want).shape[1:]), "torch": few(want), "files": {}}
        for f, ts in files.items():
            scale = np.sqrt((want.astype(np.float64)**2).mean())
            same = [n for n, v in ts.items() if v.shape == want.shape and np.abs(v - want).max() <= 2e-5 * max(scale, np.abs(want).max())]
            if same:
                fact["files"][f] = {"tensors": same, "onnxruntime": few(ts[same[-1]])}
            else:
                print(name, f, layer, "is not in the file", flush=True)
        doc["layers"][layer] = fact
    (folder / "facts.json").write_text(json.dumps(doc) + "\n")


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        for name in sys.argv[2:] or WHOLE:
            folder = pathlib.Path(sys.argv[1]) / name
            folder.mkdir(parents=True, exist_ok=True)
            kw = {"aux_logits": False, "init_weights": False} if name == "inception_v3" else {}
            net, x = drawn(lambda: tv.get_model(name, weights=None, **kw)), image(299 if name == "inception_v3" else 224)
            export(net, x, folder)
            facts(name, net, x, WHOLE[name], folder)
        return
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (build, size, layers) in SMALL.items():
        if len(sys.argv) > 1 and name not in sys.argv[1][1:].split(","):
            continue
        with tempfile.TemporaryDirectory() as t:
            folder = pathlib.Path(t)
            net, x = drawn(build), image(size)
            export(net, x, folder)
            facts(name, net, x, layers, folder)
            for f in folder.glob("*.onnx"):
                slim(f)
            with zipfile.ZipFile(OUT / f"{name}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
                for f in sorted(folder.iterdir()):
                    z.writestr(zipfile.ZipInfo(f.name, (2026, 1, 1, 0, 0, 0)), f.read_bytes(), zipfile.ZIP_DEFLATED)
            print(name, (OUT / f"{name}.zip").stat().st_size, {f.name: f.stat().st_size for f in folder.iterdir()}, flush=True)


if __name__ == "__main__":
    main()
