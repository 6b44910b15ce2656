"""The torchvision networks with random weights, and the images."""
import numpy as np

from common import uniform


def make(name):
    """The network with seeded weights, batch-norm statistics included, so that
    folding them wrongly shows; torchvision leaves the ViT's read-out at 0."""
    import torch
    import torchvision
    from torch import nn
    torch.manual_seed(1)
    m = getattr(torchvision.models, name)(weights=None).eval()
    for k in m.modules():
        if isinstance(k, nn.BatchNorm2d):
            nn.init.uniform_(k.weight, .5, 1.5)
            nn.init.normal_(k.bias, 0, .1)
            nn.init.normal_(k.running_mean, 0, .1)
            nn.init.uniform_(k.running_var, .5, 1.5)
    if name.startswith("vit"):
        nn.init.normal_(m.heads.head.weight, 0, .05)
    return m


def images(batch, size, mean, std):
    """Prepared images of random pixels, as images in networks.go makes them."""
    x = uniform(1, batch * 3 * size * size).reshape(batch, 3, size, size)
    x += np.float32(1)
    x *= np.float32(127.5)
    x -= np.asarray(mean, np.float32)[:, None, None]
    x /= np.asarray(std, np.float32)[:, None, None]
    return x
