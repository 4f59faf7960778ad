"""One JSON file that grows section by section within a budget of time, and pictures."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from automask.images.image_files import write_image
from stylize.pyramid import resize

Row = dict[str, Any]
PICTURES, SIDE = 8, 1024  # kept at most, and px of their longer side
BYTES = 16 * 2**20  # of all files together


class OutOfTime(RuntimeError):
    """A section that there is no time left for."""


@dataclass
class Report:
    """What was found; it is on the disk after each section.

    Args:
        folder: For the JSON file and the pictures.
        seconds: For everything.
        found: Rows by section.
    """

    folder: Path
    seconds: float
    found: dict[str, list[Row]] = field(default_factory=dict)
    begun: float = field(default_factory=time.monotonic)
    pictures: list[str] = field(default_factory=list)

    @property
    def left(self) -> float:
        """Seconds."""
        return self.seconds - (time.monotonic() - self.begun)

    def add(self, section: str, what: Row, measure: Callable[[], Row]) -> Row:
        """Measure, and write what was found, or why nothing was.

        Args:
            section: Where the row belongs.
            what: Says what is measured.
            measure: Finds the rest of the row.
        """
        begun = time.monotonic()
        try:
            if self.left <= 0:
                raise OutOfTime(f"the {self.seconds:g} s are over")
            row = what | measure()
        except (OutOfTime, ImportError, ValueError, RuntimeError, SystemExit) as error:
            row = what | {"skipped": " ".join(str(error).split())}
        row["section_s"] = round(time.monotonic() - begun, 2)
        self.found.setdefault(section, []).append(row)
        self.write()
        words = "  ".join(f"{k} {_shown(v)}" for k, v in row.items())
        print(f"{section}: {words}", file=sys.stderr, flush=True)
        return row

    def check_time(self, needed: float) -> None:
        """Raise OutOfTime if so many seconds are not left."""
        if needed > self.left:
            raise OutOfTime(
                f"needs about {needed:.0f} s, and {max(self.left, 0):.0f} s are left"
            )

    def keep(self, name: str, image: Tensor) -> None:
        """Keep a (1, 3, H, W) picture, smaller if need be, while there is room."""
        if len(self.pictures) == PICTURES:
            return
        height, width = image.shape[2:]
        factor = min(1.0, SIDE / max(height, width))
        small = resize(image.cpu(), round(height * factor), round(width * factor))
        path = self.folder / f"{name}.jpg"
        write_image(path, small)
        if self._bytes() > BYTES:
            path.unlink()
        else:
            self.pictures.append(path.name)

    def write(self) -> None:
        """Write the file whole, so that no reader finds half of it."""
        path = self.folder / "gpu_check.json"
        part = path.with_suffix(".part")
        text = {"sections": self.found, "pictures": self.pictures}
        part.write_text(json.dumps(text, indent=1) + "\n")
        os.replace(part, path)

    def _bytes(self) -> int:
        return sum(each.stat().st_size for each in self.folder.iterdir())


def machine(device: torch.device) -> Row:
    """What the figures are from."""
    row: Row = {"torch": torch.__version__, "device": str(device)}
    row["processors"] = len(os.sched_getaffinity(0))
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        row |= {"card": card.name, "mib": card.total_memory // 2**20}
        row |= {"cuda": torch.version.cuda, "tf32": torch.backends.cudnn.allow_tf32}
    return row


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
