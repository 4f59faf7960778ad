"""Steps, whole runs and runs in tiles on pictures that come with automask."""

from __future__ import annotations

import statistics
from dataclasses import replace

import torch
from evaluating.by_encoder import LAYERS, configured, shown
from hydra.utils import instantiate
from torch import Tensor

from automask.encoders import lite, vgg19
from automask.inputs import Masked
from automask.memory import peak
from benching.peers import plain_step
from benching.timing import seconds
from stylize import VGG19, Encoder, Stylized, Stylizer, Tiles
from stylize.level import Level
from stylize.pyramid import downsample
from stylize.vgg import VGG19_CHANNELS

SIDES = {1024: 576, 768: 448, 512: 288}  # of the tiles that a size is cut into, px
CPU = torch.device("cpu")
Row = dict[str, object]


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


def painter(encoder: Encoder, steps: int, levels: int, *words: str) -> Stylizer:
    """The product's stylizer but for its levels, their steps, and what words say."""
    pyramid = "stylizer.pyramid"
    config = configured(
        [
            *(f"encoder={encoder.name}", f"{pyramid}.levels={levels}"),
            *(f"{pyramid}.smallest=32", f"stylizer.iterations=[{steps}]", *words),
        ]
    )
    stylizer: Stylizer = instantiate(config.stylizer, encoder=encoder, _convert_="all")
    return stylizer


def timed(stylizer: Stylizer, pair: Masked) -> tuple[Stylized, float]:
    """One stylization of a pair, and the seconds it took."""
    made = []
    took = seconds(lambda: made.append(stylizer(*pair.pictures(CPU))))
    return made[0], took


def step_row(px: int, steps: int, weights: str | None) -> Row:
    """A step, averaged over a whole run, against one with pystiche's functions."""
    encoder, pair = encoder_of(weights), shown("astronaut", "portrait", px)
    with torch.no_grad():
        maps = encoder(pair.styles[0], LAYERS).values()
    masks = [downsample(pair.masks[1].probs[None], *f.shape[2:]) for f in maps]
    styles = [torch.cat([f[0], m]) for f, m in zip(maps, masks, strict=True)]
    stylizer = painter(encoder, steps, 1)
    peer = plain_step(pair.content, pair.content_masks.probs, styles)
    laps = [(timed(stylizer, pair)[1] / steps, seconds(peer)) for _ in range(2)]
    ours, theirs = (statistics.median(each) * 1e3 for each in zip(*laps, strict=True))
    ratio = statistics.median(b / a for a, b in laps)
    row = {"what": "step", "px": px, "ms": ours, "masks": len(pair.masks[0].names)}
    return row | {"peer": "pystiche", "peer_ms": theirs, "speedup": ratio}


def run_row(px: int, steps: int, weights: str | None) -> Row:
    """A run of three levels with adaptive refresh, against a search at each step."""
    encoder, pair = encoder_of(weights), shown("astronaut", "portrait", px)
    before = peak()
    adaptive, own = timed(painter(encoder, steps, 3, "refresh=adaptive"), pair)
    grown = peak() - before  # ours first: a peak never falls
    each, theirs = timed(painter(encoder, steps, 3, "refresh=exact"), pair)
    energies = [energy_of(encoder, pair, r.image) for r in (adaptive, each)]
    searches = [sum(level.searches for level in r.levels) for r in (adaptive, each)]
    row = {"what": "run", "px": px, "ms": own * 1e3, "peak_mib": grown}
    row |= {"searches": searches[0], "energy": energies[0] / energies[1] - 1}
    row |= {"peer": "each step", "peer_ms": theirs * 1e3, "speedup": theirs / own}
    return row | {"peer_searches": searches[1], "masks": len(pair.masks[0].names)}


def large_row(px: int, steps: int, weights: str | None) -> Row:
    """One picture in tiles and in one piece: energy, seams, time and memory.

    Returns:
        Energies with exact matches, that of the tiles relative to one piece's too;
        steps of brightness across the tiles' borders relative to those elsewhere, each
        relative to one piece's; seconds and MiB of both.
    """
    encoder, pair = encoder_of(weights), shown("astronaut", "monet", px)
    tiles = Tiles(whole=px // 2, side=SIDES.get(px, 512), overlap=48)
    whole = painter(encoder, steps, 3)
    row: Row = {"what": "large", "px": px}
    images, energies = [], []
    for name, stylizer in (("tiles", replace(whole, tiles=tiles)), ("whole", whole)):
        before = peak()  # tiles first: a peak never falls
        made, took = timed(stylizer, pair)
        row |= {f"{name}_seconds": round(took, 1), f"{name}_mib": peak() - before}
        images.append(made.image)
        energies.append(energy_of(encoder, pair, made.image))
    seam = seams(*images, tiles)
    return row | {"energy": energies[0] / energies[1] - 1, "seams": seam}


def seams(image: Tensor, plain: Tensor, tiles: Tiles) -> float:
    """How much larger steps are at the borders of tiles than elsewhere; 1: no seam."""
    found = []
    for dim in (2, 3):
        across, usual = (
            p.diff(dim=dim).abs().mean(dim=(0, 1, 5 - dim)) for p in (image, plain)
        )
        ratio = across / usual
        grid = tiles.grid(image.shape[2], image.shape[3])
        spans = [tile.rows if dim == 2 else tile.columns for tile in grid]
        edges = {edge for span in spans for edge in (span.start, span.stop)}
        border = torch.zeros(len(ratio), dtype=torch.bool)
        border[[edge - 1 for edge in edges if 0 < edge < image.shape[dim]]] = True
        found.append(float(ratio[border].mean() / ratio[~border].mean()))
    return sum(found) / len(found)


def energy_of(encoder: Encoder, pair: Masked, image: Tensor) -> float:
    """Energy of a picture, its patches matched exactly."""
    stylizer = painter(encoder, 1, 1, "refresh=exact")
    content, styles = pair.pictures(CPU)
    level = Level(encoder, stylizer.terms, stylizer.optimizer, stylizer.patience, 1)
    with torch.no_grad():
        aim = level.encoded(content)
        objectives = level.objectives(aim, [level.encoded(style) for style in styles])
        features = encoder(image, level.layers)
        current = replace(aim, image=image, features=features)
        return sum(float(objective(current, 0)) for objective in objectives.values())
