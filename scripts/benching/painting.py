"""Steps and whole runs on pictures that come with automask and scikit-image."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from automask.config import embedded_style, photograph
from automask.encoders import vgg19
from automask.images import read_image
from automask.inputs import picture
from automask.masks import PairMasks, SoftMasks
from benching.measure import seconds
from benching.peers import plain_step
from stylize import (
    MRF,
    VGG19,
    Adaptive,
    Content,
    Encoded,
    Encoder,
    Every,
    Pyramid,
    Refresh,
    Stylized,
    Stylizer,
    TotalVariation,
)
from stylize.encoder import VGG19_CHANNELS
from stylize.pyramid import downsample

LAYERS = ["relu3_1", "relu4_1"]
PAIRS = [
    (content, style)
    for contents, styles in (
        (("astronaut", "chelsea"), ("portrait", "monet", "vangogh")),
        (("coffee", "rocket"), ("seurat", "hokusai")),
    )
    for content in contents
    for style in styles
]
EMPHASIS = {"skin": 1.5, "eyes": 3.0, "brows": 2.0, "nose": 2.0, "mouth": 3.0}


def encoder_of(weights: str | None) -> Encoder:
    """VGG-19 of that file, the small encoder, or random weights of the same cost."""
    if weights == "lite":
        from automask.encoders import lite

        return lite()
    if weights:
        return vgg19(weights)
    state = {}
    for conv, (inputs, outputs) in VGG19_CHANNELS.items():
        noise = torch.randn(outputs, inputs, 3, 3)
        state[f"{conv}.weight"] = noise / (inputs * 4) ** 0.5
        state[f"{conv}.bias"] = torch.zeros(outputs)
    return VGG19(state, mean=(0.5,) * 3, std=(0.25,) * 3)


def pair_of(px: int, content: str, style: str) -> tuple[list[Tensor], list[SoftMasks]]:
    """Both pictures and their masks."""
    files = photograph(content), embedded_style(f"{style}.jpg")
    pictures = [read_image(file, px) for file in files]
    masks, (style_masks,) = PairMasks()(pictures[0], pictures[1:])
    return pictures, [masks, style_masks]


def painter(
    encoder: Encoder, refresh: Refresh, steps: int, pyramid: Pyramid
) -> Stylizer:
    """The default stylizer but for its refresh, its levels and their steps."""
    terms = {
        "style": MRF(1.0, LAYERS, 20.0, blocks={"relu3_1": 3.0}, refresh=refresh),
        "content": Content(0.6, ["relu4_1"], EMPHASIS, structure=0.6),
        "smoothness": TotalVariation(0.5),
    }
    return Stylizer(encoder, terms, pyramid, [steps])


def painted(
    stylizer: Stylizer, pictures: list[Tensor], masks: list[SoftMasks]
) -> Stylized:
    """One stylization of a pair."""
    content, style = (picture(*each) for each in zip(pictures, masks, strict=True))
    return stylizer(content, [style])


def step_rows(px: int, steps: int, weights: str | None) -> Iterator[tuple[Any, ...]]:
    """A step, averaged over a whole run, against one with pystiche's functions."""
    encoder = encoder_of(weights)
    pictures, masks = pair_of(px, "astronaut", "portrait")
    with torch.no_grad():
        features = encoder(pictures[1], LAYERS)
    small = [downsample(masks[1].probs[None], *f.shape[2:]) for f in features.values()]
    styles = [
        torch.cat([f[0], m]) for f, m in zip(features.values(), small, strict=True)
    ]
    stylizer = painter(encoder, Adaptive(), steps, Pyramid(1))
    laps, peers = [], []
    peer = plain_step(pictures[0], masks[0].probs, styles)
    for _ in range(2):
        laps.append(seconds(lambda: painted(stylizer, pictures, masks)) / steps)
        peers.append(seconds(peer))
    ratio = statistics.median(b / a for a, b in zip(laps, peers, strict=True))
    ours, theirs = (statistics.median(times) * 1e3 for times in (laps, peers))
    k = len(masks[0].names)
    yield "step", px, "both", ours, "pystiche", theirs, ratio, True, None, 0.0, k, 1


def run_rows(px: int, steps: int, weights: str | None) -> Iterator[tuple[Any, ...]]:
    """A run of three levels with adaptive refresh, against a search at each step."""
    encoder = encoder_of(weights)
    pictures, masks = pair_of(px, "astronaut", "portrait")
    levels = Pyramid(3, smallest=32)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken, results = [], []
    for refresh in (Adaptive(), Every()):  # ours first: a peak never falls
        begun = time.perf_counter()
        results.append(
            painted(painter(encoder, refresh, steps, levels), pictures, masks)
        )
        taken.append((time.perf_counter() - begun) * 1e3)
        if len(taken) == 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    searches = [sum(level.searches for level in r.levels) for r in results]
    energy = [energy_of(encoder, pictures, masks, r.image) for r in results]
    close = energy[0] / energy[1] - 1
    print(f"{px} px: {searches[0]} searches of {searches[1]}, energy {close:+.2%}")
    name, ratio, grown = "each step", taken[1] / taken[0], (peak - before) / 1024
    k = len(masks[0].names)
    row = (taken[0], name, taken[1], ratio, abs(close) < 0.005, None, grown, k, 1)
    yield ("run", px, "both", *row)


def energies(px: int, steps: int, weights: str | None) -> list[dict[str, object]]:
    """Final energies of ten pairs, all measured with exact matches.

    A third run matches at each step too, but starts from a picture that differs by a
    thousandth: its energy says how much chance there is in any such figure.
    """
    encoder = encoder_of(weights)
    rows = []
    for content, style in PAIRS:
        pictures, masks = pair_of(px, content, style)
        reached, searches = {}, {}
        for name, refresh in (
            ("exact", Every()),
            ("adaptive", Adaptive()),
            ("chance", Every()),
        ):
            shown = pictures[0]
            if name == "chance":
                noise = torch.Generator().manual_seed(0)
                noise = torch.randn(shown.shape, generator=noise)
                shown = (shown + 1e-3 * noise).clamp(0, 1)
            stylizer = painter(encoder, refresh, steps, Pyramid(1))
            result = painted(stylizer, [shown, pictures[1]], masks)
            reached[name] = energy_of(encoder, pictures, masks, result.image)
            searches[name] = result.levels[-1].searches
        off = {k: v / reached["exact"] - 1 for k, v in reached.items()}
        row = {"px": px, "pair": f"{content}={style}", "searches": searches["adaptive"]}
        rows.append(row | {"adaptive": off["adaptive"], "chance": off["chance"]})
        print(
            f"{content:10}{style:10}{searches['adaptive']:3} searches of {steps}, "
            f"energy {off['adaptive']:+.2%}, by chance {off['chance']:+.2%}",
            flush=True,
        )
    for name in ("adaptive", "chance"):
        mean = statistics.mean(float(str(row[name])) for row in rows)
        print(f"mean {name} {mean:+.3%}")
    return rows


def energy_of(
    encoder: Encoder, pictures: list[Tensor], masks: list[SoftMasks], image: Tensor
) -> float:
    """Energy of a picture, its patches matched exactly."""
    strides = {layer: encoder.stride(layer) for layer in LAYERS}
    with torch.no_grad():
        content, style = (
            Encoded(x, m.probs[None], m.names, encoder(x, LAYERS))
            for x, m in zip(pictures, masks, strict=True)
        )
        current = replace(content, image=image, features=encoder(image, LAYERS))
        terms = painter(encoder, Every(), 1, Pyramid(1)).terms.values()
        return sum(
            float(term.prepare(content, [style], strides)(current, 0)) for term in terms
        )
