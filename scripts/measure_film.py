"""Paint clips of known motion as films, and measure how they flicker and hold.

python scripts/measure_film.py                                  # all clips, 256 px
python scripts/measure_film.py pan person --frames 60 --side 512
python scripts/measure_film.py pan --passes 2 --out sheets --set style=vangogh

Of each clip three films are made: ours, each frame painted alone, and the first
painting carried along alone. Their figures:

flicker   mean change of a pixel in [0, 1] from frame to frame beside the exact motion,
          of what is seen in both
strayed   the same from the first frame to the last
style, struct, sharp   mean of every tenth frame and of the last, as docs/evaluation.md
          has them; then of the first and of the last alone
seconds   of one core, a frame

--out keeps CLIP_strip.png, rows of frames: the clip, alone, carried, ours;
CLIP_changes.png, four times the change from the frame before; and CLIP_slices.png, one
row of pixels over time of the same.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from statistics import mean

import cv2
import numpy as np
import torch
from evaluating.finished import LAYERS, sharpness, structure, style_distance
from filming.clips import NAMES, PlantedClip, clip
from filming.ways import Film, alone, carried, film
from PIL import Image
from torch import Tensor

from automask.cli.command_line import rewrite
from automask.cli.compose import composed
from automask.config import register
from automask.images.image_files import in_8_bits, read_image
from automask.pipeline.encoder_weights import lite
from automask.video.flow import warp
from automask.video.painting import Passes, film_painter

TENTH = 10  # each so manieth frame is looked at


def main() -> None:
    """Read the command line, paint, measure, print, write the sheets."""
    arguments = _parser().parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    logging.disable(logging.WARNING)  # what is left out of each frame's masks
    register()
    words = ["style=monet", "content=astronaut", "quiet=true", *arguments.set]
    config = composed(rewrite(words))
    how = Passes(arguments.every, arguments.passes)
    for name in arguments.clips or NAMES:
        frames = clip(name, arguments.side, arguments.frames)
        painter = film_painter(config, frames[0])
        films = {"alone": alone(painter, frames)}
        films["carried"] = carried(films["alone"].images[0], frames)
        films["ours"] = film(painter, frames, how)
        for way, made in films.items():
            figures = measured(made, frames, read_image(config.style.image, 512))
            print(f"{name:9} {way:8} {figures}", flush=True)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            rows = [[frames[n] for n in range(len(frames))]]
            rows += [made.images for made in films.values()]
            strip(rows).save(arguments.out / f"{name}_strip.png")
            strip([changes(row) for row in rows]).save(
                arguments.out / f"{name}_changes.png"
            )
            slices(rows).save(arguments.out / f"{name}_slices.png")


def measured(made: Film, frames: PlantedClip, style: Tensor) -> str:
    """The figures of a film as a line."""
    last = len(frames) - 1
    flicker = mean(strayed(made.images, frames, n, n - 1) for n in range(1, last + 1))
    numbers = sorted({*range(0, last + 1, TENTH), last})
    shown = [picture(made.images[n], frames[n], style) for n in numbers]
    columns = [
        f"{name} {mean(each[name] for each in shown):.3f} "
        f"({shown[0][name]:.3f} {shown[-1][name]:.3f})"
        for name in shown[0]
    ]
    return (
        f"flicker {flicker:.4f}  strayed {strayed(made.images, frames, last, 0):.4f}  "
        f"{'  '.join(columns)}  seconds {mean(made.seconds):.2f}"
    )


def strayed(images: list[Tensor], frames: PlantedClip, now: int, before: int) -> float:
    """Mean difference of two paintings beside the exact motion between them."""
    seen = frames.visible(now, before)
    change = images[now] - warp(images[before], frames.flow(now, before)).clamp(0, 1)
    return float(change.abs().mean(dim=1)[0][seen].mean())


@torch.no_grad()
def picture(image: Tensor, frame: Tensor, style: Tensor) -> dict[str, float]:
    """Style, structure and sharpness of one painting."""
    judge, height, width = lite(), *image.shape[2:]
    scale = max(height, width) / max(style.shape[2:])
    size = [round(side * scale) for side in style.shape[2:]]
    painting = torch.nn.functional.interpolate(
        style, size, mode="bicubic", antialias=True
    ).clamp(0, 1)
    ours, theirs = (judge(each, LAYERS["lite"]) for each in (image, painting))
    found = {
        "style": style_distance(ours, theirs),
        "struct": structure(image, frame),
        "sharp": sharpness(image, painting),
    }
    return {name: value or 0.0 for name, value in found.items()}


def strip(rows: list[list[Tensor]]) -> Image.Image:
    """Every tenth frame of each film, film below film."""
    lines = [np.concatenate([pixels(i) for i in row[::TENTH]], axis=1) for row in rows]
    return Image.fromarray(np.concatenate(lines))


def changes(row: list[Tensor]) -> list[Tensor]:
    """Four times how much each frame differs from the one before."""
    pairs = zip(row, [row[0], *row], strict=False)
    return [(4 * (now - before).abs()).clamp(0, 1) for now, before in pairs]


def slices(rows: list[list[Tensor]]) -> Image.Image:
    """A row of pixels a third from above, time going down, film beside film."""
    films = []
    for row in rows:
        third = row[0].shape[2] // 3
        lines = [pixels(image)[third : third + 1].repeat(4, axis=0) for image in row]
        films.append(np.concatenate(lines))
    return Image.fromarray(np.concatenate(films, axis=1))


def pixels(image: Tensor) -> np.ndarray:
    """(H, W, 3) 8-bit codes."""
    return np.asarray(in_8_bits(image))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("clips", nargs="*", metavar="CLIP", help=f"{', '.join(NAMES)}; all by default")
    add("--frames", type=int, default=60)
    add("--side", type=int, default=256, help="px of a frame")
    add("--every", type=int, default=24)
    add("--passes", type=int, default=1)
    add("--set", nargs="*", default=[], help="keys of a run")
    add("--out", type=Path, help="folder for the sheets")
    return parser


if __name__ == "__main__":
    main()
