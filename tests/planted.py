"""Planted data and a tiny encoder that several tests share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize import VGG19, Encoded, Picture
from stylize.encoders.encoder import encode
from stylize.encoders.vgg import VGG19_CHANNELS
from stylize.pyramid import resize


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@cache
def random_vgg19() -> dict[str, Tensor]:
    """Random weights of VGG-19's shapes, by layer names, each layer near unit scale.

    Made once for all tests, which must not change them.
    """
    rng = generator()
    state = {}
    for conv, (inputs, outputs) in VGG19_CHANNELS.items():
        weight = torch.randn(outputs, inputs, 3, 3, generator=rng)
        state[f"{conv}.weight"] = weight * (2 / (9 * inputs)) ** 0.5
        state[f"{conv}.bias"] = 0.1 * torch.randn(outputs, generator=rng)
    return state


def vgg19() -> VGG19:
    return VGG19(random_vgg19(), mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


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


def seen(
    image: Tensor,
    masks: Tensor | None = None,
    layers: tuple[str, ...] = ("relu3_1", "relu4_1"),
    **others,
) -> Encoded:
    """What the tiny encoder sees of an image; masks, (K, H, W), are named a to f."""
    masks = image.new_zeros(0, *image.shape[2:]) if masks is None else masks
    names = tuple("abcdef"[: len(masks)])
    picture = Picture(image.detach(), masks, names, **others)
    return with_image(encode(TinyEncoder(), picture, layers), image)


def with_image(encoded: Encoded, image: Tensor) -> Encoded:
    """Another image with the same masks, seen by the tiny encoder, with a gradient."""
    features = TinyEncoder()(image, list(encoded.features))
    return replace(encoded.showing(image), features=features)


def noise(seed: int = 0, side: int = 48) -> Tensor:
    """(1, 3, side, side) of random pixels."""
    return torch.rand(1, 3, side, side, generator=generator(seed))


def smooth_picture(seed: int, height: int, width: int) -> Tensor:
    """(1, 3, height, width) of soft blots of colour."""
    coarse = torch.rand(1, 3, height // 8, width // 8, generator=generator(seed))
    return resize(coarse, height, width)


def waves(turned: bool, side: int = 48) -> Tensor:
    """(1, 3, side, side) stripes of colours, along x or along y."""
    x = torch.arange(side).float()
    rows = torch.stack([torch.sin(x / 1.5 + phase) for phase in (0.0, 1.0, 2.5)])
    image = (0.5 + 0.3 * rows)[None, :, None].expand(-1, -1, side, -1)
    return (image.transpose(2, 3) if turned else image).contiguous()


def scores(query: Tensor, styles: list[Tensor], size: int) -> tuple[Tensor, Tensor]:
    """Cosines of all pairs of patches in float64, and first cells of the style's."""
    patches = F.unfold(query[None].double(), size)[0].T
    keys, cells, first = [], [], 0
    for style in styles:
        key = F.unfold(style[None].double(), size)[0].T
        norm = key.norm(dim=1, keepdim=True)
        keys.append(torch.where(norm > 0, key / norm, 0))
        _, h, w = style.shape
        grid = torch.arange(h * w).view(h, w)[: h - size + 1, : w - size + 1]
        cells.append(first + grid.flatten())
        first += h * w
    own = F.normalize(patches, dim=1, eps=1e-300)
    return own @ torch.cat(keys).T, torch.cat(cells)
