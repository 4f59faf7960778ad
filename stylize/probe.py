"""What a pixel takes on this machine, measured on a small copy of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoder
from stylize.matching.nearest import index_styles, nearest_patches
from stylize.matching.schedule import Every
from stylize.optimize.level import Level
from stylize.picture import Picture, sized
from stylize.stylizer import Stylizer

PROBE = 192  # px of the picture that tells what a pixel takes
MAP = 64  # cells of the map that tells what a search takes


@dataclass(frozen=True)
class Probe:
    """What a pixel takes, as measured on this machine.

    Args:
        kept: Bytes that backward needs of the encoder.
        features: Bytes of the layers that the terms read.
        history: Vectors of the image's size that the optimiser keeps.
        seconds: Of a step.
        search: Seconds of a search for a pixel of the picture and one of a style.
    """

    kept: float
    features: float
    history: int
    seconds: float
    search: float


def probe(stylizer: Stylizer, content: Picture, styles: Sequence[Picture]) -> Probe:
    """Measure on a small copy of the content in the first style."""
    small = sized(content, *_within(content, PROBE))
    style = sized(styles[0], *_within(styles[0], PROBE))
    optimizer: Any = stylizer.optimizer
    return Probe(
        kept=_kept(stylizer.encoder, _layers(stylizer)),
        features=sum(f.numel() for f in _features(stylizer, small.image))
        * 4
        / small.image[0, 0].numel(),
        history=2 * getattr(optimizer, "history", 2),
        seconds=_step_seconds(stylizer, small, style) / small.image[0, 0].numel(),
        search=_search_seconds(stylizer, len(content.masks)),
    )


def _kept(encoder: Encoder, layers: Sequence[str]) -> float:
    """Bytes a pixel that backward needs; what does not grow with the image is none."""

    def at(side: int) -> int:
        held: dict[int, int] = {}

        def pack(kept: Tensor) -> Tensor:
            storage = kept.untyped_storage()
            held[storage.data_ptr()] = storage.nbytes()
            return kept

        image = torch.full((1, 3, side, side), 0.5, requires_grad=True)
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda kept: kept):
            features = encoder(image, layers)  # alive, so that no storage is reused
        del features
        return sum(held.values())

    small, large = PROBE // 2, PROBE
    return (at(large) - at(small)) / (large**2 - small**2)


def _features(stylizer: Stylizer, image: Tensor) -> list[Tensor]:
    with torch.no_grad():
        return list(stylizer.encoder(image, _layers(stylizer)).values())


def _step_seconds(stylizer: Stylizer, content: Picture, style: Picture) -> float:
    """Of a step without a search, the first one's extras apart."""

    def taken(steps: int) -> float:
        painter = Level(
            *(stylizer.encoder, rare, stylizer.optimizer, stylizer.patience, steps)
        )
        begun = perf_counter()
        painter.whole(content, [style], None, content.image, lambda *told: None)
        return perf_counter() - begun

    once = Every(PROBE, propagates=True)
    rare = replace(stylizer.fine, refresh=once).terms(stylizer.terms)
    taken(1)  # what is done at the first call only
    return max(taken(4) - taken(1), 0.0) / 3


def _search_seconds(stylizer: Stylizer, masks: int) -> float:
    """Of a search on all layers, for a pixel of the picture and one of a style."""
    total = 0.0
    searching = [t for t in stylizer.terms.values() if hasattr(t, "refresh")]
    layers = {layer for term in searching for layer in term.layers}
    image = torch.rand(1, 3, PROBE, PROBE, generator=torch.Generator().manual_seed(0))
    for layer in layers:
        with torch.no_grad():
            channels = stylizer.encoder(image, [layer])[layer].shape[1] + masks
        cells = torch.linspace(-1, 1, channels * MAP * MAP).view(channels, MAP, MAP)
        index = index_styles([cells])
        begun = perf_counter()
        nearest_patches(cells, index)
        taken = perf_counter() - begun
        total += taken / MAP**4 / stylizer.encoder.stride(layer) ** 4
    return total


def _layers(stylizer: Stylizer) -> list[str]:
    terms = stylizer.terms.values()
    return sorted({layer for term in terms for layer in term.layers})


def _within(picture: Picture, side: int) -> tuple[int, int]:
    height, width = picture.image.shape[2:]
    scale = min(1.0, side / max(height, width))
    return max(32, round(height * scale)), max(32, round(width * scale))
