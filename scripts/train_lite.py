r"""Train the embedded encoder to answer as VGG-19 does.

python scripts/train_lite.py --data photos paintings --teacher vgg19.pth --work work \
    --out first.safetensors --crops 8000 --steps 2000
python scripts/train_lite.py --data photos paintings --teacher vgg19.pth --work work \
    --out lite.safetensors --crops 10000 --moved-by first.safetensors --gradients 3000 \
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
from math import inf
from pathlib import Path
from time import perf_counter

import torch
from distilling.crops import Cropper, Pairs, find_pictures, hold_out, read_picture
from distilling.student import Training, untrained
from distilling.teacher_answers import Answers, Teacher, aligned, compute, principal
from distilling.teacher_gradients import Gradients, compute_gradients
from safetensors.torch import load_file, save_file
from torch import Tensor

from automask.pipeline.encoder_weights import lite, vgg19
from stylize.encoders.lite import Lite

DIRECTIONS = {"relu3_1": 96, "relu4_1": 128}  # kept on disk; the student learns fewer
HELD = 320  # crops for validation
SAMPLE = 640  # crops that the directions are found from
BATCH = 16
LEARNED = 0.45  # share of the schedule that a student that has learned skips


def prepare(arguments: argparse.Namespace) -> None:
    """Compute what the teacher says, as far as it is not on disk."""
    encoder, work = vgg19(str(arguments.teacher)), arguments.work

    def teacher(images: Tensor) -> dict[str, Tensor]:
        return encoder(images, list(DIRECTIONS))

    cropper, held = (
        Cropper([read_picture(file) for file in group])
        for group in hold_out(find_pictures(arguments.data))
    )
    moved = (
        Pairs(cropper, lite(str(arguments.moved_by))) if arguments.moved_by else None
    )

    def draw(entry: int) -> Tensor:
        if entry >= HELD and moved:
            return moved(entry)
        return (held if entry < HELD else cropper)(random.Random(entry))

    work.mkdir(parents=True, exist_ok=True)
    student = started(arguments.start) if arguments.start else None
    bases = find_bases(work / "projections.safetensors", cropper, teacher, student)
    paired, count = moved is not None, arguments.crops
    compute(work, draw, teacher, bases, count=count, paired=paired)
    if arguments.gradients:
        answers = Answers.open(work)
        wanted = {HELD: arguments.gradients, answers.singles(): arguments.near}
        for first, count in wanted.items():
            options = {"held": HELD, "first": first, "count": count}
            compute_gradients(answers, teacher, bases, **options)


@torch.no_grad()
def find_bases(
    file: Path, cropper: Cropper, teacher: Teacher, student: Lite | None = None
) -> dict[str, Tensor]:
    """The directions that are learned, from the file or found and written to it.

    A student that has learned before goes on with its own.
    """
    if not file.exists():
        crops = torch.stack([cropper(random.Random(-1 - n)) for n in range(SAMPLE)])
        maps = _joined(teacher, crops)
        found = {k: principal(maps[k], c) for k, c in DIRECTIONS.items()}
        if student is not None:
            given = _joined(lambda part: student(part, list(DIRECTIONS)), crops)
            found = {k: aligned(b, maps[k], given[k]) for k, b in found.items()}
        save_file(found, file)
    return load_file(file)


def _joined(network: Teacher, crops: Tensor) -> dict[str, Tensor]:
    maps = [network(part) for part in crops.split(BATCH)]
    return {layer: torch.cat([m[layer] for m in maps]) for layer in DIRECTIONS}


def started(file: Path) -> Lite:
    """The student of that file, to be trained on."""
    student = Lite()
    student.load_state_dict({k: w.float() for k, w in load_file(file).items()})
    return student


def train(
    work: Path, steps: int, out: Path, minutes: float, start: Path | None
) -> None:
    """Train to ``steps``; every few minutes save, validate, and write ``out``."""
    answers, checkpoint = Answers.open(work), work / "checkpoint.pt"
    training = Training(started(start) if start else untrained())
    if checkpoint.exists():
        training.load(checkpoint)
    elif start:
        training.step = int(LEARNED * steps)
    begun = -inf
    while training.step < steps:
        if begun == -inf:  # more of them may have come
            found = [Gradients.open(work, n) for n in (HELD, answers.singles())]
            training.gradients = [g for g in found if g] if all(found) else []
            begun = perf_counter()
        parts = training.advance(answers, steps, HELD)
        late = perf_counter() - begun > 60 * minutes
        if late or training.step == steps:
            training.save(checkpoint)
            weights = {k: w.half().contiguous() for k, w in training.average.items()}
            save_file(weights, out)
            figures = {"step": training.step, "crops": answers.state()["done"]}
            figures |= parts | training.validate(answers, HELD)
            print(json.dumps({k: round(v, 4) for k, v in figures.items()}), flush=True)
            begun = -inf


def main() -> None:
    """Read the command line; prepare, then train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--data", type=Path, nargs="+", required=True, help="folders of pictures")
    add("--teacher", type=Path, required=True, help="weights of VGG-19")
    add("--work", type=Path, required=True, help="folder of what the teacher says")
    add("--out", type=Path, required=True)
    add("--start", type=Path, help="a student to go on with")
    add("--crops", type=int, default=8000, help="in all")
    add("--moved-by", type=Path, help="the student that moves crops, in pairs")
    add("--gradients", type=int, default=0, help="to compute at single crops")
    add("--near", type=int, default=0, help="those at pairs")
    add("--steps", type=int, default=2000)
    add("--minutes", type=float, default=3, help="between checkpoints")
    add("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    prepare(arguments)
    out, start = arguments.out, arguments.start
    train(arguments.work, arguments.steps, out, arguments.minutes, start)


if __name__ == "__main__":
    main()
