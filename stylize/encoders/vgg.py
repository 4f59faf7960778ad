"""VGG-19 up to relu5_1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylize.encoders.encoder import check_layers
from stylize.encoders.frozen_layers import conv_relu
from stylize.encoders.strips import strip_by_strip

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
VGG19_DEEPER: dict[str, tuple[int, int]] = {  # that weights may lack
    "conv4_2": (512, 512),
    "conv4_3": (512, 512),
    "conv4_4": (512, 512),
    "conv5_1": (512, 512),
}
CONVS = [*VGG19_CHANNELS, *VGG19_DEEPER]
FINE, COARSE = CONVS[:5], CONVS[5:]
POOLED = ("conv1_2", "conv2_2", "conv3_4", "conv4_4")  # a pool follows
PARTS = ("weight", "bias")
STRIP = 3 * 2**15  # px of a strip; 64 channels of more than 32 MiB are slow to get
RECOMPUTED = 2**19  # px from which memory is worth a quarter more of the time
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class VGG19(nn.Module):
    """Frozen VGG-19 (Simonyan & Zisserman 2015), as far as the weights go.

    Takes sRGB in [0, 1]: the normalisation that the weights were trained with is
    folded into conv1_1. Convolutions pad by reflection; VGG's own zero padding
    paints a frame along the border.

    Args:
        weights: ``conv1_1.weight``, ``conv1_1.bias`` … ``conv4_1.bias``, and what
            there is up to conv5_1; channels of conv1_1 in RGB order.
        mean: Of the inputs that the weights expect, R, G, B in [0, 1].
        std: Likewise; (1/255, 1/255, 1/255) where the weights expect 0–255.
        name: For the record.
        sha256: Of the file that the weights came from, for the record.
        precision: Of the computation, ``float32`` or ``bfloat16``; activations come
            out as float32 either way.

    Raises:
        ValueError: If a weight is missing or has another shape than VGG-19's, or the
            precision is another.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        mean: Sequence[float],
        std: Sequence[float],
        name: str = "vgg19",
        sha256: str = "",
        precision: str = "float32",
    ) -> None:
        super().__init__()
        if precision not in PRECISIONS:
            raise ValueError(
                f"precision must be {' or '.join(PRECISIONS)}, got '{precision}'"
            )
        dtype = PRECISIONS[precision]
        self.name, self.sha256 = name, sha256
        self.layers: list[str] = []
        for conv, (inputs, outputs) in (VGG19_CHANNELS | VGG19_DEEPER).items():
            weight, bias = weights.get(f"{conv}.weight"), weights.get(f"{conv}.bias")
            if weight is None or bias is None:
                if conv in VGG19_DEEPER:
                    break
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
            weight = weight.to(dtype, memory_format=torch.channels_last)
            self.register_buffer(f"{conv}_weight", weight)
            self.register_buffer(f"{conv}_bias", bias.to(dtype))
            self.layers.append(_layer(conv))

    def stride(self, layer: str) -> int:
        """Pixels of the image per cell of that layer's feature map."""
        self._check([layer])
        return _stride(layer)

    def radius(self, layer: str) -> int:
        """Radius of the receptive field, px: what a cell sees around those under it."""
        self._check([layer])
        return sum(_stride(each) for each in map(_layer, CONVS) if each <= layer)

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations of layers such as ``relu3_1``, after their ReLU.

        Those up to relu3_1 are computed strip by strip, with the rows around that their
        receptive fields cover: the result is the same, in less time. Of a large image
        backward computes the strips again: the memory is a fraction.

        Args:
            image: (1, 3, H, W) sRGB in [0, 1].
            layers: Names ``relu1_1`` … ``relu4_1``, and those that the weights have
                up to ``relu5_1``.

        Returns:
            (1, C, H / stride, W / stride) float32 by name.

        Raises:
            ValueError: For an unknown layer.
        """
        self._check(layers)
        if not layers:
            return {}
        dtype = self.get_buffer("conv1_1_weight").dtype
        x = image.to(dtype, memory_format=torch.channels_last)
        coarse = {layer for layer in layers if layer > "relu3_1"}
        fine = {*layers} - coarse | ({"relu3_1"} if coarse else set())
        features = strip_by_strip(
            lambda part: self._through(part, FINE, fine),
            x,
            {layer: _stride(layer) for layer in fine},
            rows=_fours(max(64, STRIP / x.shape[3])),
            halo=_fours(self.radius(max(fine))),
            recompute=x[0, 0].numel() > RECOMPUTED,
        )
        if coarse:
            features |= self._through(features["relu3_1"], COARSE, coarse)
        return {layer: features[layer].float() for layer in layers}

    def _through(
        self, x: Tensor, convs: Sequence[str], layers: set[str]
    ) -> dict[str, Tensor]:
        features: dict[str, Tensor] = {}
        for conv in convs:
            layer = _layer(conv)
            x = conv_relu(x, *(self.get_buffer(f"{conv}_{part}") for part in PARTS))
            if layer in layers:
                features[layer] = x
            if features.keys() == layers:
                break
            x = F.max_pool2d(x, 2) if conv in POOLED else x
        return features

    def _check(self, layers: Sequence[str]) -> None:
        for layer in layers:
            if layer not in self.layers and layer in map(_layer, VGG19_DEEPER):
                raise ValueError(
                    f"these weights of VGG-19 end at {self.layers[-1]} and lack "
                    f"{layer}; the official ones have it (encoder.download=true)"
                )
        check_layers(layers, self.layers)


def _layer(conv: str) -> str:
    """What follows a convolution: conv3_1 to relu3_1."""
    return f"relu{conv[4:]}"


def _stride(layer: str) -> int:
    return int(2 ** (int(layer[4]) - 1))


def _fours(cells: float) -> int:
    """At least so many, a multiple of relu3_1's stride."""
    return 4 * ceil(cells / 4)
