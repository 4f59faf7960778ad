"""Pictures painted with several encoders, and what VGG-19 says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import Tensor

from automask.config import config_folder, register
from automask.masks import SoftMasks
from automask.pipeline.find_masks import masked, pictures, read
from automask.pipeline.sources import sources_of
from evaluating.measures import (
    chroma_noise,
    match_quality,
    matches,
    smooth_areas,
    stroke_energy,
    unit_patches,
)
from stylize import MRF, Encoder
from stylize.encoders.encoder import encode
from stylize.picture import Picture
from stylize.pyramid import resize

LAYERS = ("relu3_1", "relu4_1")
GIVEN = ("content=x", "style=file", "style.image=x")  # the pictures are there already


@dataclass(frozen=True)
class Pair:
    """Two pictures with their masks.

    Args:
        name: Of the files of results.
        content: (1, 3, H, W) in [0, 1].
        style: Likewise.
        masks: Of the content and of the style.
    """

    name: str
    content: Tensor
    style: Tensor
    masks: tuple[SoftMasks, SoftMasks]


def configured(overrides: Sequence[str]) -> DictConfig:
    """The product's configuration."""
    register()
    with initialize_config_dir(str(config_folder().absolute()), version_base="1.3"):
        return compose("run", overrides=list(overrides))


def read_pair(content: str, style: str, size: int, *, masks: bool) -> Pair:
    """Read both, find masks and the style's scale as a run does.

    Args:
        content: A file or a picture of scikit-image.
        style: A file or a name in configs/style.
        size: Longer side, px.
        masks: Whether masks are sought at all.
    """
    words = [f"content={content}", f"size={size}", "quiet=true"]
    named = not Path(style).suffix
    words += [f"style={style}"] if named else ["style=file", f"style.image={style}"]
    config = configured([*words, *([] if masks else ["masks=none"])])
    sources = sources_of(config)
    find = instantiate(config.masks, _convert_="all")
    shown = masked(config, find, sources, read(config, sources))
    name = f"{Path(content).stem}-{Path(style).stem}"
    own, (theirs,) = shown.content_masks, shown.style_masks
    return Pair(name, shown.content, shown.styles[0], (own, theirs))


def both(pair: Pair) -> tuple[Picture, Picture]:
    """Content and style as a stylizer takes them."""
    content, style = pictures([pair.content, pair.style], pair.masks)
    return content, style


def paint(pair: Pair, encoder: Encoder, stylizer: DictConfig) -> tuple[Tensor, float]:
    """The picture and the seconds it took."""
    painter: Any = instantiate(stylizer, encoder=encoder, _convert_="all")
    content, style = both(pair)
    begun = perf_counter()
    painted = painter(content, [style])
    return painted.image, perf_counter() - begun


@torch.no_grad()
def patch_energy(image: Tensor, pair: Pair, judge: Encoder, gamma: float) -> float:
    """The patch loss of CNNMRF with masks, without pixel blocks, seen by ``judge``."""
    content, style = pair.masks
    shown = encode(judge, Picture(pair.style, style.probs, style.names), LAYERS)
    probs = resize(content.probs[None], *image.shape[2:])[0]
    current = encode(judge, Picture(image, probs, content.names), LAYERS)
    objective = MRF(1.0, LAYERS, gamma).prepare(current, [shown])
    return float(objective.loss(current, 0))


@torch.no_grad()
def strokes(image: Tensor, pair: Pair, judge: Encoder) -> list[float]:
    """Contrast of strokes over the style's, fine to coarse, in smooth content areas.

    The style's is taken where the judge finds the nearest patches, since a sky is not
    to be painted with the strokes of a beard.
    """
    layer = LAYERS[0]
    stride, views = judge.stride(layer), (image, pair.style)
    maps = [judge(view, [layer])[layer] for view in views]
    nearest = matches(*(unit_patches(m, center=True) for m in maps))
    smooth = smooth_areas(pair.content)[None, None].float()
    inner = [
        torch.nn.functional.avg_pool2d(x, stride)[..., 1:-1, 1:-1].flatten(1).flatten(1)
        for x in (smooth[0], *(stroke_energy(view) for view in views))
    ]
    area, own, theirs = inner[0][0] > 0.5, inner[1], inner[2]
    return [
        float((a[area].mean() / b[nearest][area].mean()).sqrt())
        for a, b in zip(own, theirs, strict=True)
    ]


def report(image: Tensor, pair: Pair, judge: Encoder, gamma: float) -> dict[str, Any]:
    """All figures of one picture."""
    return {
        "energy": patch_energy(image, pair, judge, gamma),
        "chroma noise": chroma_noise(image),
        "strokes": [round(v, 3) for v in strokes(image, pair, judge)],
    }


@torch.no_grad()
def match_ratios(pair: Pair, encoder: Encoder | None, judge: Encoder) -> dict[str, Any]:
    """(chosen, own) mean cosines by layer and kind; random matches without encoder."""
    found = {}
    views = pair.content, pair.style
    for layer in LAYERS:
        judged = tuple(judge(view, [layer])[layer] for view in views)
        own = judged
        if encoder is not None:
            own = tuple(encoder(view, [layer])[layer] for view in views)
        for center in (True, False):
            query, key = (unit_patches(f, center=center) for f in own)
            chosen = matches(query, key)
            if encoder is None:
                chosen = torch.randint(len(key), (len(query),))
            kind = "centred" if center else "plain"
            quality = match_quality((judged[0], judged[1]), chosen, center=center)
            found[f"{layer} {kind}"] = quality
    return found
