"""Settle on one card, in under eight minutes, what painting costs and if it is right.

python scripts/gpu_check.py --out checked
python scripts/gpu_check.py --out checked --vgg vgg19.safetensors --seconds 480
python scripts/gpu_check.py --device cpu --sizes 64 96 --seconds 60 --out checked

What matters most comes first: whether the card finds the matches, losses and pictures
that the processor finds; then seconds and peak memory of painting by quality, size,
network and precision; searches beside the card's own matrix product and beside
pystiche's loss (pip install -e '.[bench]'), where it is installed; pictures a minute
with several at once. The folder gets gpu_check.json, written after each row, and up to
eight pictures; all of it takes at most 16 MiB. What time or memory do not suffice for
is left out, and the row says so. Exit code 1 says that card and processor differ, TF32
left aside.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from itertools import product
from pathlib import Path

import torch
from benching.batches import measured, portraits
from checking.comparison import compared
from checking.painting import PRECISIONS, Network, Studio
from checking.products import CHANNELS, peer_row, search_row
from checking.report import Report, Row, machine

from automask.keys import QUALITIES
from automask.pipeline.device import chosen_device

SIZES, AT_ONCE = (512, 1024, 2048, 4096), (1, 2, 4, 8)
COMPARED, CROWDED = 256, 512  # px, or the first of the sizes if that is less
EACH = 3  # pictures for each process


def check(arguments: argparse.Namespace, scratch: Path) -> Report:
    """All sections, those that are worth most first."""
    device = chosen_device(arguments.device)
    report = Report(arguments.out, arguments.seconds)
    report.add("machine", {}, partial(machine, device))
    studio, least = Studio(device, scratch), min(arguments.sizes)
    for exact in (False, True):
        what = {"px": min(COMPARED, least), "tf32": not exact}
        call = partial(compared, report, studio, what["px"], exact)
        report.add("comparison", what, call)
    networks = [Network("lite", each) for each in PRECISIONS]
    if arguments.vgg is not None:
        networks += [Network("vgg19", each, arguments.vgg) for each in PRECISIONS]
    for px in sorted(arguments.sizes):
        for network, quality in product(networks, QUALITIES):
            what = {"encoder": network.name, "precision": network.precision}
            what |= {"quality": quality, "px": px}
            call = partial(studio.measured, report, network, quality, px)
            report.add("painting", what, call)
        for network, layer in CHANNELS:
            what = {"network": network, "layer": layer, "px": px}
            for section, row in (("search", search_row), ("pystiche", peer_row)):
                report.add(section, what, partial(row, report, device, **what))
    for count in arguments.at_once:
        call = partial(at_once, report, device, count, min(CROWDED, least), scratch)
        report.add("at once", {"processes": count}, call)
    return report


def at_once(
    report: Report, device: torch.device, count: int, px: int, scratch: Path
) -> Row:
    """Pictures a minute of a batch of so many processes on one device."""
    known = [row for row in report.found.get("at once", ()) if "seconds" in row]
    report.check_time(known[-1]["seconds"] if known else 15)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        portraits(Path(folder, "in"), EACH * count)
        words = [f"hardware.device={device}"]
        return measured(Path(folder), "pool", count, 1, px, words)


def same(report: Report) -> bool:
    """Whether the device does what the processor does, without TF32 at the least."""
    rows = [row for row in report.found["comparison"] if not row["tf32"]]
    return all(row.get("same", False) for row in rows)


def main() -> int:
    """Read the command line, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder, made if need be")
    add("--device", default="cuda", help="cuda, cuda:1, cpu")
    add("--sizes", type=int, nargs="+", default=SIZES, help="px")
    add("--at-once", type=int, nargs="*", default=AT_ONCE, help="numbers of processes")
    add("--seconds", type=float, default=480, help="for everything")
    add("--vgg", type=Path, help="VGG-19's weights; without them lite alone")
    arguments = parser.parse_args()
    try:
        if arguments.vgg is not None and not arguments.vgg.is_file():
            raise ValueError(f"there is no file {arguments.vgg} of VGG-19's weights")
        arguments.out.mkdir(parents=True, exist_ok=True)
        if any(arguments.out.iterdir()):
            raise ValueError(f"{arguments.out} holds something; name a new folder")
        with tempfile.TemporaryDirectory() as scratch:
            report = check(arguments, Path(scratch))
    except (ValueError, OSError) as error:
        print(f"gpu_check: {error}", file=sys.stderr)
        return 2
    print(arguments.out / "gpu_check.json")
    return 0 if same(report) else 1


if __name__ == "__main__":
    sys.exit(main())
