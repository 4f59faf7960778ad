"""Photographs, paintings, and what each method made of them, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contact_sheet import titled_sheet
from PIL import Image

from automask.images.image_files import read_image, write_image
from automask.masks.arrays import to_bytes
from evaluating.finished import SIDE
from evaluating.pairs import Pair

TILE = 256  # px


def write_sheet(
    file: Path, pairs: Iterable[Pair], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Write a line of pictures for each pair: photograph, painting, results.

    Args:
        file: Ends in .png or .jpg.
        pairs: Of the rows.
        rows: ``method``, ``pair``, and ``picture`` or why it ``failed``.

    Raises:
        ValueError: If a picture cannot be read.
        OSError: If a file cannot be read or written.
    """
    methods = [*dict.fromkeys(row["method"] for row in rows)]
    made = {(row["pair"], row["method"]): row for row in rows}
    shown = [pair for pair in pairs if any(row["pair"] == pair.name for row in rows)]
    cells = [
        [
            _picture(pair.photograph),
            _picture(pair.painting),
            *(_cell(made.get((pair.name, method), {})) for method in methods),
        ]
        for pair in shown
    ]
    columns = ["photograph", "painting", *methods]
    sheet = titled_sheet(cells, [pair.name for pair in shown], columns, side=TILE)
    pixels = torch.from_numpy(np.asarray(sheet, np.float32) / 255)
    write_image(file, pixels.permute(2, 0, 1)[None])


def _cell(row: Mapping[str, Any]) -> Image.Image | str:
    return _picture(row["picture"]) if "picture" in row else row.get("failed", "")


def _picture(file: Path) -> Image.Image:
    return Image.fromarray(to_bytes(read_image(file, SIDE)))
