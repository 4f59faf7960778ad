"""Measure speed and memory of matching, of the loss, of a step and of a whole run.

python scripts/bench.py matching --px 256 512
python scripts/bench.py matching --px 512 --masks 5 25 --peers
python scripts/bench.py loss --px 512 --json loss.json
python scripts/bench.py step --px 512 --weights vgg19.safetensors
python scripts/bench.py run --px 512 --steps 60 --weights vgg19.safetensors
python scripts/bench.py refresh --px 256 --weights vgg19.safetensors
python scripts/bench.py large --px 512 --steps 60 --weights lite
python scripts/bench.py batch --px 512 --engines inline pool ray --workers 1 2

Ours and the usual ways run interleaved; each ratio is the median over the rounds, for
machines are noisy and a ratio is less so. ``exact`` says whether the answer is that of
float64; ``floor_fraction`` is the share of our time that the bare matrix product takes
at the best rate measured in the same run; ``peak_mib`` is what one call adds to a fresh
process. The peer pystiche comes with pip install -e '.[bench]'.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from benching.batch import batch_rows
from benching.large import large_row
from benching.measure import best_rate, growth, interleaved
from benching.painting import energies, run_rows, step_rows
from benching.peers import SEARCHES, unfolded
from torch import Tensor

from stylize.matching.folding import fold, patch_distance
from stylize.matching.nearest import index_styles, nearest_patches

LAYERS = {"relu3_1": (256, 4), "relu4_1": (512, 8)}  # channels, stride
CHOICES = ("matching", "loss", "step", "run", "refresh", "batch", "large")
SAMPLE = 256  # query patches whose match is checked in float64


@dataclass(frozen=True)
class Row:
    """One figure; ms are medians, speedup the median of the rounds' ratios."""

    what: str
    px: int
    layer: str
    ms: float
    peer: str
    peer_ms: float
    speedup: float
    exact: bool
    floor_fraction: float | None
    peak_mib: float
    masks: int = 10
    styles: int = 1


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


def matching(px: int, rounds: int, masks: int, styles: int, peers: bool) -> list[Row]:
    """One search, against the usual ones."""
    rows = []
    for layer, (channels, stride) in LAYERS.items():
        extra = growth(search, px, channels, stride, masks, styles)
        extra -= growth(given_maps, px, channels, stride, masks, styles)
        query, others = maps(px, channels, stride, masks, styles)
        joined = torch.cat(others, dim=2)
        found = nearest_patches(query, index_styles(others[:1]))
        exact = is_exact(query, others[0], found)
        floor = 2 * query[0].numel() * joined[0].numel() * len(query)
        floor /= best_rate(len(query))
        names = [*SEARCHES] if peers else []
        ours, theirs = interleaved(
            lambda q=query, o=others: nearest_patches(q, index_styles(o)),
            [lambda s=SEARCHES[n], q=query, j=joined: s(q, j) for n in names],
            rounds,
        )
        share = round(floor * 1e3 / ours, 3)
        for name, (ms, ratio) in zip(
            names or ["-"], theirs or [(0.0, 0.0)], strict=True
        ):
            row = (px, layer, ours, name, ms, ratio, exact, share, extra, masks, styles)
            rows.append(Row("matching", *row))
    return rows


def loss(px: int, rounds: int) -> list[Row]:
    """Value and gradient of the patch loss, against unfold in the graph.

    ``loss`` has the matches folded, and the peer's patches gathered, beforehand, as in
    a step that keeps its matches; ``loss, new`` does both each time.
    """
    rows = []
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
            row = (px, layer, mine, "unfold", ms, ratio, exact, None, 0.0, 0, 1)
            rows.append(Row(what, *row))
    return rows


def show(row: Row) -> None:
    """One line of the table."""
    floor = "" if row.floor_fraction is None else f"  floor {row.floor_fraction:.0%}"
    peer = f"{row.peer} {row.peer_ms:.1f} ms  {row.speedup:.1f}x  " * (row.peer != "-")
    print(
        f"{row.what:9}{row.px:5} px  {row.layer:8}K {row.masks:<3} styles {row.styles} "
        f"{row.ms:9.1f} ms  {peer}{'exact' if row.exact else 'DIFFERS'}{floor}"
        f"  +{row.peak_mib:.0f} MiB",
        flush=True,
    )


def measured(px: int, arguments: argparse.Namespace) -> list[Row]:
    """Rows of one picture size."""
    if arguments.what == "matching":
        return [
            row
            for masks in arguments.masks
            for styles in arguments.styles
            for row in matching(px, arguments.rounds, masks, styles, arguments.peers)
        ]
    if arguments.what == "loss":
        return loss(px, arguments.rounds)
    rows = step_rows if arguments.what == "step" else run_rows
    options = {"steps": arguments.steps, "weights": arguments.weights}
    return [Row(*row) for row in rows(px, **options)]


def main() -> None:
    """Read the command line, measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("what", choices=[*CHOICES])
    add("--px", type=int, nargs="+", default=[256])
    add("--rounds", type=int, default=5)
    add("--masks", type=int, nargs="+", default=[10], help="K of matching")
    add("--styles", type=int, nargs="+", default=[1], help="number, of matching")
    add("--peers", action=argparse.BooleanOptionalAction, default=True)
    add("--steps", type=int, default=60, help="of step, run and refresh")
    add("--weights", help="VGG-19's; lite: the small encoder; random if not given")
    add("--images", type=int, default=8, help="portraits of batch")
    add("--engines", nargs="+", default=["loop", "inline", "pool"], help="of batch")
    add("--workers", type=int, nargs="+", default=[1, 2], help="of pool and ray")
    add("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    for px in arguments.px:
        if arguments.what == "refresh":
            rows += energies(px, arguments.steps, arguments.weights)
            continue
        if arguments.what == "large":
            rows.append(large_row(px, arguments.steps, arguments.weights))
            continue
        if arguments.what == "batch":
            rows += batch_rows(
                px, arguments.images, arguments.engines, arguments.workers
            )
            continue
        for row in measured(px, arguments):
            show(row)
            rows.append(asdict(row))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
