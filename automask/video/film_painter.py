"""What the frames of a film have in common, loaded and computed once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.cache.components import Components
from automask.images.held_picture import held_array
from automask.io.held import holding
from automask.masks.combine import without_transparent
from automask.masks.pair import CONTENT_ART, STYLE_ART, PairMasks
from automask.masks.portrait.domain import is_artwork
from automask.masks.soft import SoftMasks
from automask.pipeline.find_masks import scaled_style
from automask.pipeline.paint import load_painter, with_hold
from automask.pipeline.read_pictures import Original, read_pictures
from automask.pipeline.sources import Sources, masks_config, sources_of
from automask.targets import build
from automask.video.steady_masks import FrameMasks, StyleSide, all_masks
from stylize import Stylizer
from stylize.color.luminance import luma

BRIGHT, DARK = 0.99, 0.25  # share of a frame that is no brighter, of [0, 1]


@dataclass(frozen=True)
class FilmPainter:
    """Paints frames in the style of the same paintings.

    Args:
        masks: Finds the masks of a frame, beside those of the styles.
        stylizer: Paints; another one than ``Stylizer`` paints each frame whole.
    """

    masks: FrameMasks
    stylizer: Stylizer

    @property
    def carries(self) -> bool:
        """Whether there are strokes to be carried on, and not colours alone."""
        stylizer = self.stylizer
        return not isinstance(stylizer, Stylizer) or bool(
            stylizer.terms and stylizer.strength
        )

    def finished(self, image: Tensor, frame: Tensor) -> Tensor:
        """The painting of a frame, (1, 3, H, W) each, as it is shown.

        Paintings have colours of their own; towards black a film fades all the same.
        """
        if isinstance(self.stylizer, Stylizer):
            image = self.stylizer.finished(image, frame)
        return image * light(frame)


def light(frame: Tensor) -> float:
    """1; less for a (1, 3, H, W) frame all of which is dark, and 0 for a black one."""
    levels = luma(frame).flatten()
    brightest = levels.kthvalue(ceil(BRIGHT * len(levels))).values
    return min(float(brightest) / DARK, 1.0)


def film_painter(
    config: DictConfig, first: Tensor, components: Components | None = None
) -> FilmPainter:
    """Load all that the frames of a film have in common.

    Args:
        config: The keys of a run, checked; its ``content`` and ``size`` are not read.
        first: (1, 3, H, W) the film's first frame in [0, 1], which settles how large
            the styles are shown.
        components: What was built before and may serve.

    Raises:
        ValueError: If a style or a part of the configuration cannot be used.
        OSError: If a file cannot be read.
    """
    picture = held_array(first[0].permute(1, 2, 0).numpy(), "the first frame")
    config = copy.deepcopy(config)
    config.content, config.size, config.map = picture.name, max(first.shape[2:]), None
    with holding({picture.name: picture}):
        sources = sources_of(config)
        originals = read_pictures(config, sources).originals[1:]
        config, _ = with_hold(config, sources)
        pair: PairMasks = build(masks_config(config, sources), "masks")
        styles = _style_side(config, sources, pair, first, originals)
        _, stylizer = load_painter(
            config, torch.device("cpu"), components or Components()
        )
    assert stylizer is not None
    return FilmPainter(FrameMasks(pair, styles), stylizer)


def _style_side(
    config: DictConfig,
    sources: Sources,
    pair: PairMasks,
    first: Tensor,
    originals: Sequence[Original],
) -> StyleSide:
    """The styles at the scale that they are shown, with all their masks."""
    art = is_artwork(first, pair.content_domain, CONTENT_ART)
    own = all_masks(pair, first, art=art)
    found = _found(pair, first, originals)
    shown = [
        scaled_style(config, each, own, without_transparent(masks, each.cover))
        for each, masks in zip(originals, found, strict=True)
    ]
    return StyleSide(
        images=tuple(each.image for each in shown),
        found=tuple(each.masks for each in shown),
        scales=tuple(each.enlarged for each in shown),
        regions=dict(sources.regions),
        rest=sources.rest,
    )


def _found(
    pair: PairMasks, first: Tensor, originals: Sequence[Original]
) -> list[SoftMasks]:
    """All masks of the styles, those drawn for them among them."""
    drawn: list[SoftMasks | None] = [None] * len(originals)
    if pair.k and pair.drawn is not None:
        drawn = list(pair.drawn(first, [each.image for each in originals])[1])
    return [
        all_masks(
            pair,
            each.image,
            over,
            art=is_artwork(each.image, pair.style_domain, STYLE_ART),
        )
        for each, over in zip(originals, drawn, strict=True)
    ]
