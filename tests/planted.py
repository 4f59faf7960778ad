"""Planted data and a tiny encoder that several tests share."""

from __future__ import annotations

import torch
from torch import Tensor

from stylize import VGG19
from stylize.vgg import VGG19_CHANNELS


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_vgg19(seed: int = 0) -> dict[str, Tensor]:
    """Random weights of VGG-19's shapes, by layer names, each layer near unit scale."""
    rng = generator(seed)
    state = {}
    for conv, (inputs, outputs) in VGG19_CHANNELS.items():
        weight = torch.randn(outputs, inputs, 3, 3, generator=rng)
        state[f"{conv}.weight"] = weight * (2 / (9 * inputs)) ** 0.5
        state[f"{conv}.bias"] = 0.1 * torch.randn(outputs, generator=rng)
    return state


def vgg19(seed: int = 0) -> VGG19:
    return VGG19(random_vgg19(seed), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


class TinyEncoder:
    """Two random layers of strides 2 and 4: the encoder's interface in milliseconds."""

    name, sha256 = "tiny", ""

    def __init__(self, channels: int = 8) -> None:
        rng = generator(1)
        self.near = torch.randn(channels, 3, 3, 3, generator=rng)
        self.far = torch.randn(channels, channels, 3, 3, generator=rng) / 8

    def stride(self, layer: str) -> int:
        return {"relu3_1": 2, "relu4_1": 4}[layer]

    def radius(self, layer: str) -> int:
        return {"relu3_1": 2, "relu4_1": 6}[layer]

    def __call__(self, image: Tensor, layers: list[str]) -> dict[str, Tensor]:
        half = torch.nn.functional.avg_pool2d(image - 0.5, 2)
        near = torch.relu(torch.nn.functional.conv2d(half, self.near, padding=1))
        quarter = torch.nn.functional.avg_pool2d(near, 2)
        far = torch.relu(torch.nn.functional.conv2d(quarter, self.far, padding=1))
        return {
            k: v for k, v in {"relu3_1": near, "relu4_1": far}.items() if k in layers
        }
