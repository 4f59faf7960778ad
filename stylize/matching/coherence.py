"""Matches that continue one another, so that whole strokes are copied."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from stylize.matching.nearest import StyleIndex, inverse_norms
from stylize.matching.propagation import WAYS, first_cells, likeness, neighbours_wishes

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
    """Matches that are alike and continue one another (Ashikhmin 2001).

    Iterated conditional modes (Besag 1986): a match is worth its cosine, a quarter of
    ``worth`` more for each of the four neighbours whose match it continues, and as much
    less for each whose match it repeats, for the same patch at each cell makes a comb.
    In each half sweep the patches on one colour of a chessboard choose between their
    own match and those that continue their neighbours'.

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
    cells = query.permute(1, 2, 0).flatten(0, 1).contiguous()
    place, width = first_cells(query, nearest), query.shape[2]
    inverse, seen = (
        inverse_norms(q, index.size).flatten()[place]
        for q in (query, query[:channels].contiguous())
    )
    part = (inverse / seen.clamp_min(1e-9)).square().clamp(max=1)

    def cosine(match: Tensor, of: Tensor) -> Tensor:
        alike = likeness(cells, index.cells, match, index, place[of], width)
        return alike * inverse[of]

    for half in range(2 * sweeps):
        of = _chessboard(nearest, half % 2)
        nearest = _settled(nearest, of, index, cosine, worth / 4 * part[of])
    return nearest


def _settled(
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
    wishes = [wish[of] for wish in neighbours_wishes(nearest, index)]
    around = [_neighbours(nearest, *way)[of] for way in WAYS]
    best = nearest.flatten()[of]
    value = torch.full_like(bonus, -torch.inf)
    for wish in (best.clone(), *wishes):
        free = index.starts[wish].nonzero().squeeze(1)
        match = wish[free]
        continued = sum((each[free] == match).to(bonus) for each in wishes)
        repeated = sum((each[free] == match).to(bonus) for each in around)
        found = cosine(match, of[free]) + bonus[free] * (continued - repeated)
        better = found > value[free]
        value[free[better]], best[free[better]] = found[better], match[better]
    settled = nearest.flatten().clone()
    settled[of] = best
    return settled.view_as(nearest)


def _chessboard(nearest: Tensor, colour: int) -> Tensor:
    """Numbers of the patches on that colour."""
    rows, columns = (torch.arange(n, device=nearest.device) for n in nearest.shape)
    return ((rows[:, None] + columns) % 2 == colour).flatten().nonzero().squeeze(1)


def _neighbours(nearest: Tensor, dim: int, sign: int) -> Tensor:
    """(h · w,) matches of the neighbours that way; -1 where there is none."""
    moved = nearest.roll(sign, dim)
    moved.select(dim, 0 if sign == 1 else nearest.shape[dim] - 1).fill_(-1)
    return moved.flatten()
