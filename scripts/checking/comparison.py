"""Whether a card paints what the processor paints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from checking.painting import Network, Studio
from checking.report import Report, Row
from stylize import Pyramid
from stylize.matching.nearest import index_styles, nearest_patches

LAYER, STEPS = "relu3_1", 5
TIES, LOSSES, CODES = 1e-5, 1e-4, 1.0  # cosine, relative, mean of 8-bit codes


@dataclass(frozen=True)
class Outcome:
    """What one device found.

    Args:
        nearest: (h, w) the matches of the given features.
        losses: By term, at the first step and at the last.
        image: (1, 3, H, W) after the steps.
        features: Of content and style, (C, h, w) each.
    """

    nearest: Tensor
    losses: tuple[dict[str, float], dict[str, float]]
    image: Tensor
    features: tuple[Tensor, Tensor]


def outcome(studio: Studio, px: int, given: tuple[Tensor, Tensor] | None) -> Outcome:
    """Search and paint a few steps.

    Args:
        studio: Of the device.
        px: Side of the picture.
        given: Features to be searched; None: its own.
    """
    painter = studio.painter(Network("lite"))
    painter = replace(painter, pyramid=Pyramid(1), iterations=[STEPS])
    content, styles = studio.pair(px)
    query, key = (
        each.to(studio.device)
        for each in given
        or [
            painter.encoder(each.image, [LAYER])[LAYER][0]
            for each in (content, *styles)
        ]
    )
    nearest = nearest_patches(query, index_styles([key]))
    made = painter(content, styles)
    level = made.levels[0]
    return Outcome(
        nearest.cpu(),
        (level.first_losses, level.losses),
        made.image.cpu(),
        (query.cpu(), key.cpu()),
    )


def judged(mine: Outcome, theirs: Outcome) -> Row:
    """How far two devices are apart, given the same features to search.

    ``same`` says whether matches are equal but for ties, losses within 1e-4 and the
    picture within one code on average.
    """
    apart = (theirs.image - mine.image).abs().mean() * 255
    differ = mine.nearest != theirs.nearest
    losses = max(
        abs(b[name] - a[name]) / max(abs(a[name]), 1e-12)
        for a, b in zip(mine.losses, theirs.losses, strict=True)
        for name in a
    )
    row = {
        "matches_differ": float(differ.float().mean()),
        "cosine_lost": _cosine_lost(mine, theirs),
        "losses_apart": losses,
        "codes_apart": float(apart),
    }
    limits = (TIES, LOSSES, CODES)
    figures = (row["cosine_lost"], row["losses_apart"], row["codes_apart"])
    pairs = zip(figures, limits, strict=True)
    return row | {"same": all(figure <= limit for figure, limit in pairs)}


def compared(report: Report, studio: Studio, px: int, exact: bool) -> Row:
    """A device beside the processor.

    Args:
        report: Keeps both pictures.
        studio: Of the device.
        px: Side of the picture.
        exact: Whether a card's convolutions may not round to TF32.
    """
    own = outcome(Studio(torch.device("cpu"), studio.folder), px, None)
    with rounding(not exact):
        other = outcome(studio, px, own.features)
    row = judged(own, other)
    if not exact:
        report.keep(f"cpu_{px}px", own.image)
        report.keep(f"{studio.device.type}_{px}px_{STEPS}_steps", other.image)
    return row


@contextmanager
def rounding(allowed: bool) -> Iterator[None]:
    """Convolutions in TF32 only if that is allowed, and torch had it so."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = before and allowed
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def _cosine_lost(mine: Outcome, theirs: Outcome) -> float:
    """Most that the cosine of a match is below that of the other device's."""
    query, key = (F.unfold(each[None].double(), 3)[0].T for each in mine.features)
    query, key = (F.normalize(each, dim=1) for each in (query, key))
    width = mine.features[1].shape[2]
    a, b = (
        (query * key[n // width * (width - 2) + n % width]).sum(dim=1)
        for n in (mine.nearest.flatten(), theirs.nearest.flatten())
    )
    return float((a - b).abs().max())
