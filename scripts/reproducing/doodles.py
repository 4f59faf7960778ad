"""Maps that are drawn for the figures, so that nobody needs a download."""

from __future__ import annotations

from pathlib import Path

import yaml
from painting.fields import table
from PIL import Image, ImageDraw

from automask.config import embedded_style

MAPS = Path(__file__).with_name("maps.yaml")


def draw_all(folder: Path, size: int = 512) -> None:
    """Write ``vangogh_map.png`` and ``night_map.png``, as wide as ``size`` px."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(embedded_style("vangogh.jpg")) as style:
        shape = (size, round(size * style.height / style.width))
    for name in ("vangogh_map", "night_map"):
        draw(name, shape).save(folder / f"{name}.png")


def draw(name: str, size: tuple[int, int]) -> Image.Image:
    """The map of that name in flat colours, without soft edges."""
    known = yaml.safe_load(MAPS.read_text())
    picture = Image.new("RGB", size, known["colors"]["sky"])
    pencil = ImageDraw.Draw(picture)
    for region, points in known[name]:
        color, outline = known["colors"][region], table(points)
        places = outline[:, :2] * size
        if outline.shape[1] == 3:
            ((x, y),), radius = places, outline[0, 2] * size[0]
            pencil.circle((x, y), radius, color)
        else:
            pencil.polygon(places.ravel().tolist(), color)
    return picture
