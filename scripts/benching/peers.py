"""Whole pictures: ours, and that of NNST's loop, in turns, with their figures."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import torch
from evaluating.finished import finished
from evaluating.methods import composed, shown_pair
from torch import Tensor

from automask.cache.components import Components
from automask.config import photograph
from automask.images.image_files import write_image
from automask.pipeline.encoder_weights import lite
from automask.pipeline.paint import load_painter
from automask.pipeline.sources import sources_of
from benching.nnst_loop import painted
from benching.timing import seconds

CONTENT, STYLE = "astronaut", "monet"


def nnst_rows(px: int, rounds: int, folder: Path | None) -> list[dict[str, object]]:
    """Seconds of both, the median of the rounds' ratios, and what both look like.

    Args:
        px: Longer side.
        rounds: Of ours and the peer's in turns.
        folder: Where the pictures are kept; None: nowhere.
    """
    config = composed([f"content={CONTENT}", f"style={STYLE}", f"size={px}"])
    shown, _ = shown_pair(config, Components())
    _, painter = load_painter(config, torch.device("cpu"), Components())
    encoder, made = lite(), dict[str, Tensor]()
    assert painter is not None

    def ours() -> None:
        made["ours"] = painter(shown.content, shown.styles).image

    def theirs() -> None:
        made["nnst"] = painted(encoder, shown.content.image, shown.styles[0].image)

    laps = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    times = dict(zip(made, zip(*laps, strict=True), strict=True))
    ratio = statistics.median(b / a for a, b in laps)
    style = sources_of(config).styles[0].path
    with tempfile.TemporaryDirectory() as scratch:
        rows = []
        for name, image in made.items():
            file = (folder or Path(scratch)) / f"{name}_{px}.png"
            write_image(file, image)
            figures = finished(file, Path(photograph(CONTENT)), Path(style), encoder)
            row = {"what": "nnst", "px": px, "who": name}
            row |= {"seconds": statistics.median(times[name]), "over ours": ratio}
            rows.append(row | figures)
    return rows
