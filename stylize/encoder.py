"""VGG-19 up to relu4_1, and what an image looks like to the losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

VGG19_CHANNELS: dict[str, tuple[int, int]] = {
    "conv1_1": (3, 64),
    "conv1_2": (64, 64),
    "conv2_1": (64, 128),
    "conv2_2": (128, 128),
    "conv3_1": (128, 256),
    "conv3_2": (256, 256),
    "conv3_3": (256, 256),
    "conv3_4": (256, 256),
    "conv4_1": (256, 512),
}


class Encoder(Protocol):
    """A network whose layers describe an image ever more coarsely."""

    name: str
    sha256: str

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """The (1, C, h, w) activations of the layers for a (1, 3, H, W) image."""


@dataclass(frozen=True)
class Encoded:
    """An image, its masks and its activations.

    Args:
        image: (1, 3, H, W) in [0, 1].
        masks: (1, K, H, W) in [0, 1]; the image being painted has the content's.
        names: Of the masks, the more particular ones behind.
        features: (1, C, h, w) activations by layer.
    """

    image: Tensor
    masks: Tensor
    names: tuple[str, ...]
    features: dict[str, Tensor]


class VGG19(nn.Module):
    """Frozen VGG-19 (Simonyan & Zisserman 2015) up to relu4_1.

    Takes sRGB in [0, 1]: the normalisation that the weights were trained with is
    folded into conv1_1. Convolutions pad by reflection; VGG's own zero padding
    paints a frame along the border.

    Args:
        weights: ``conv1_1.weight``, ``conv1_1.bias`` … ``conv4_1.bias``; channels of
            conv1_1 in RGB order.
        mean: Of the inputs that the weights expect, R, G, B in [0, 1].
        std: Likewise; (1/255, 1/255, 1/255) where the weights expect 0–255.
        name: For the record.
        sha256: Of the file that the weights came from, for the record.

    Raises:
        ValueError: If a weight is missing or has another shape than VGG-19's.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        mean: Sequence[float],
        std: Sequence[float],
        name: str = "vgg19",
        sha256: str = "",
    ) -> None:
        super().__init__()
        self.name, self.sha256 = name, sha256
        for conv, (inputs, outputs) in VGG19_CHANNELS.items():
            weight, bias = weights.get(f"{conv}.weight"), weights.get(f"{conv}.bias")
            if weight is None or bias is None:
                raise ValueError(f"the weights lack {conv}: not a VGG-19")
            if weight.shape != (outputs, inputs, 3, 3) or bias.shape != (outputs,):
                raise ValueError(
                    f"{conv} of VGG-19 has shape {(outputs, inputs, 3, 3)}, "
                    f"got {tuple(weight.shape)}"
                )
            weight, bias = weight.float(), bias.float()
            if conv == "conv1_1":
                weight = weight / torch.tensor(std).view(1, 3, 1, 1)
                bias = bias - torch.einsum("oihw,i->o", weight, torch.tensor(mean))
            self.register_buffer(f"{conv}_weight", _channels_last(weight))
            self.register_buffer(f"{conv}_bias", bias.contiguous())

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""
        _check_layers([layer])
        return int(2 ** (int(layer[4]) - 1))

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations of layers such as ``relu3_1``, after their ReLU.

        Args:
            image: (1, 3, H, W) sRGB in [0, 1].
            layers: Names ``relu1_1`` … ``relu4_1``.

        Returns:
            (1, C, H / stride, W / stride) by name.

        Raises:
            ValueError: For an unknown layer.
        """
        _check_layers(layers)
        last = max(layers, default="")
        features: dict[str, Tensor] = {}
        x = image.contiguous(memory_format=torch.channels_last)
        for conv in VGG19_CHANNELS:
            layer = f"relu{conv[4:]}"
            if layer > last:
                break
            if conv in ("conv2_1", "conv3_1", "conv4_1"):
                x = F.max_pool2d(x, 2)
            x = F.pad(x, (1, 1, 1, 1), mode="reflect")
            weight = self.get_buffer(f"{conv}_weight")
            x = F.relu_(F.conv2d(x, weight, self.get_buffer(f"{conv}_bias")))
            if layer in layers:
                features[layer] = x
        return features


def _channels_last(weight: Tensor) -> Tensor:
    return weight.contiguous(memory_format=torch.channels_last)


def _check_layers(layers: Sequence[str]) -> None:
    known = [f"relu{conv[4:]}" for conv in VGG19_CHANNELS]
    for layer in layers:
        if layer not in known:
            raise ValueError(f"unknown layer '{layer}'; choose from {', '.join(known)}")
