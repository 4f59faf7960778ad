"""A published compressed encoder from its file, to compare with; nothing ships of it.

Wang et al. 2020, Collaborative Distillation for Ultra-Resolution Universal Style
Transfer: a VGG-19 of 16-16-32-32-64-64-64-64-128 channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from automask.io.hashing import file_sha256

CONVOLUTIONS = ("11", "12", "21", "22", "31", "32", "33", "34", "41")


class Compressed:
    """An encoder by the layers of VGG-19.

    Args:
        file: ``conv0.weight`` (1×1, prepares the colours), ``conv11.weight`` …
    """

    def __init__(self, file: Path) -> None:
        self.name, self.sha256 = "compressed", file_sha256(file)
        self.weights = load_file(file)

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""
        return int(2 ** (int(layer[4]) - 1))

    def radius(self, layer: str) -> int:
        """Pixels that a cell sees beyond those under it, on each side."""
        return sum(
            self.stride(each) for each in map(_layer, CONVOLUTIONS) if each <= layer
        )

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """(1, C, h, w) by layer for a (1, 3, H, W) image."""
        x, features = self._convolved(image, "0"), {}
        for number in CONVOLUTIONS:
            if number in ("21", "31", "41"):
                x = F.max_pool2d(x, 2)
            x = F.pad(x, (1, 1, 1, 1), mode="reflect")
            x = features[_layer(number)] = F.relu(self._convolved(x, number))
        return {layer: features[layer] for layer in layers}

    def _convolved(self, x: Tensor, number: str) -> Tensor:
        weight, bias = (
            self.weights[f"conv{number}.{part}"] for part in ("weight", "bias")
        )
        return F.conv2d(x, weight, bias)


def _layer(number: str) -> str:
    return f"relu{number[0]}_{number[1]}"
