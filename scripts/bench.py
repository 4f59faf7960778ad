"""Measure speed and memory of matching, of the loss and of a whole run.

python scripts/bench.py matching --px 256 512
python scripts/bench.py loss --px 512 --json loss.json
python scripts/bench.py run --px 512 --weights vgg19.safetensors

Ours and the usual ways run interleaved; each ratio is the median over the rounds, for
machines are noisy and a ratio is less so. ``exact`` says whether the answer is the same
as the reference's; ``floor_fraction`` is the share of our time that the bare matrix
product takes at the best rate measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize import MRF, VGG19, Adaptive, Content, Every, Pyramid, Stylizer
from stylize.encoder import VGG19_CHANNELS
from stylize.folding import fold, patch_distance
from stylize.patches import nearest_patches, style_strips

LAYERS = {"relu3_1": (256, 4), "relu4_1": (512, 8)}  # channels, stride
MASKS = 10


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


def unfolded(features: Tensor) -> Tensor:
    """(C, H, W) to (patches, 9 C)."""
    return F.unfold(features[None], 3)[0].T


def by_unfold(query: Tensor, style: Tensor) -> Tensor:
    """The usual search: all patches as rows of two matrices."""
    return (unfolded(query) @ F.normalize(unfolded(style), dim=1).T).argmax(dim=1)


def by_convolution(query: Tensor, style: Tensor) -> Tensor:
    """The other usual search: style patches as the filters of a convolution."""
    filters = F.normalize(unfolded(style), dim=1).view(-1, len(query), 3, 3)
    return F.conv2d(query[None], filters)[0].flatten(1).argmax(dim=0)


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def interleaved(
    ours: Callable[[], object], peer: Callable[[], object], rounds: int
) -> tuple[float, float, float]:
    """Median ms of both, and the median ratio."""
    ours(), peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    ratio = statistics.median(b / a for a, b in pairs)
    mine, theirs = (
        statistics.median(column) * 1e3 for column in zip(*pairs, strict=True)
    )
    return mine, theirs, ratio


def best_rate(channels: int) -> float:
    """Multiply-adds per second of the fastest matrix product found, times two."""
    rates = []
    for rows, columns in ((128, 8192), (256, 4096), (512, 4096), (1024, 1024)):
        style = torch.randn(1, 1, columns, channels).permute(0, 3, 1, 2)
        query = torch.randn(rows, channels, 1, 1)
        query = query.contiguous(memory_format=torch.channels_last)
        work = 2 * rows * columns * channels
        rates += [work / seconds(lambda: F.conv2d(style, query)) for _ in range(9)]  # noqa: B023
    return max(rates)


def peak_mib(call: Callable[[], object]) -> float:
    """How much one call raises the largest memory of the process so far."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    call()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def first_cells(nearest: Tensor, width: int) -> Tensor:
    """Our cells as the row numbers of :func:`unfolded`."""
    return (nearest // width * (width - 2) + nearest % width).flatten()


def matching(px: int, rounds: int) -> list[Row]:
    """One search, against unfold + matmul and against convolution."""
    rows = []
    for layer, (channels, stride) in LAYERS.items():
        side = px // stride
        rng = torch.Generator().manual_seed(px)
        shape = (channels + MASKS, side, side)
        query, style = (torch.randn(shape, generator=rng).relu() for _ in range(2))

        def ours(query: Tensor = query, style: Tensor = style) -> Tensor:
            return nearest_patches(query, style_strips([style]))

        extra = peak_mib(ours)
        expected = by_unfold(query.double(), style.double()) if side <= 64 else None
        found = first_cells(ours(), side)
        if expected is None:
            expected = by_unfold(query, style)
        floor = 2 * side**4 * shape[0] / best_rate(shape[0])
        for name, peer in (("unfold", by_unfold), ("convolution", by_convolution)):
            mine, theirs, ratio = interleaved(
                ours, lambda p=peer, q=query, s=style: p(q, s), rounds
            )
            share = round(floor * 1e3 / mine, 2)
            exact = bool((found == expected).float().mean() > 0.9999)
            row = Row(
                "matching", px, layer, mine, name, theirs, ratio, exact, share, extra
            )
            rows.append(row)
    return rows


def loss(px: int, rounds: int) -> list[Row]:
    """Value and gradient of the patch loss, against unfold in the graph."""
    rows = []
    for layer, (channels, stride) in LAYERS.items():
        side = px // stride
        rng = torch.Generator().manual_seed(px)
        features = torch.randn(1, channels, side, side, generator=rng)
        style = torch.randn(channels, side, side, generator=rng)
        cells = style.flatten(1).T.contiguous()
        width = torch.full((side * side,), side)
        grid = torch.arange(side * side).view(side, side)[: side - 2, : side - 2]
        chosen = torch.randint(grid.numel(), grid.shape, generator=rng)
        nearest = grid.flatten()[chosen]
        matched = unfolded(style)[chosen.flatten()]
        features.requires_grad_(True)

        def ours(
            a: Tensor = features, n: Tensor = nearest, c: Tensor = cells
        ) -> Tensor:
            folded = fold(n, c, width)  # noqa: B023
            return torch.autograd.grad(patch_distance(a, folded), a)[0]

        def peer(a: Tensor = features, m: Tensor = matched) -> Tensor:
            distance = (F.unfold(a, 3)[0].T - m).square().sum()
            return torch.autograd.grad(distance, a)[0]

        extra = peak_mib(ours)
        mine, theirs, ratio = interleaved(ours, peer, rounds)
        exact = torch.allclose(ours(), peer(), rtol=1e-4, atol=1e-4)
        rows.append(
            Row("loss", px, layer, mine, "unfold", theirs, ratio, exact, None, extra)
        )
    return rows


def random_vgg19() -> VGG19:
    """VGG-19's cost without its file."""
    weights = {}
    for conv, (inputs, outputs) in VGG19_CHANNELS.items():
        weights[f"{conv}.weight"] = (
            torch.randn(outputs, inputs, 3, 3) / (inputs * 4) ** 0.5
        )
        weights[f"{conv}.bias"] = torch.zeros(outputs)
    return VGG19(weights, mean=(0.5,) * 3, std=(0.25,) * 3)


def encoder_of(file: Path | None) -> VGG19:
    """The given weights, or random ones."""
    if file is None:
        return random_vgg19()
    from automask.encoders import vgg19

    return vgg19(str(file))


def pictures(px: int) -> tuple[Tensor, Tensor]:
    """A photograph and a painting that come with scikit-image and automask."""
    from automask.config import embedded_style, photograph
    from automask.images import read_image

    files = photograph("astronaut"), embedded_style("portrait.jpg")
    content, style = (read_image(file, px) for file in files)
    return content, style


def run(
    px: int, steps: int, encoder: VGG19, refresh: Every | Adaptive
) -> tuple[float, ...]:
    """Seconds, final loss, searches and growth of memory of one stylization."""
    content, style = pictures(px)
    terms = {
        "style": MRF(1.0, list(LAYERS), 20.0, blocks={"relu3_1": 3.0}, refresh=refresh),
        "content": Content(0.6, ["relu4_1"]),
    }
    painter = Stylizer(encoder, terms, Pyramid(3), [steps])
    masks = [torch.zeros(0, *picture.shape[2:]) for picture in (content, style)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    result = painter(content, [style], masks[0], [masks[1]], ())
    taken = time.perf_counter() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    searches = sum(level.searches for level in result.levels)
    return taken, sum(result.levels[-1].losses.values()), searches, grown / 1024


def runs(px: int, steps: int, encoder: VGG19) -> list[Row]:
    """Whole runs: adaptive refresh against a search at each step."""
    # Ours first: the largest memory of a process never falls.
    ours, own_loss, searches, grown = run(px, steps, encoder, Adaptive())
    peer, exact_loss, _, _ = run(px, steps, encoder, Every())
    print(
        f"{px} px, {steps} steps a level: {searches} searches, "
        f"final loss {own_loss / exact_loss - 1:+.2%} of each-step matching"
    )
    close = abs(own_loss / exact_loss - 1) < 0.005
    name, ms = "match at each step", (ours * 1e3, peer * 1e3)
    return [
        Row("run", px, "both", ms[0], name, ms[1], ms[1] / ms[0], close, None, grown)
    ]


def show(row: Row) -> None:
    """One line of the table."""
    floor = "" if row.floor_fraction is None else f"  floor {row.floor_fraction:.0%}"
    print(
        f"{row.what:9}{row.px:5} px  {row.layer:8}{row.ms:9.1f} ms  "
        f"{row.peer} {row.peer_ms:.1f} ms  {row.speedup:.1f}x  "
        f"{'exact' if row.exact else 'DIFFERS'}{floor}  +{row.peak_mib:.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Read the command line, measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["matching", "loss", "run"])
    parser.add_argument("--px", type=int, nargs="+", default=[256])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="of run, per level")
    parser.add_argument("--weights", type=Path, help="VGG-19; random if not given")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[Row] = []
    for px in arguments.px:
        if arguments.what == "run":
            new = runs(px, arguments.steps, encoder_of(arguments.weights))
        else:
            new = {"matching": matching, "loss": loss}[arguments.what](
                px, arguments.rounds
            )
        for row in new:
            show(row)
        rows += new
    if arguments.json:
        text = json.dumps([asdict(row) for row in rows], indent=2)
        arguments.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
