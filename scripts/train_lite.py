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
from distilling.targets import Projection, Targets, Teacher, compute, principal
from distilling.training import Training, shipped, untrained
from safetensors.torch import load_file, save_file
from torch import Tensor

from automask.encoders import lite, vgg19
from stylize.lite import CHANNELS

DIRECTIONS = {"relu3_1": 96, "relu4_1": 128}  # kept on disk; the student learns fewer
HELD = 320  # crops for validation
SAMPLE = 640  # crops that the directions are found from
BATCH = 16


def prepare(
    data: list[Path],
    teacher_file: Path,
    work: Path,
    *,
    crops: int,
    mover: Path | None = None,
    slopes: int = 0,
) -> None:
    """Compute what the teacher says, as far as it is not on disk.

    Args:
        data: Folders of pictures.
        teacher_file: Of VGG-19.
        work: For :class:`Targets` and :class:`Slopes`.
        crops: How many, those on disk included.
        mover: A student trained so far; the crops still missing come in pairs, one as
            it is and one moved along this student's gradient.
        slopes: Number of crops whose gradients are computed too.
    """
    encoder = vgg19(str(teacher_file))

    def teacher(images: Tensor) -> dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16):
            return encoder(images, list(DIRECTIONS))

    files, held = hold_out(find_pictures(data))
    cropper, held_cropper = (
        Cropper([read_picture(file) for file in group]) for group in (files, held)
    )
    work.mkdir(parents=True, exist_ok=True)
    projections = find_projections(work / "projections.safetensors", cropper, teacher)
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
        compute_slopes(
            Targets.open(work), teacher, projections, CHANNELS, first=HELD, count=slopes
        )


@torch.no_grad()
def find_projections(
    file: Path, cropper: Cropper, teacher: Teacher
) -> dict[str, Projection]:
    """The directions that are learned, from the file or found and written to it."""
    if not file.exists():
        crops = torch.stack([cropper(random.Random(-1 - n)) for n in range(SAMPLE)])
        maps = [teacher(part) for part in crops.split(BATCH)]
        found = {k: principal([m[k] for m in maps], c) for k, c in DIRECTIONS.items()}
        save_file(found, file)
    return {k: Projection(basis) for k, basis in load_file(file).items()}


def _plain(cropper: Cropper, entry: int) -> Tensor:
    return cropper(random.Random(entry))


def train(work: Path, steps: int, out: Path, minutes: float) -> None:
    """Train to ``steps``; every few minutes save, validate, and write ``out``."""
    targets, checkpoint = Targets.open(work), work / "checkpoint.pt"
    training = Training(untrained())
    if checkpoint.exists():
        training.load(checkpoint)
    begun = -inf
    while training.step < steps:
        if begun == -inf:  # more of them may have come
            begun, training.slopes = perf_counter(), Slopes.open(work, HELD)
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
    parser.add_argument("--crops", type=int, default=8000)
    parser.add_argument("--moved-by", type=Path, help="the student that moves crops")
    parser.add_argument("--slopes", type=int, default=0, help="gradients to compute")
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
        mover=arguments.moved_by,
        slopes=arguments.slopes,
    )
    train(
        arguments.work,
        arguments.steps,
        arguments.out,
        arguments.minutes,
    )


if __name__ == "__main__":
    main()
