"""Propagation of matches: each patch tries those of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from stylize.matching.nearest import StyleIndex, inverse_norms
from stylize.waiting import at_once

DIMENSIONS = 64  # of a sketch; they hold nearly all that sets two patches apart
NEIGHBOURS = ((0, 1), (0, -1), (1, 1), (1, -1))  # axis, and by how much
FLOATS = 2**20  # gathered at a time: 4 MiB
VISIBLE = 1e-3  # cosine; in areas of one colour all matches differ by less


@dataclass(frozen=True)
class Sketch:
    """Style cells seen along their principal directions only.

    Args:
        directions: (C, d) orthonormal.
        cells: (N, d) of all styles.
    """

    directions: Tensor
    cells: Tensor


@dataclass(frozen=True)
class QueryPatches:
    """Some patches of the image being painted.

    Args:
        cells: (H · W, d) of the whole map, or its sketch.
        first: (M,) first cell of each patch.
        width: Cells in a row of the map.
    """

    cells: Tensor
    first: Tensor
    width: int

    def __getitem__(self, which: Tensor | slice) -> QueryPatches:
        """Some of them, by number."""
        return replace(self, first=self.first[which])


def query_patches(query: Tensor, size: int) -> QueryPatches:
    """All patches of a (C, H, W) map, row by row."""
    _, height, width = query.shape
    numbers = torch.arange(height * width, device=query.device).view(height, width)
    first = numbers[: height - size + 1, : width - size + 1].flatten()
    cells = query.permute(1, 2, 0).flatten(0, 1).contiguous()
    return QueryPatches(cells, first, width)


def sketch_styles(index: StyleIndex) -> Sketch | None:
    """Sketch the cells of an index along their d strongest directions.

    None where a sketch would save no work: of cells with fewer than 2 · d channels.
    """
    if index.cells.shape[1] < 2 * DIMENSIONS:
        return None
    moments = (index.cells.T @ index.cells).cpu().double()
    _, vectors = torch.linalg.eigh(moments)
    directions = vectors[:, -DIMENSIONS:].to(index.cells)
    return Sketch(directions, index.cells @ directions)


def propagate(
    query: Tensor, nearest: Tensor, index: StyleIndex, sketch: Sketch | None
) -> Tensor:
    """One sweep of propagation (Barnes et al. 2009, Sec. 3.2), all patches at once.

    A patch keeps its match unless that of one of its four neighbours, moved by the
    offset between the two, resembles it more by normalised cross-correlation. A sketch,
    if there is one, says which of the four to try; the full cells decide.

    Args:
        query: (C, H, W) map of the image being painted.
        nearest: (H - p + 1, W - p + 1) matches of a similar image, as
            :func:`~stylize.matching.nearest.nearest_patches` gives them.
        index: The styles', as searched.
        sketch: Of the index.

    Returns:
        Matches of the same shape, none worse than before.
    """
    patches = query_patches(query, index.size)
    if sketch is None:
        found = _best_of_neighbours(patches, nearest, index, index.cells)
        return found.view_as(nearest)
    sketched = replace(patches, cells=patches.cells @ sketch.directions)
    found = _best_of_neighbours(sketched, nearest, index, sketch.cells)
    matches = nearest.flatten().clone()
    differing, gain = _gains(patches, matches, found, index)
    matches[differing] = torch.where(gain > 0, found[differing], matches[differing])
    return matches.view_as(nearest)


def improved(query: Tensor, before: Tensor, after: Tensor, index: StyleIndex) -> float:
    """Share of the matches that became visibly better.

    Args:
        query: (C, H, W) map of the image being painted.
        before: (H - p + 1, W - p + 1) matches.
        after: Others, of the same shape.
        index: The styles'.
    """
    patches = query_patches(query, index.size)
    differing, gain = _gains(patches, before.flatten(), after.flatten(), index)
    inverse = inverse_norms(query, index.size).flatten()[patches.first[differing]]
    return int((gain * inverse > VISIBLE).sum()) / before.numel()


def considered(wanted: Tensor) -> Tensor | slice:
    """The patches for which something has to be worked out.

    On a CPU that is less work. Elsewhere it is done for all, for how many they are
    would have to be waited for.

    Args:
        wanted: (M,) whether a patch is one of them.

    Returns:
        Their numbers, or all.
    """
    return wanted.nonzero().squeeze(1) if at_once(wanted) else slice(None)


def neighbours_matches(nearest: Tensor, index: StyleIndex) -> list[Tensor]:
    """Matches of the patch above, below, left and right, moved by one cell, flat.

    Where there is no neighbour the patch's own match stands.
    """
    last = len(index.width) - 1
    candidates = []
    for dim, sign in NEIGHBOURS:
        step = index.width[nearest] if dim == 0 else torch.ones_like(nearest)
        moved = (nearest + sign * step).clamp(0, last).roll(sign, dim)
        edge = 0 if sign == 1 else nearest.shape[dim] - 1
        moved.select(dim, edge).copy_(nearest.select(dim, edge))
        candidates.append(moved.flatten())
    return candidates


def similarity(
    patches: QueryPatches, matches: Tensor, index: StyleIndex, styles: Tensor
) -> Tensor:
    """Inner products of patches, those of the style at unit length, pair by pair.

    Args:
        patches: Of the query.
        matches: (M,) first cells of the style's patches.
        index: The styles'.
        styles: (N, d) cells of the styles, or their sketch.
    """
    scores = patches.cells.new_zeros(len(matches))
    own, others = (_rows_of_patches(x, index.size) for x in (patches.cells, styles))
    pairs = max(1, FLOATS // own.shape[1])
    for m in range(0, len(matches), pairs):
        a, b = patches.first[m : m + pairs], matches[m : m + pairs]
        row = index.width[b]
        for dy in range(index.size):
            products = own.index_select(0, a + dy * patches.width)
            products *= others.index_select(0, b + dy * row)
            scores[m : m + pairs] += products.sum(dim=1)
    return scores * index.inverse[matches]


def _best_of_neighbours(
    patches: QueryPatches, nearest: Tensor, index: StyleIndex, styles: Tensor
) -> Tensor:
    """(M,) the most similar of a patch's own and its neighbours' matches."""
    best = nearest.flatten().clone()
    scores = similarity(patches, best, index, styles)
    for candidates in neighbours_matches(nearest, index):
        differ = index.starts[candidates] & (candidates != best)
        tried = considered(differ)
        candidates = torch.where(differ, candidates, best)[tried]
        found = similarity(patches[tried], candidates, index, styles)
        better = found > scores[tried]
        best[tried] = torch.where(better, candidates, best[tried])
        scores[tried] = torch.where(better, found, scores[tried])
    return best


def _gains(
    patches: QueryPatches, before: Tensor, after: Tensor, index: StyleIndex
) -> tuple[Tensor | slice, Tensor]:
    """Patches whose matches differ, and how much better the second is."""
    differing = considered(before != after)
    old, new = (
        similarity(patches[differing], matches[differing], index, index.cells)
        for matches in (before, after)
    )
    return differing, new - old


def _rows_of_patches(cells: Tensor, size: int) -> Tensor:
    """(N, C) cells to (N - p + 1, p · C): a patch's row, from each cell on, a view."""
    channels = cells.shape[1]
    return cells.flatten().unfold(0, size * channels, channels)
