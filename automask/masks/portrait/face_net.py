"""The small networks that tell the cells of a face's square apart."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from automask.masks.net_weights import loaded
from automask.masks.portrait.face_features import BEARD_CUES, FEATURE_CUES, HEAD_CUES

WEIGHTS = Path(__file__).parents[2] / "weights" / "parts.safetensors"
HEAD_CLASSES = ("background", "skin", "hair", "clothing", "other")
FEATURE_CLASSES = ("rest", "eyes", "brows", "nose", "lips", "inner mouth")
BEARD_CLASSES = ("rest", "beard")
WIDTHS = (16, 32, 48, 64)  # channels at 1, 1/2, 1/4 and 1/8 of the cells
HEAD_WIDTHS = (*WIDTHS, 80)  # it must know the whole square
BEARD_WIDTHS = (16, 24, 32)


class Block(nn.Module):
    """Two 3x3 convolutions, each normalised over groups of channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.norms = nn.ModuleList(nn.GroupNorm(8, outputs) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        x = F.relu(self.norms[0](self.first(x)), inplace=True)
        return F.relu(self.norms[1](self.second(x)), inplace=True)


class FaceNet(nn.Module):
    """A U-Net (Ronneberger et al. 2015) of few channels: cues to logits of classes."""

    def __init__(self, cues: int, classes: int, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.down = nn.ModuleList(map(Block, (cues, *widths), widths))
        self.up = nn.ModuleList(
            Block(low + high, high)
            for low, high in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.last = nn.Conv2d(widths[0], classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, cues, H, W) to (N, classes, H, W); H and W multiples of 16, 8 or 4."""
        skipped = []
        for i, block in enumerate(self.down):
            x = block(F.avg_pool2d(x, 2) if i else x)
            skipped.append(x)
        for block, beside in zip(self.up, skipped[-2::-1], strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = block(torch.cat([x, beside], 1))
        return self.last(x)


def new_nets() -> nn.ModuleDict:
    """The networks, untrained: of the head, of the face's features, of beards."""
    return nn.ModuleDict(
        {
            "head": FaceNet(HEAD_CUES, len(HEAD_CLASSES), HEAD_WIDTHS),
            "features": FaceNet(FEATURE_CUES, len(FEATURE_CLASSES)),
            "beard": FaceNet(BEARD_CUES, len(BEARD_CLASSES), BEARD_WIDTHS),
        }
    )


@cache
def load_nets(path: Path = WEIGHTS) -> nn.ModuleDict:
    """All networks from a file of float16 numbers; raises ValueError if it is none."""
    what = "the parts classifier"
    return loaded(new_nets(), path, what, "train_parts.py", "portrait")


@torch.no_grad()
def classify(net: nn.Module, cues: np.ndarray) -> np.ndarray:
    """(classes, H, W) probabilities by (C, H, W) cues and by their mirror image."""
    straight = torch.from_numpy(cues)
    both = torch.stack([straight, straight.flip(-1)])
    both = both.contiguous(memory_format=torch.channels_last)
    probs = net(both).softmax(1)
    return ((probs[0] + probs[1].flip(-1)) / 2).numpy()
