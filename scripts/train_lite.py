r"""Train the embedded encoder to answer as VGG-19 does.

python scripts/train_lite.py --data photos paintings --teacher vgg19.pth --work work \
    --out first.safetensors --crops 8000 --steps 2000
python scripts/train_lite.py --data photos paintings --teacher vgg19.pth --work work \
    --out lite.safetensors --crops 10000 --moved-by first.safetensors --slopes 3000 \
    --steps 10000

The first command teaches the values. The second adds crops that painting with the first
result has moved, and the teacher's gradients, and trains on. Each goes on where it was
stopped; a larger --steps trains on. What the teacher says is computed once and takes
0.5 MB of disk a crop and 0.15 MB a gradient.
"""

from __future__ import annotations

import argparse
import json
import random
from functools import partial
from math import inf
from pathlib import Path
from time import perf_counter

import torch
from distilling.crops import Cropper, find_pictures, hold_out, read_picture
from distilling.moved import Pairs
from distilling.slopes import Slopes, compute_slopes
from distilling.targets import (
    Projection,
    Targets,
    Teacher,
    aligned,
    compute,
    principal,
)
from distilling.training import Training, shipped, started, untrained
from safetensors.torch import load_file, save_file
from torch import Tensor

from automask.pipeline.encoder_weights import lite, vgg19
from stylize.encoders.lite import CHANNELS, Lite

DIRECTIONS = {"relu3_1": 96, "relu4_1": 128}  # kept on disk; the student learns fewer
HELD = 320  # crops for validation
SAMPLE = 640  # crops that the directions are found from
BATCH = 16
LEARNED = 0.45  # share of the schedule that a student that has learned skips


def prepare(
    data: list[Path],
    teacher_file: Path,
    work: Path,
    *,
    crops: int,
    painted: list[Path],
    start: Path | None = None,
    without: str | None = None,
    mover: Path | None = None,
    slopes: int = 0,
    near: int = 0,
) -> None:
    """Compute what the teacher says, as far as it is not on disk.

    Args:
        data: Folders of pictures.
        teacher_file: Of VGG-19.
        work: For :class:`Targets` and :class:`Slopes`.
        crops: How many, those on disk included.
        painted: Folders of further pictures, painted with an earlier student.
        start: What training begins with, if not at random.
        without: A convolution of it that is left out.
        mover: A student trained so far; the crops still missing come in pairs, one as
            it is and one moved along this student's gradient.
        slopes: Number of single crops whose gradients are computed too.
        near: Number of crops of pairs of which they are.
    """
    encoder = vgg19(str(teacher_file))

    def teacher(images: Tensor) -> dict[str, Tensor]:
        return encoder(images, list(DIRECTIONS))

    files, held = hold_out(find_pictures(data))
    files += find_pictures(painted) if painted else []
    cropper, held_cropper = (
        Cropper([read_picture(file) for file in group]) for group in (files, held)
    )
    work.mkdir(parents=True, exist_ok=True)
    known = started(start, without) if start else None
    projections = find_projections(
        work / "projections.safetensors", cropper, teacher, known
    )
    compute(
        work,
        Pairs(cropper, lite(str(mover))) if mover else partial(_plain, cropper),
        partial(_plain, held_cropper),
        teacher,
        projections,
        count=crops,
        validation=HELD,
        paired=mover is not None,
    )
    if slopes:
        targets = Targets.open(work)
        for first, count in ((HELD, slopes), (targets.singles(), near)):
            options = {"held": HELD, "first": first, "count": count}
            compute_slopes(targets, teacher, projections, CHANNELS, **options)


@torch.no_grad()
def find_projections(
    file: Path, cropper: Cropper, teacher: Teacher, known: Lite | None = None
) -> dict[str, Projection]:
    """The directions that are learned, from the file or found and written to it.

    A student that has learned before goes on with its own.
    """
    if not file.exists():
        crops = torch.stack([cropper(random.Random(-1 - n)) for n in range(SAMPLE)])
        maps = [teacher(part) for part in crops.split(BATCH)]
        found = {k: principal([m[k] for m in maps], c) for k, c in DIRECTIONS.items()}
        if known is not None:
            given = [known(part, list(DIRECTIONS)) for part in crops.split(BATCH)]
            for layer, basis in found.items():
                answers = [features[layer] for features in given]
                found[layer] = aligned(basis, [m[layer] for m in maps], answers)
        save_file(found, file)
    return {k: Projection(basis) for k, basis in load_file(file).items()}


def _plain(cropper: Cropper, entry: int) -> Tensor:
    return cropper(random.Random(entry))


def train(
    work: Path,
    steps: int,
    out: Path,
    minutes: float,
    start: Path | None = None,
    without: str | None = None,
) -> None:
    """Train to ``steps``; every few minutes save, validate, and write ``out``."""
    targets, checkpoint = Targets.open(work), work / "checkpoint.pt"
    training = Training(started(start, without) if start else untrained())
    if checkpoint.exists():
        training.load(checkpoint)
    elif start:
        training.step = int(LEARNED * steps)
    begun = -inf
    while training.step < steps:
        if begun == -inf:  # more of them may have come
            found = [Slopes.open(work, n) for n in (HELD, targets.singles())]
            training.slopes = [s for s in found if s] if all(found) else []
            begun = perf_counter()
        parts = training.advance(targets, steps, HELD)
        late = perf_counter() - begun > 60 * minutes
        if late or training.step == steps:
            training.save(checkpoint)
            save_file(shipped(training.average), out)
            figures = {"step": training.step, "crops": targets.state()["done"]}
            figures |= parts | training.validate(targets, HELD)
            rounded = {k: round(v, 4) for k, v in figures.items()}
            print(json.dumps(rounded), flush=True)
            begun = -inf


def main() -> None:
    """Read the command line; prepare, then train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--painted", type=Path, nargs="*", default=[])
    parser.add_argument("--start", type=Path, help="a student to go on with")
    parser.add_argument("--without", help="a convolution of it to do without")
    parser.add_argument("--crops", type=int, default=8000)
    parser.add_argument("--moved-by", type=Path, help="the student that moves crops")
    parser.add_argument("--slopes", type=int, default=0, help="gradients to compute")
    parser.add_argument("--near", type=int, default=0, help="those at pairs")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=3, help="between checkpoints")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    prepare(
        arguments.data,
        arguments.teacher,
        arguments.work,
        crops=arguments.crops,
        painted=arguments.painted,
        start=arguments.start,
        without=arguments.without,
        mover=arguments.moved_by,
        slopes=arguments.slopes,
        near=arguments.near,
    )
    train(
        arguments.work,
        arguments.steps,
        arguments.out,
        arguments.minutes,
        arguments.start,
        arguments.without,
    )


if __name__ == "__main__":
    main()
