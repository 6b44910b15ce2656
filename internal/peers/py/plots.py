"""A similarity matrix with separators, names and a colour bar, by matplotlib."""
from common import SPEC, report, uniform

import io

import matplotlib
import numpy as np

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

counts, names = SPEC["counts"], SPEC["names"]
n = sum(counts)
x = uniform(1, n * n, np.float64).reshape(n, n)
m = np.triu(x, 1)
m = m + m.T + np.eye(n)
ends = np.cumsum(counts)
middles = ends - np.array(counts) / 2 - 0.5
colors = ["#a7d6a1", "#f09678", "#808080", "#a6d2e5"]


def work():
    fig, ax = plt.subplots(figsize=(5.4, 4.8), dpi=192)
    image = ax.imshow(m, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
    for e in ends[:-1]:
        ax.axhline(e - 0.5, color="black", linewidth=0.75)
        ax.axvline(e - 0.5, color="black", linewidth=0.75)
    for e, c, color in zip(ends, counts, colors):
        ax.add_patch(Rectangle((-6, e - c - 0.5), 4, c, color=color, clip_on=False))
        ax.add_patch(Rectangle((e - c - 0.5, -6), c, 4, color=color, clip_on=False))
    ax.set_xticks(middles, names)
    ax.set_yticks(middles, names)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, pad=8)
    ax.set_title("network/layer", loc="left")
    fig.colorbar(image, label="Pearson r (−1 to 1)")
    fig.savefig(io.BytesIO(), format=SPEC["format"])
    plt.close(fig)


report(work)
