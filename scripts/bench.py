"""Measure speed and memory of matching, of the loss, of whole runs and of batches.

python scripts/bench.py matching --px 256 512
python scripts/bench.py matching --px 512 --masks 5 25 --peers
python scripts/bench.py loss --px 512 --json loss.json
python scripts/bench.py run --px 512 --steps 60 --weights vgg19.safetensors
python scripts/bench.py nnst --px 256 --rounds 1 --pictures .
python scripts/bench.py batch --px 512 --engines inline pool ray --workers 1 2
python scripts/bench.py page --px 512 --rounds 5

Ours and the usual ways run interleaved; ms are medians, and ``speedup`` is the median
of the rounds' ratios, for machines are noisy and a ratio is less so. ``exact`` says
whether the answer is that of float64; ``floor_fraction`` is the share of our time that
the bare matrix product takes at the best rate measured in the same run; ``peak_mib`` is
what one call adds to a fresh process. The peer pystiche comes with pip install -e
'.[bench]'.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from benching.batches import batch_rows
from benching.peers import nnst_rows
from benching.searches import loss_rows, matching_rows
from benching.whole_runs import run_row


def rows(px: int, arguments: argparse.Namespace) -> Iterable[dict[str, object]]:
    """Figures of one picture size."""
    if arguments.what == "matching":
        for masks in arguments.masks:
            for styles in arguments.styles:
                options = (arguments.rounds, masks, styles, arguments.peers)
                yield from matching_rows(px, *options)
    elif arguments.what == "loss":
        yield from loss_rows(px, arguments.rounds)
    elif arguments.what == "nnst":
        yield from nnst_rows(px, arguments.rounds, arguments.pictures)
    elif arguments.what == "batch":
        engines, workers = arguments.engines, arguments.workers
        yield from batch_rows(px, arguments.images, engines, workers)
    elif arguments.what == "page":
        from benching.pages import page_row  # needs a browser

        yield page_row(px, arguments.rounds)
    else:
        yield run_row(px, arguments.steps, arguments.weights)


def shown(value: object) -> str:
    """A figure with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Read the command line, measure, print, and write JSON where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("what", choices=["matching", "loss", "run", "batch", "nnst", "page"])
    add("--px", type=int, nargs="+", default=[256])
    add("--rounds", type=int, default=5)
    add("--masks", type=int, nargs="+", default=[10], help="K of matching")
    add("--styles", type=int, nargs="+", default=[1], help="number, of matching")
    add("--peers", action=argparse.BooleanOptionalAction, default=True)
    add("--steps", type=int, default=60, help="of run")
    add("--weights", help="VGG-19's; lite: the small encoder; random if not given")
    add("--images", type=int, default=8, help="portraits of batch")
    add("--engines", nargs="+", default=["loop", "inline", "pool"], help="of batch")
    add("--workers", type=int, nargs="+", default=[1, 2], help="of pool and ray")
    add("--pictures", type=Path, help="folder for those of nnst")
    add("--json", type=Path)
    arguments = parser.parse_args()
    found = []
    for px in arguments.px:
        for row in rows(px, arguments):
            print("  ".join(f"{k} {shown(v)}" for k, v in row.items()), flush=True)
            found.append(row)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
