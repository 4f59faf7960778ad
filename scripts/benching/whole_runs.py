"""Whole runs on pictures that come with automask."""

from __future__ import annotations

import torch
from evaluating.methods import composed, shown_pair
from hydra.utils import instantiate

from automask.cache.components import Parts
from automask.io.memory import peak
from automask.pipeline.encoder_weights import lite, vgg19
from benching.timing import seconds
from stylize import VGG19, Encoder, Stylizer
from stylize.encoders.vgg import VGG19_CHANNELS


def encoder_of(weights: str | None) -> Encoder:
    """VGG-19 of that file, the small encoder, or random weights of the same cost."""
    if weights:
        return lite() if weights == "lite" else vgg19(weights)
    state = {}
    for conv, (inputs, outputs) in VGG19_CHANNELS.items():
        noise = torch.randn(outputs, inputs, 3, 3)
        state[f"{conv}.weight"] = noise / (inputs * 4) ** 0.5
        state[f"{conv}.bias"] = torch.zeros(outputs)
    return VGG19(state, mean=(0.5,) * 3, std=(0.25,) * 3)


def run_row(px: int, steps: int, weights: str | None) -> dict[str, object]:
    """A run of three levels: its time, its searches, and what it adds to memory."""
    encoder = encoder_of(weights)
    words = ["content=astronaut", "style=portrait", f"encoder={encoder.name}"]
    words += [f"size={px}", f"stylizer.iterations=[{steps}]"]
    words += ["stylizer.pyramid.levels=3", "stylizer.pyramid.smallest=32"]
    config = composed(words)
    pair, _ = shown_pair(config, Parts())
    painter: Stylizer = instantiate(config.stylizer, encoder=encoder, _convert_="all")
    before, made = peak(), []
    took = seconds(lambda: made.append(painter(pair.content, pair.styles)))
    searches = sum(level.searches for level in made[0].levels)
    row = {"what": "run", "px": px, "ms": took * 1e3, "searches": searches}
    return row | {"peak_mib": peak() - before, "masks": len(pair.content.names)}
