"""Matches that continue one another, so that whole strokes are copied."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from stylize.matching.nearest import StyleIndex, inverse_norms
from stylize.matching.propagation import (
    NEIGHBOURS,
    considered,
    neighbours_matches,
    query_patches,
    similarity,
)

Cosine = Callable[[Tensor, Tensor], Tensor]
"""From (M,) matches and the (M,) numbers of their patches to (M,) cosines."""


def coherent(
    query: Tensor,
    nearest: Tensor,
    index: StyleIndex,
    *,
    worth: float,
    sweeps: int,
    channels: int,
) -> Tensor:
    """Matches that are similar and continue one another (Ashikhmin 2001).

    Iterated conditional modes (Besag 1986): a match is worth its cosine, a quarter of
    ``worth`` more for each of the four neighbours whose match it continues, and as much
    less for each whose match it repeats, since the same patch at each cell makes a
    comb. In each half sweep the patches on one colour of a chessboard choose between
    their own match and those that continue their neighbours'.

    Args:
        query: (C, H, W) map of the image being painted.
        nearest: (h, w) its matches.
        index: The styles'.
        worth: Cosine of the activations alone that full coherence makes up for,
            whatever masks add to the length of the patches.
        sweeps: Over all patches.
        channels: Of the query that are activations; masks follow.

    Returns:
        (h, w) matches.
    """
    patches = query_patches(query, index.size)
    inverse, of_activations = (
        inverse_norms(q, index.size).flatten()[patches.first]
        for q in (query, query[:channels].contiguous())
    )
    part = (inverse / of_activations.clamp_min(1e-9)).square().clamp(max=1)

    def cosine(matches: Tensor, of: Tensor) -> Tensor:
        return similarity(patches[of], matches, index, index.cells) * inverse[of]

    for half in range(2 * sweeps):
        of = _chessboard(nearest, half % 2)
        nearest = _chosen(nearest, of, index, cosine, worth / 4 * part[of])
    return nearest


def _chosen(
    nearest: Tensor, of: Tensor, index: StyleIndex, cosine: Cosine, bonus: Tensor
) -> Tensor:
    """Matches after some patches chose anew, the others' being what they are.

    Args:
        nearest: (h, w).
        of: (M,) numbers of the patches that choose, no two of them neighbours.
        index: The styles'.
        cosine: Of matches.
        bonus: (M,) for each neighbour.
    """
    candidates = [each[of] for each in neighbours_matches(nearest, index)]
    around = [_neighbours(nearest, *offset)[of] for offset in NEIGHBOURS]
    best = nearest.flatten()[of]
    value = torch.full_like(bonus, -torch.inf)
    for candidate in (best.clone(), *candidates):
        starts = index.starts[candidate]
        free = considered(starts)
        match = torch.where(starts, candidate, best)[free]
        continued = sum((each[free] == match).to(bonus) for each in candidates)
        repeated = sum((each[free] == match).to(bonus) for each in around)
        found = cosine(match, of[free]) + bonus[free] * (continued - repeated)
        better = (found > value[free]) & starts[free]
        value[free] = torch.where(better, found, value[free])
        best[free] = torch.where(better, match, best[free])
    matches = nearest.flatten().clone()
    matches[of] = best
    return matches.view_as(nearest)


def _chessboard(nearest: Tensor, colour: int) -> Tensor:
    """Numbers of the patches on that colour."""
    rows, columns = (torch.arange(n, device=nearest.device) for n in nearest.shape)
    of_colour = ((rows[:, None] + columns) % 2 == colour).flatten()
    count = (len(of_colour) + 1 - colour) // 2
    return torch.nonzero_static(of_colour, size=count).squeeze(1)


def _neighbours(nearest: Tensor, dim: int, sign: int) -> Tensor:
    """(h · w,) matches of the neighbours that way; -1 where there is none."""
    moved = nearest.roll(sign, dim)
    moved.select(dim, 0 if sign == 1 else nearest.shape[dim] - 1).fill_(-1)
    return moved.flatten()
