"""The small network that tells sky, water, foliage … apart, in photographs and art."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from automask.masks.net_weights import loaded
from stylize.encoders.lite import Lite

WEIGHTS = Path(__file__).parents[2] / "weights" / "regions.safetensors"
CLASSES = (
    "sky",
    "water",
    "foliage",
    "grass",
    "ground",
    "rock",
    "building",
    "vehicle",
    "animal",
    "person",
    "statue",
    "flower",
    "thing",
    "backdrop",
)
STRIDE = 32  # px that both sides of what the network sees are multiples of
WIDTHS = (128, 144)  # channels at 1/16 and 1/32
OUT = 64  # channels at 1/4, where the classes are told apart


class Mixer(nn.Module):
    """A residual block: 5×5 within channels, then 1×1 across them, and 1×1 back."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.within = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.wide = nn.Conv2d(channels, 2 * channels, 1)
        self.back = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to the same."""
        return x + self.back(F.silu(self.wide(self.within(self.norm(x)))))


class Joined(nn.Module):
    """Coarse cells enlarged onto finer ones, mixed with these."""

    def __init__(self, coarse: int, fine: int, outputs: int) -> None:
        super().__init__()
        self.coarse = nn.Conv2d(coarse, outputs, 1)
        self.fine = nn.Conv2d(fine, outputs, 1)
        self.mixer = Mixer(outputs)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """(N, coarse, h, w) and (N, fine, H, W) to (N, outputs, H, W)."""
        size = fine.shape[2:]
        large = F.interpolate(self.coarse(coarse), size, mode="bilinear")
        return self.mixer(large + self.fine(fine))


class RegionNet(nn.Module):
    """A U-Net (Ronneberger et al. 2015) on the stages of the embedded encoder.

    Deep down each cell also knows its height in the picture and what the picture shows
    as a whole.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Lite()
        mid, deep = WIDTHS
        self.to_mid = nn.Conv2d(128 + 2, mid, 1)
        self.mid = nn.Sequential(*(Mixer(mid) for _ in range(3)))
        self.to_deep = nn.Conv2d(mid, deep, 1)
        self.deep = nn.Sequential(*(Mixer(deep) for _ in range(3)))
        self.whole = nn.Linear(deep, deep)
        self.up16 = Joined(deep, mid, 128)
        self.up8 = Joined(128, 128, 96)
        self.up4 = Joined(96, 64, OUT)
        self.last = nn.Conv2d(OUT, len(CLASSES), 1)

    def forward(self, image: Tensor) -> Tensor:
        """(N, 3, H, W) sRGB in [0, 1] to (N, classes, H / 4, W / 4) logits.

        H and W are multiples of 32.
        """
        fourth, eighth = self.encoder.trunk(image)
        x = self.mid(self.to_mid(_with_place(F.avg_pool2d(eighth, 2))))
        deep = self.deep(self.to_deep(F.avg_pool2d(x, 2)))
        deep = deep + F.silu(self.whole(deep.mean((2, 3))))[:, :, None, None]
        x = self.up8(self.up16(deep, x), eighth)
        logits: Tensor = self.last(self.up4(x, fourth))
        return logits


def _with_place(x: Tensor) -> Tensor:
    """(N, C + 2, H, W): how far below the middle each cell is, and how far aside."""
    height, width = x.shape[2:]
    down = torch.linspace(-1, 1, height).to(x).view(1, 1, -1, 1)
    aside = torch.linspace(-1, 1, width).to(x).abs().view(1, 1, 1, -1)
    planes = (each.expand(len(x), 1, height, width) for each in (down, aside))
    return torch.cat([x, *planes], 1)


@cache
def load_region_net(path: Path = WEIGHTS) -> RegionNet:
    """The network from a file of float16 numbers; raises ValueError if it is none."""
    what = "the region network"
    return loaded(RegionNet(), path, what, "train_regions.py", "regions")
