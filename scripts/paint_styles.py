"""Paint the style images that ship with automask.

python scripts/paint_styles.py                              # all of them
python scripts/paint_styles.py monet portrait --out /tmp/x  # two, elsewhere
"""

import argparse
import importlib
import time
from pathlib import Path

import cv2
import numpy as np
from painting.fields import Array

NAMES = ("monet", "vangogh", "seurat", "hokusai", "portrait")
LARGEST = 250_000  # bytes of one committed JPEG
SEED = 7


def encode(picture: Array, largest: int = LARGEST) -> bytes:
    """JPEG of (H, W, 3) in [0, 1] at the best quality that fits, in bytes."""
    pixels = np.rint(picture[..., ::-1] * 255).astype(np.uint8)
    for quality in range(95, 40, -1):
        flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        data = cv2.imencode(".jpg", pixels, flags)[1].tobytes()
        if len(data) <= largest:
            return data
    raise ValueError(f"the picture does not fit {largest} bytes: {picture.shape}")


def paint(name: str) -> Array:
    """The style image of that name, (H, W, 3) in [0, 1]."""
    cv2.setRNGSeed(SEED)
    study = importlib.import_module(f"painting.{name}_study")
    return study.paint(np.random.default_rng(SEED))


def main() -> None:
    """Paint the named styles and write them as JPEG."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=", ".join(NAMES))
    parser.add_argument("--out", type=Path, default=Path("automask/styles"))
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"no style {sorted(unknown)}; there are {', '.join(NAMES)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.names or NAMES:
        start = time.perf_counter()
        data = encode(paint(name))
        (arguments.out / f"{name}.jpg").write_bytes(data)
        seconds = time.perf_counter() - start
        print(f"{name}: {len(data) / 1000:.0f} kB, {seconds:.1f} s")


if __name__ == "__main__":
    main()
