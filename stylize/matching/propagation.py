"""Better matches at hand: each patch tries what its neighbours have found."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stylize.matching.nearest import StyleIndex, inverse_norms

DIRECTIONS = 64  # of a sketch; they hold nearly all that sets two patches apart
WAYS = ((0, 1), (0, -1), (1, 1), (1, -1))  # to a neighbour: axis, and by how much
FLOATS = 2**20  # gathered at a time: 4 MiB
NOTED = 1e-3  # cosine; in areas of one colour all matches are alike but for less


@dataclass(frozen=True)
class Sketch:
    """Style cells seen along their principal directions only.

    Args:
        directions: (C, d) orthonormal.
        cells: (N, d) of all styles.
    """

    directions: Tensor
    cells: Tensor


def sketch_styles(index: StyleIndex) -> Sketch | None:
    """Sketch the cells of an index along their d strongest directions.

    None where a sketch would save no work: of cells with fewer than 2 · d channels.
    """
    if index.cells.shape[1] < 2 * DIRECTIONS:
        return None
    moments = (index.cells.T @ index.cells).cpu().double()
    _, vectors = torch.linalg.eigh(moments)
    directions = vectors[:, -DIRECTIONS:].to(index.cells)
    return Sketch(directions, index.cells @ directions)


def propagate(
    query: Tensor, nearest: Tensor, index: StyleIndex, sketch: Sketch | None
) -> Tensor:
    """One sweep of propagation (Barnes et al. 2009, Sec. 3.2), all patches at once.

    A patch keeps its match unless that of one of its four neighbours, moved by the
    way between the two, resembles it more by normalised cross-correlation. Sketches,
    if there are any, say which of the four to try; the full cells decide.

    Args:
        query: (C, H, W) map of the image being painted.
        nearest: (H - p + 1, W - p + 1) matches of a similar image, as
            :func:`~stylize.matching.nearest.nearest_patches` gives them.
        index: The styles', as searched.
        sketch: Of the index.

    Returns:
        Matches of the same shape, none worse than before.
    """
    cells = query.permute(1, 2, 0).flatten(0, 1).contiguous()  # (H · W, C)
    place = first_cells(query, nearest)
    if sketch is None:
        return _favourites(cells, place, nearest, index, index.cells).view_as(nearest)
    seen = cells @ sketch.directions
    favourite = _favourites(seen, place, nearest, index, sketch.cells)
    best = nearest.flatten().clone()
    tried, gain = _gains(cells, best, favourite, index, place, query.shape[2])
    better = tried[gain > 0]
    best[better] = favourite[better]
    return best.view_as(nearest)


def improved(query: Tensor, before: Tensor, after: Tensor, index: StyleIndex) -> float:
    """Share of the matches that became better, beyond what nobody could see.

    Args:
        query: (C, H, W) map of the image being painted.
        before: (H - p + 1, W - p + 1) matches.
        after: Others, of the same shape.
        index: The styles'.
    """
    cells = query.permute(1, 2, 0).flatten(0, 1).contiguous()
    place = first_cells(query, before)
    pair = before.flatten(), after.flatten()
    other, gain = _gains(cells, *pair, index, place, query.shape[2])
    inverse = inverse_norms(query, index.size).flatten()[place[other]]
    return int((gain * inverse > NOTED).sum()) / before.numel()


def first_cells(query: Tensor, nearest: Tensor) -> Tensor:
    """First cells of the query's patches, flat."""
    cells = torch.arange(query.shape[1] * query.shape[2], device=query.device)
    height, width = nearest.shape
    return cells.view(query.shape[1:])[:height, :width].flatten()


def _favourites(
    cells: Tensor, place: Tensor, nearest: Tensor, index: StyleIndex, styles: Tensor
) -> Tensor:
    """The most alike, by those cells, of a patch's own and its neighbours' matches."""
    width = nearest.shape[1] + index.size - 1
    favourite = nearest.flatten().clone()
    score = likeness(cells, styles, favourite, index, place, width)
    for wish in neighbours_wishes(nearest, index):
        patches = (index.starts[wish] & (wish != favourite)).nonzero().squeeze(1)
        wish = wish[patches]
        alike = likeness(cells, styles, wish, index, place[patches], width)
        better = alike > score[patches]
        patches = patches[better]
        score[patches], favourite[patches] = alike[better], wish[better]
    return favourite


def _gains(
    cells: Tensor,
    before: Tensor,
    after: Tensor,
    index: StyleIndex,
    place: Tensor,
    width: int,
) -> tuple[Tensor, Tensor]:
    """Patches whose two matches differ, and how much liker they are to the second.

    Args:
        cells: (H · W, C) of the query.
        before: (M,) matches of all its patches.
        after: Others.
        index: The styles'.
        place: (M,) first cells of the patches.
        width: Cells in a row of the query.
    """
    other = (before != after).nonzero().squeeze(1)
    was, now = (
        likeness(cells, index.cells, match[other], index, place[other], width)
        for match in (before, after)
    )
    return other, now - was


def neighbours_wishes(nearest: Tensor, index: StyleIndex) -> list[Tensor]:
    """Matches of the patch above, below, left and right, moved by one cell, flat.

    Where there is no neighbour the patch's own match stands.
    """
    last = len(index.width) - 1
    wishes = []
    for dim, sign in WAYS:
        step = index.width[nearest] if dim == 0 else torch.ones_like(nearest)
        moved = (nearest + sign * step).clamp(0, last).roll(sign, dim)
        edge = 0 if sign == 1 else nearest.shape[dim] - 1
        moved.select(dim, edge).copy_(nearest.select(dim, edge))
        wishes.append(moved.flatten())
    return wishes


def likeness(
    cells: Tensor,
    styles: Tensor,
    match: Tensor,
    index: StyleIndex,
    place: Tensor,
    width: int,
) -> Tensor:
    """Inner products of patches, those of the style at unit length, pair by pair.

    Args:
        cells: (H · W, d) of the query, or its sketch.
        styles: (N, d) of the styles, or their sketch.
        match: (M,) first cells of the style's patches.
        index: The styles'.
        place: (M,) first cells of the query's patches.
        width: Cells in a row of the query.
    """
    score = cells.new_zeros(len(place))
    ours, theirs = _runs(cells, index.size), _runs(styles, index.size)
    pairs = max(1, FLOATS // ours.shape[1])
    for m in range(0, len(place), pairs):
        a, b = place[m : m + pairs], match[m : m + pairs]
        row = index.width[b]
        for dy in range(index.size):
            products = ours.index_select(0, a + dy * width)
            products *= theirs.index_select(0, b + dy * row)
            score[m : m + pairs] += products.sum(dim=1)
    return score * index.inverse[match]


def _runs(cells: Tensor, size: int) -> Tensor:
    """(N, C) cells to (N - p + 1, p · C): a patch's row, from each cell on, a view."""
    channels = cells.shape[1]
    return cells.flatten().unfold(0, size * channels, channels)
