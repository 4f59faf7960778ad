"""Maps that are drawn for the figures, so that nobody needs a download."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from automask.config import embedded_style

SKY, STARS, BUSHES, WHEAT, CYPRESS = (
    "#3050ff",
    "#ffe000",
    "#80c0a0",
    "#ff8000",
    "#00a000",
)
Points = Sequence[tuple[float, float]]
Shape = tuple[str, Points]
"""A colour and a polygon in shares of width and height; one point and a radius, both
in shares of the width, are a disc."""

VANGOGH: tuple[Shape, ...] = (
    (BUSHES, ((0, 0.67), (0.3, 0.69), (0.6, 0.68), (1, 0.65), (1, 0.78), (0, 0.78))),
    (WHEAT, ((0, 0.72), (0.25, 0.745), (0.55, 0.725), (1, 0.73), (1, 1), (0, 1))),
    *(
        (STARS, ((x, y), (r, 0)))
        for x, y, r in (
            (0.09, 0.115, 0.045),
            (0.25, 0.075, 0.04),
            (0.225, 0.285, 0.085),
            (0.39, 0.2, 0.035),
            (0.545, 0.08, 0.05),
            (0.725, 0.065, 0.035),
            (0.675, 0.245, 0.035),
            (0.94, 0.1, 0.05),
            (0.935, 0.345, 0.045),
            (0.09, 0.39, 0.035),
        )
    ),
    (
        CYPRESS,
        (
            (0.82, 0.1),
            (0.79, 0.22),
            (0.755, 0.45),
            (0.735, 0.7),
            (0.71, 1),
            (0.93, 1),
            (0.91, 0.72),
            (0.89, 0.5),
            (0.855, 0.22),
        ),
    ),
)
"""The regions of the embedded style vangogh."""
NIGHT: tuple[Shape, ...] = (
    (BUSHES, ((0, 0.52), (0.2, 0.5), (0.5, 0.62), (1, 0.55), (1, 0.8), (0, 0.8))),
    (
        WHEAT,
        ((0, 0.6), (0.2, 0.58), (0.5, 0.7), (0.8, 0.67), (1, 0.62), (1, 1), (0, 1)),
    ),
    (STARS, ((0.74, 0.22), (0.13, 0))),
    (STARS, ((0.47, 0.12), (0.04, 0))),
    (STARS, ((0.5, 0.4), (0.035, 0))),
    (STARS, ((0.08, 0.12), (0.045, 0))),
    (CYPRESS, ((0.2, 0.08), (0.12, 0.5), (0.09, 0.95), (0.32, 0.95), (0.28, 0.5))),
    (CYPRESS, ((0.4, 0.3), (0.36, 0.6), (0.35, 0.85), (0.47, 0.85), (0.44, 0.6))),
)
"""Another night, as a doodle."""


def draw_all(folder: Path, size: int = 512) -> None:
    """Write ``vangogh_map.png`` and ``night_map.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(embedded_style("vangogh.jpg")) as style:
        shape = (size, round(size * style.height / style.width))
    draw(VANGOGH, shape).save(folder / "vangogh_map.png")
    draw(NIGHT, shape).save(folder / "night_map.png")


def draw(shapes: Sequence[Shape], size: tuple[int, int]) -> Image.Image:
    """Flat colours, the later shapes over the earlier ones; without soft edges."""
    picture = Image.new("RGB", size, SKY)
    pencil, (width, height) = ImageDraw.Draw(picture), size
    for color, points in shapes:
        if len(points) == 2:
            (x, y), (radius, _) = points
            middle = x * width, y * height
            box = [m + s * radius * width for s in (-1, 1) for m in middle]
            pencil.ellipse(box, fill=color)
        else:
            pencil.polygon([(x * width, y * height) for x, y in points], fill=color)
    return picture
