"""What painting will take, told before it begins: memory and time, level by level."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stylize.matching.schedule import Refresh, Renewal
from stylize.optimize.level import Level
from stylize.optimize.scene import Scene
from stylize.optimize.tiles import UNIT, Tiles
from stylize.picture import Picture
from stylize.probe import Probe
from stylize.stylizer import Stylizer

SIDES = range(1024, 191, -64)  # px of tiles that are tried
MEBIBYTE = 2**20
WORKING = 64 * MEBIBYTE  # of an encoder's strips, a search's blocks, and threads
# Bytes of a piece by what it holds: activations kept for backward and their slopes;
# features as content, query, target, slope …; vectors of an optimiser.
KEPT, FEATURES, STYLES, VECTORS = 1.1, 16, 2.5, 7
INDEXING = 1.5  # of the styles' features again, for a while
IMAGES, PLANE, COLOUR = 48, 4, 300  # bytes a px of a level, a mask, a colour transfer


@dataclass(frozen=True)
class Forecast:
    """Of one way to paint.

    Args:
        mebibytes: Beyond what the process holds already, at most.
        seconds: Of painting.
        levels: Their number.
        tiles: Of all levels that are cut.
    """

    mebibytes: float
    seconds: float
    levels: int
    tiles: int


def forecast(
    stylizer: Stylizer, content: Picture, styles: Sequence[Picture], found: Probe
) -> Forecast:
    """What painting that content in those styles takes.

    Args:
        stylizer: That paints.
        content: As it is given to be painted.
        styles: Likewise.
        found: By :func:`stylize.probe.probe`.
    """
    levels = list(_levels(stylizer, content, styles))
    colour = 0.0
    if stylizer.color is not None:
        colour = COLOUR * max(level.area for level in levels if not level.fine)
    places = 0 if content.positions is None else len(content.positions)
    planes = len(content.masks) + len(content.unmatched) + places
    most = max(_bytes(level, planes, found) for level in levels)
    return Forecast(
        mebibytes=max(most, colour) / MEBIBYTE,
        seconds=sum(_seconds(level, found) for level in levels),
        levels=len(levels),
        tiles=sum(len(level.pieces) for level in levels if len(level.pieces) > 1),
    )


def fitted(
    stylizer: Stylizer,
    content: Picture,
    styles: Sequence[Picture],
    found: Probe,
    mebibytes: float,
) -> Stylizer | None:
    """The stylizer, painting in tiles where it must to stay within so much memory.

    Args:
        stylizer: As configured.
        content: To be painted.
        styles: Likewise.
        found: By :func:`stylize.probe.probe`.
        mebibytes: Beyond what the process holds already.

    Returns:
        As it is if it fits; with the quickest of the tiles that fit; None if none do.
    """
    fits: list[tuple[float, Stylizer]] = []
    for tiles in _choices(stylizer, content):
        tried = replace(stylizer, tiles=tiles)
        taken = forecast(tried, content, styles, found)
        if taken.mebibytes <= mebibytes:
            fits.append((taken.seconds, tried))
            if tiles == stylizer.tiles:
                return stylizer
    return min(fits, key=lambda each: each[0])[1] if fits else None


def smallest(stylizer: Stylizer, content: Picture) -> Stylizer:
    """The stylizer with the smallest tiles that are tried."""
    return replace(stylizer, tiles=list(_choices(stylizer, content))[-1])


@dataclass(frozen=True)
class _Level:
    """Pixels of a level, of its pieces and of its styles; what is done there."""

    area: int
    pieces: tuple[int, ...]
    styles: int
    fine: bool
    finest: bool
    steps: int
    searches: float


def _levels(
    stylizer: Stylizer, content: Picture, styles: Sequence[Picture]
) -> Iterator[_Level]:
    scales = stylizer.scales(content, styles)
    scene = Scene(content, styles, scales, content)
    copies = (2 * stylizer.copies.rotations + 1) * (2 * stylizer.copies.scales + 1)
    for level in range(len(scene.scales)):
        size = scene.size(level)
        fine = stylizer.fine.holds(level, size)
        painter = stylizer.painter(scene, level)
        yield _Level(
            area=size[0] * size[1],
            pieces=tuple(tile.area for tile in stylizer.tiles.grid(*size)),
            styles=copies * sum(h * w for h, w in scene.style_sizes(level, fine)),
            fine=fine,
            finest=level == len(scales) - 1,  # its masks are there already
            steps=painter.iterations,
            searches=max(_searches(painter), default=0.0),
        )


def _choices(stylizer: Stylizer, content: Picture) -> Iterator[Tiles]:
    """The tiles as configured; ever smaller ones, for ever more levels."""
    tiles = stylizer.tiles
    yield tiles
    longest, factor = max(content.image.shape[2:]), stylizer.pyramid.factor
    wholes = {tiles.whole} | {round(longest * factor**k) for k in range(8)}
    for side in SIDES:
        overlap = min(tiles.overlap, max(2, side // 14 // UNIT) * UNIT)
        for whole in sorted(wholes, reverse=True):
            if side <= tiles.side and side < whole <= tiles.whole:
                yield Tiles(whole, side, overlap)
        if side <= tiles.side:
            yield Tiles(side, side, overlap)


def _bytes(level: _Level, planes: int, found: Probe) -> float:
    piece = KEPT * found.kept + FEATURES * found.features
    piece += 12 * (found.history + VECTORS) + PLANE * planes
    indexing = INDEXING * found.features * level.styles  # over before painting begins
    copies = 0 if level.finest else PLANE * planes
    return (
        level.area * (IMAGES + copies)
        + level.styles * (STYLES * found.features + IMAGES / 4 + copies)
        + max(max(level.pieces) * piece, indexing)
        + WORKING
    )


def _seconds(level: _Level, found: Probe) -> float:
    painted = sum(level.pieces)
    search = level.searches * level.styles * found.search
    return painted * (level.steps * found.seconds + search)


def _searches(painter: Level) -> Iterator[float]:
    """How often each term will search, if matches settle as they mostly do."""
    for term in painter.terms.values():
        refresh: Refresh | None = getattr(term, "refresh", None)
        if refresh is None:
            continue
        renewal = Renewal()
        for step in range(painter.iterations):
            rows = renewal.rows(refresh, step)
            renewal = renewal.after(step, rows, 0.0)
            renewal = replace(renewal, moved=(step + 1) ** -1.8)
        yield renewal.searches
