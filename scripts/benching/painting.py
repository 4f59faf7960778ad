"""Steps and whole runs on pictures that come with automask and scikit-image."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from evaluating.painted import GIVEN, LAYERS, Pair, both, configured, read_pair
from hydra.utils import instantiate
from torch import Tensor

from automask.io.memory import peak
from automask.pipeline.encoder_weights import lite, vgg19
from benching.measure import seconds
from benching.peers import plain_step
from stylize import VGG19, Encoder, Stylized, Stylizer
from stylize.encoders.vgg import VGG19_CHANNELS
from stylize.losses.style_strength import energy_at
from stylize.optimize.level import Level
from stylize.pyramid import downsample

PAIRS = [
    (content, style)
    for contents, styles in (
        (("astronaut", "chelsea"), ("portrait", "monet", "vangogh")),
        (("coffee", "rocket"), ("seurat", "hokusai")),
    )
    for content in contents
    for style in styles
]


def encoder_of(weights: str | None) -> Encoder:
    """VGG-19 of that file, the small encoder, or random weights of the same cost."""
    if weights == "lite":
        return lite()
    if weights:
        return vgg19(weights)
    state = {}
    for conv, (inputs, outputs) in VGG19_CHANNELS.items():
        noise = torch.randn(outputs, inputs, 3, 3)
        state[f"{conv}.weight"] = noise / (inputs * 4) ** 0.5
        state[f"{conv}.bias"] = torch.zeros(outputs)
    return VGG19(state, mean=(0.5,) * 3, std=(0.25,) * 3)


def painter(encoder: Encoder, steps: int, levels: int, *words: str) -> Stylizer:
    """The product's stylizer but for its levels, their steps, and what words say."""
    pyramid = "stylizer.pyramid"
    config = configured(
        [
            *(*GIVEN, f"encoder={encoder.name}"),
            *(f"{pyramid}.levels={levels}", f"{pyramid}.smallest=32"),
            *(f"stylizer.iterations=[{steps}]", *words),
        ]
    )
    stylizer: Stylizer = instantiate(config.stylizer, encoder=encoder, _convert_="all")
    return stylizer


def painted(stylizer: Stylizer, pair: Pair) -> Stylized:
    """One stylization of a pair."""
    content, style = both(pair)
    return stylizer(content, [style])


def step_rows(px: int, steps: int, weights: str | None) -> Iterator[tuple[Any, ...]]:
    """A step, averaged over a whole run, against one with pystiche's functions."""
    encoder = encoder_of(weights)
    pair = read_pair("astronaut", "portrait", px, masks=True)
    masks = [each.probs for each in pair.masks]
    with torch.no_grad():
        features = encoder(pair.style, LAYERS)
    small = [downsample(masks[1][None], *f.shape[2:]) for f in features.values()]
    styles = [
        torch.cat([f[0], m]) for f, m in zip(features.values(), small, strict=True)
    ]
    stylizer = painter(encoder, steps, 1)
    laps, peers = [], []
    peer = plain_step(pair.content, masks[0], styles)
    for _ in range(2):
        laps.append(seconds(lambda: painted(stylizer, pair)) / steps)
        peers.append(seconds(peer))
    ratio = statistics.median(b / a for a, b in zip(laps, peers, strict=True))
    ours, theirs = (statistics.median(times) * 1e3 for times in (laps, peers))
    k = len(masks[0])
    yield "step", px, "both", ours, "pystiche", theirs, ratio, True, None, 0.0, k, 1


def run_rows(px: int, steps: int, weights: str | None) -> Iterator[tuple[Any, ...]]:
    """A run of three levels with adaptive refresh, against a search at each step."""
    encoder = encoder_of(weights)
    pair = read_pair("astronaut", "portrait", px, masks=True)
    before = peak()
    taken, results = [], []
    for refresh in ("adaptive", "exact"):  # ours first: a peak never falls
        begun = time.perf_counter()
        stylizer = painter(encoder, steps, 3, f"refresh={refresh}")
        results.append(painted(stylizer, pair))
        taken.append((time.perf_counter() - begun) * 1e3)
        if len(taken) == 1:
            most = peak()
    searches = [sum(level.searches for level in r.levels) for r in results]
    energy = [energy_of(encoder, pair, r.image) for r in results]
    close = energy[0] / energy[1] - 1
    ours, each = searches
    print(f"{px} px: {ours:.1f} searches of {each:g}, energy {close:+.2%}")
    name, ratio, grown = "each step", taken[1] / taken[0], most - before
    k = len(pair.masks[0].names)
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
        pair = read_pair(content, style, px, masks=True)
        noise = torch.Generator().manual_seed(0)
        other = pair.content + 1e-3 * torch.randn(pair.content.shape, generator=noise)
        reached, searches = {}, {}
        for name, refresh, shown in (
            ("exact", "exact", pair),
            ("adaptive", "adaptive", pair),
            ("chance", "exact", replace(pair, content=other.clamp(0, 1))),
        ):
            stylizer = painter(encoder, steps, 1, f"refresh={refresh}")
            result = painted(stylizer, shown)
            reached[name] = energy_of(encoder, pair, result.image)
            searches[name] = result.levels[-1].searches
        off = {k: v / reached["exact"] - 1 for k, v in reached.items()}
        row = {"px": px, "pair": f"{content}={style}", "searches": searches["adaptive"]}
        rows.append(row | {"adaptive": off["adaptive"], "chance": off["chance"]})
        print(
            f"{content:10}{style:10}{searches['adaptive']:5.1f} searches of {steps}, "
            f"energy {off['adaptive']:+.2%}, by chance {off['chance']:+.2%}",
            flush=True,
        )
    for name in ("adaptive", "chance"):
        mean = statistics.mean(float(str(row[name])) for row in rows)
        print(f"mean {name} {mean:+.3%}")
    return rows


def energy_of(encoder: Encoder, pair: Pair, image: Tensor) -> float:
    """Energy of a picture, its patches matched exactly."""
    stylizer = painter(encoder, 1, 1, "refresh=exact")
    content, style = both(pair)
    level = Level(encoder, stylizer.terms, stylizer.optimizer, 1)
    with torch.no_grad():
        aim = level.encoded(content)
        objectives = level.objectives(aim, [level.encoded(style)])
        features = encoder(image, level.layers)
        current = replace(aim.showing(image), features=features)
        return energy_at(current, objectives)
