"""Tiles against one piece: energy, seams, time and memory."""

from __future__ import annotations

import time
from dataclasses import replace

from evaluating.painted import read_pair
from torch import Tensor

from automask.io.memory import peak
from benching.painting import encoder_of, energy_of, painted, painter
from stylize import Tiles

SIDES = {1024: 576, 768: 448, 512: 288}  # of the tiles that a size is cut into, px


def large_row(px: int, steps: int, weights: str | None) -> dict[str, object]:
    """One picture painted both ways, in tiles first: a peak never falls.

    Returns:
        Energies with exact matches, that of the tiles relative to one piece's too;
        steps of brightness across the tiles' borders relative to those elsewhere, each
        relative to one piece's; seconds and MiB of both.
    """
    encoder = encoder_of(weights)
    pair = read_pair("astronaut", "monet", px, masks=True)
    tiles = Tiles(whole=px // 2, side=SIDES.get(px, 512), overlap=48)
    whole = painter(encoder, steps, 3)
    row: dict[str, object] = {"px": px, "steps": steps}
    images = {}
    for name, stylizer in (("tiles", replace(whole, tiles=tiles)), ("whole", whole)):
        before, begun = peak(), time.perf_counter()
        images[name] = painted(stylizer, pair).image
        row[f"{name}_seconds"] = round(time.perf_counter() - begun, 1)
        row[f"{name}_mib"] = round(peak() - before)
        row[f"{name}_energy"] = energy_of(encoder, pair, images[name])
    ratio = float(str(row["tiles_energy"])) / float(str(row["whole_energy"]))
    row["energy"] = ratio - 1
    row["seams"] = seams(images["tiles"], images["whole"], tiles)
    print(
        f"{px} px: energy of tiles {row['energy']:+.2%}, steps at their borders "
        f"{row['seams']:.3f} of those elsewhere, {row['tiles_seconds']} s against "
        f"{row['whole_seconds']} s, {row['tiles_mib']} MiB and then "
        f"{row['whole_mib']} more",
        flush=True,
    )
    return row


def seams(image: Tensor, plain: Tensor, tiles: Tiles) -> float:
    """How much larger steps are at the borders of tiles than elsewhere; 1: no seam."""
    found = []
    for dim in (2, 3):
        across, usual = (_steps(picture, dim) for picture in (image, plain))
        ratio = across / usual
        grid = tiles.grid(image.shape[2], image.shape[3])
        spans = [tile.rows if dim == 2 else tile.columns for tile in grid]
        edges = {edge for span in spans for edge in (span.start, span.stop)}
        borders = [edge - 1 for edge in edges if 0 < edge < image.shape[dim]]
        elsewhere = [k for k in range(len(ratio)) if k not in borders]
        found.append(float(ratio[borders].mean() / ratio[elsewhere].mean()))
    return sum(found) / len(found)


def _steps(picture: Tensor, dim: int) -> Tensor:
    """Mean step from each row, or column, to the next."""
    planes = picture[0].movedim(dim - 1, 0)
    return (planes[1:] - planes[:-1]).abs().mean(dim=(1, 2))
