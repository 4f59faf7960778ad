"""What painting says of itself while it goes on and at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from stylize.losses.terms import Objective
from stylize.matching.mask_guidance import UnderRepresented
from stylize.optimize.descent import Losses, read


@dataclass(frozen=True)
class Step:
    """Where the work stands, for a progress bar.

    Args:
        level: From 0, the coarsest.
        levels: Number of levels.
        iteration: From 1.
        iterations: Of this level.
        image: (1, 3, H, W) as painted so far, at this level's size, not clamped; the
            next step changes it in place.
        energies: Weighted loss by term, still on the device.
    """

    level: int
    levels: int
    iteration: int
    iterations: int
    image: Tensor
    energies: Losses

    @property
    def losses(self) -> dict[str, float]:
        """Weighted loss by term; a GPU is waited for."""
        return read(self.energies)

    @property
    def height(self) -> int:
        """Px."""
        return self.image.shape[2]

    @property
    def width(self) -> int:
        """Px."""
        return self.image.shape[3]


@dataclass(frozen=True)
class LevelReport:
    """What one level took and reached.

    Args:
        height: Px.
        width: Px.
        iterations: Steps made.
        seconds: Wall time, encoding of content and styles included.
        losses: Weighted loss by term at the last step.
        first_losses: At the first step.
        searches: Exact searches for matches; those of some rows add up to whole ones.
        crossing: Share of matches that cross a mask border, by layer.
        under_represented: Regions that the styles show too little of, by layer.
        tiles: Parts that it was painted in.
    """

    height: int
    width: int
    iterations: int
    seconds: float
    losses: dict[str, float]
    first_losses: dict[str, float]
    searches: float
    crossing: dict[str, float]
    under_represented: dict[str, tuple[UnderRepresented, ...]] = field(
        default_factory=dict
    )
    tiles: int = 1


@dataclass(frozen=True)
class Stylized:
    """The picture, (1, 3, H, W) in [0, 1], and how each level went."""

    image: Tensor
    levels: tuple[LevelReport, ...]


def notifier(
    on_step: Callable[[Step], None] | None, level: int, levels: int
) -> Callable[[int, int, Tensor, Losses], None]:
    """Of one level: takes its iterations, the iteration, the image and its losses."""

    def notify(iterations: int, iteration: int, image: Tensor, losses: Losses) -> None:
        if on_step is not None:
            on_step(Step(level, levels, iteration, iterations, image, losses))

    return notify


def level_report(
    image: Tensor,
    losses: Sequence[Losses],
    seconds: float,
    objectives: Mapping[str, Objective],
) -> LevelReport:
    """The report of one level.

    Args:
        image: (1, 3, H, W) that it left.
        losses: Of each of its steps.
        seconds: That it took.
        objectives: That it followed.
    """
    matches = [o.matches for o in objectives.values() if o.matches is not None]
    return LevelReport(
        height=image.shape[2],
        width=image.shape[3],
        iterations=len(losses),
        seconds=seconds,
        losses=read(losses[-1]) if losses else {},
        first_losses=read(losses[0]) if losses else {},
        searches=round(sum(o.searches for o in matches), 2),
        crossing={k: v for o in matches for k, v in o.crossing().items()},
        under_represented={
            k: v for o in matches for k, v in o.under_represented().items()
        },
    )


def merged(tiles: Sequence[LevelReport], height: int, width: int) -> LevelReport:
    """One report of a level's tiles.

    Losses and crossings are means over the tiles, by area; steps and searches those of
    the tile that took most; seconds add up.
    """
    areas = [tile.height * tile.width for tile in tiles]

    def mean(values: Sequence[dict[str, float]]) -> dict[str, float]:
        pairs = list(zip(areas, values, strict=True))
        return {k: sum(a * v[k] for a, v in pairs) / sum(areas) for k in values[0]}

    return LevelReport(
        height=height,
        width=width,
        iterations=max(tile.iterations for tile in tiles),
        seconds=sum(tile.seconds for tile in tiles),
        losses=mean([tile.losses for tile in tiles]),
        first_losses=mean([tile.first_losses for tile in tiles]),
        searches=max(tile.searches for tile in tiles),
        crossing=mean([tile.crossing for tile in tiles]),
        under_represented={
            layer: tuple(
                dict.fromkeys(
                    region
                    for tile in tiles
                    for region in tile.under_represented.get(layer, ())
                )
            )
            for layer in tiles[0].under_represented
        },
        tiles=len(tiles),
    )
