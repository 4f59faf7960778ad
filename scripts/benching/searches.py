"""One search for matches, and one patch loss with its gradient, beside the usual.

The peer pystiche is that of its released package (pip install -e '.[bench]'). It was
written for an older torchvision, of which it asks two tables of addresses that it never
uses here.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from benching.timing import best_rate, growth, interleaved
from stylize.matching.folding import fold, patch_distance
from stylize.matching.nearest import index_styles, nearest_patches

LAYERS = {"relu3_1": (256, 4), "relu4_1": (512, 8)}  # channels, stride
SAMPLE = 256  # query patches whose match is checked in float64


def maps(
    px: int, channels: int, stride: int, masks: int, styles: int
) -> tuple[Tensor, list[Tensor]]:
    """Random activations of the picture being painted and of the styles."""
    rng = torch.Generator().manual_seed(px)
    shape = (channels + masks, px // stride, px // stride)
    query, *others = (
        torch.randn(shape, generator=rng).relu() for _ in range(styles + 1)
    )
    return query, others


def search(px: int, channels: int, stride: int, masks: int, styles: int) -> Tensor:
    """One search of ours, everything included."""
    query, others = maps(px, channels, stride, masks, styles)
    return nearest_patches(query, index_styles(others))


def given_maps(px: int, *arguments: int) -> None:
    """What :func:`search` is given: no part of the search's own memory."""
    query, others = maps(px, *arguments)
    others[0] + query


def is_exact(query: Tensor, style: Tensor, found: Tensor) -> bool:
    """Whether a sample of the matches is float64's, but for ties within 1e-6."""
    width = style.shape[2]
    rows = (found // width * (width - 2) + found % width).flatten()
    sample = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    sample = sample[:SAMPLE]
    queries = F.normalize(unfolded(query)[sample].double(), dim=1)
    parts = unfolded(style).split(4096)
    likeness = torch.cat(
        [queries @ F.normalize(part.double(), dim=1).T for part in parts], dim=1
    )
    reached = likeness.gather(1, rows[sample][:, None])[:, 0]
    return bool((likeness.amax(dim=1) - reached).max() < 1e-6)


def pystiche() -> Any:
    """The released package, imported with what it lacks.

    Raises:
        SystemExit: If it is not installed.
    """
    for model in ("vgg", "alexnet"):
        module = importlib.import_module(f"torchvision.models.{model}")
        module.model_urls = defaultdict(str)  # type: ignore[attr-defined]
    os.environ.setdefault("PYSTICHE_HOME", tempfile.mkdtemp())  # it makes that folder
    try:
        import pystiche
    except ModuleNotFoundError:
        raise SystemExit(
            "the peer pystiche is not installed: pip install -e '.[bench]'"
        ) from None
    return pystiche


def unfolded(features: Tensor) -> Tensor:
    """(C, H, W) to (patches, 9 C)."""
    return F.unfold(features[None], 3)[0].T


def by_pystiche(query: Tensor, style: Tensor) -> Tensor:
    """The search of pystiche's MRF loss."""
    library = pystiche()
    patches = [library.extract_patches2d(x[None], 3, 1) for x in (query, style)]
    likeness = library.cosine_similarity(*patches, batched_input=True)
    return likeness[0].argmax(dim=-1)


def by_unfold(query: Tensor, style: Tensor) -> Tensor:
    """All patches as rows of two matrices."""
    return (unfolded(query) @ F.normalize(unfolded(style), dim=1).T).argmax(dim=1)


SEARCHES = {"pystiche": by_pystiche, "unfold": by_unfold}


def matching_rows(
    px: int, rounds: int, masks: int, styles: int, peers: bool
) -> Iterator[dict[str, object]]:
    """One search, against the usual ones."""
    for layer, (channels, stride) in LAYERS.items():
        shape = (px, channels, stride, masks, styles)
        extra = growth(search, *shape) - growth(given_maps, *shape)
        query, others = maps(*shape)
        joined = torch.cat(others, dim=2)
        found = nearest_patches(query, index_styles(others[:1]))
        work = 2 * query[0].numel() * joined[0].numel() * len(query)
        names = [*SEARCHES] if peers else []
        ours, theirs = interleaved(
            lambda q=query, o=others: nearest_patches(q, index_styles(o)),
            [lambda s=SEARCHES[n], q=query, j=joined: s(q, j) for n in names],
            rounds,
        )
        row = {
            **{"what": "matching", "px": px, "layer": layer, "masks": masks},
            **{"styles": styles, "ms": ours},
            "exact": is_exact(query, others[0], found),
            "floor_fraction": round(work / best_rate(len(query)) * 1e3 / ours, 3),
            "peak_mib": extra,
        }
        for name, (ms, ratio) in zip(names, theirs, strict=True):
            yield {**row, "peer": name, "peer_ms": ms, "speedup": ratio}
        if not names:
            yield row


def loss_rows(px: int, rounds: int) -> Iterator[dict[str, object]]:
    """Value and gradient of the patch loss, against unfold in the graph.

    ``loss`` has the matches folded, and the peer's patches gathered, beforehand, as in
    a step that keeps its matches; ``loss, new`` does both each time.
    """
    for layer, (channels, stride) in LAYERS.items():
        query, (style,) = maps(px, channels, stride, 0, 1)
        side = px // stride
        features = query[None].clone().requires_grad_(True)
        cells = F.pad(style.flatten(1).T, (0, 0, 0, 1)).contiguous()
        width = torch.full((side * side,), side)
        grid = torch.arange(side * side).view(side, side)[: side - 2, : side - 2]
        rng = torch.Generator().manual_seed(px)
        chosen = torch.randint(grid.numel(), grid.shape, generator=rng)
        nearest = grid.flatten()[chosen]
        patches = unfolded(style)
        kept, matched = fold(nearest, cells, width), patches[chosen.flatten()]

        def ours(new: bool, at=(features, nearest, cells, width, kept)) -> Tensor:
            x, match, cells, width, folded = at
            folded = fold(match, cells, width) if new else folded
            return torch.autograd.grad(patch_distance(x, folded), x)[0]

        def peer(new: bool, at=(features, patches, chosen, matched)) -> Tensor:
            x, patches, chosen, matched = at
            matched = patches[chosen.flatten()] if new else matched
            distance = (F.unfold(x, 3)[0].T - matched).square().sum()
            return torch.autograd.grad(distance, x)[0]

        exact = torch.allclose(ours(True), peer(True), rtol=1e-4, atol=1e-4)
        for what, new in (("loss", False), ("loss, new", True)):
            mine, ((ms, ratio),) = interleaved(
                lambda new=new, call=ours: call(new),
                [lambda new=new, call=peer: call(new)],
                rounds,
            )
            row = {"what": what, "px": px, "layer": layer, "ms": mine, "exact": exact}
            yield row | {"peer": "unfold", "peer_ms": ms, "speedup": ratio}
