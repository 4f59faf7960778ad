"""Pictures painted with several encoders, and what VGG-19 says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from hydra.utils import instantiate
from omegaconf import DictConfig
from torch import Tensor

from automask.inputs import Masked
from automask.parts import Parts
from evaluating.measures import (
    chroma_noise,
    match_quality,
    matches,
    smooth_areas,
    stroke_energy,
    unit_patches,
)
from evaluating.methods import composed, shown_pair
from stylize import MRF, Encoded, Encoder, Stylized
from stylize.pyramid import resize

LAYERS = ("relu3_1", "relu4_1")


def configured(words: Sequence[str]) -> DictConfig:
    """The product's configuration where the pictures are there already."""
    return composed(["content=astronaut", "style=monet", *words])


def shown(content: str, style: str, size: int, *words: str) -> Masked:
    """Both pictures with their masks, at the scale that a run shows them."""
    typed = [f"content={content}", f"style={style}", f"size={size}", *words]
    return shown_pair(composed(typed), Parts())[0]


def paint(pair: Masked, encoder: Encoder, config: DictConfig) -> Stylized:
    """The picture by the stylizer of a configuration."""
    painter: Any = instantiate(config.stylizer, encoder=encoder, _convert_="all")
    made: Stylized = painter(*pair.pictures(torch.device("cpu")))
    return made


@torch.no_grad()
def patch_energy(image: Tensor, pair: Masked, judge: Encoder, gamma: float) -> float:
    """The patch loss of CNNMRF with masks, without pixel blocks, seen by ``judge``."""
    content, style = pair.masks
    painting = pair.styles[0]
    aim = Encoded(painting, style.probs[None], style.names, judge(painting, LAYERS))
    probs = resize(content.probs[None], *image.shape[2:])
    current = Encoded(image, probs, content.names, judge(image, LAYERS))
    strides = {layer: judge.stride(layer) for layer in LAYERS}
    term = MRF(1.0, LAYERS, gamma)
    return float(term.prepare(current, [aim], strides)(current, 0))


@torch.no_grad()
def strokes(image: Tensor, pair: Masked, judge: Encoder) -> list[float]:
    """Contrast of strokes over the style's, fine to coarse, in smooth content areas.

    The style's is taken where the judge finds the nearest patches, since a sky is not
    to be painted with the strokes of a beard.
    """
    layer = LAYERS[0]
    stride, views = judge.stride(layer), (image, pair.styles[0])
    maps = [judge(view, [layer])[layer] for view in views]
    nearest = matches(*(unit_patches(m, center=True) for m in maps))
    smooth = smooth_areas(pair.content)[None].float()
    area, own, theirs = (
        F.avg_pool2d(x[None], stride)[0, :, 1:-1, 1:-1].flatten(1)
        for x in (smooth, *(stroke_energy(view) for view in views))
    )
    calm = area[0] > 0.5
    return [
        float((a[calm].mean() / b[nearest][calm].mean()).sqrt())
        for a, b in zip(own, theirs, strict=True)
    ]


def report(image: Tensor, pair: Masked, judge: Encoder, gamma: float) -> dict[str, Any]:
    """All figures of one picture."""
    return {
        "energy": patch_energy(image, pair, judge, gamma),
        "chroma noise": chroma_noise(image),
        "strokes": [round(v, 3) for v in strokes(image, pair, judge)],
    }


@torch.no_grad()
def match_ratios(
    pair: Masked, encoder: Encoder | None, judge: Encoder
) -> dict[str, Any]:
    """(chosen, own) mean cosines by layer and kind; random matches without encoder."""
    found = {}
    for layer in LAYERS:
        judged, own = (
            [e(view, [layer])[layer] for view in (pair.content, pair.styles[0])]
            for e in (judge, encoder or judge)
        )
        for kind, center in (("centred", True), ("plain", False)):
            query, key = (unit_patches(f, center=center) for f in own)
            chosen = matches(query, key)
            if encoder is None:
                chosen = torch.randint(len(key), (len(query),))
            quality = match_quality((judged[0], judged[1]), chosen, center=center)
            found[f"{layer} {kind}"] = quality
    return found
