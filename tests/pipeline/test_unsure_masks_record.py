"""A run tells how far its masks were trusted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outcomes import record
from PIL import Image

from automask.images.image_files import read_image
from automask.masks.sources.sky import Sky


def landscape(name: str, above: tuple[int, ...]) -> None:
    """Save a picture of a rough green ground below a calm sky."""
    rng = np.random.default_rng(0)
    ground = rng.normal((60, 120, 40), 25, (48, 128, 3))
    sky = rng.normal(above, 3, (48, 128, 3))
    pixels = np.concatenate([sky, ground]).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(name)


@pytest.mark.usefixtures("photo")
def test_the_confidence_of_each_mask_is_on_record(automask):
    landscape("blue.png", (90, 130, 230))
    landscape("dull.png", (70, 110, 60))
    evidence = 0.6
    told = record(
        automask(
            *("content=blue.png", "style=dull.png", "size=128", "stage=masks"),
            *("masks=maps", "+masks/source@masks.sources.sky=sky"),
            f"masks.sources.sky.evidence={evidence}",
        )
    )
    expected = [
        Sky(evidence)(read_image(name, 128)).confidence[0]
        for name in ("blue.png", "dull.png")
    ]
    (sky,) = [mask for mask in told["masks"] if mask["name"] == "sky"]
    assert sky["confidence"]["content"] == pytest.approx(expected[0], abs=1e-3)
    assert sky["confidence"]["styles"] == pytest.approx([expected[1]], abs=1e-3)
    assert 0 < expected[1] < expected[0] == 1
    background = told["masks"][0]["confidence"]
    assert background == sky["confidence"]  # it is the rest of it
    assert list(Path("outputs").glob("*/masks/sheet.png"))
