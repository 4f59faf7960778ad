"""Stand-ins for the parts that take long: an encoder and a stylizer by name."""

from __future__ import annotations

import time
from dataclasses import dataclass

from stylize import LevelReport, Step, Stylized


@dataclass(frozen=True)
class Encoder:
    weights: str | None = None
    download: bool = False
    name: str = "standin"
    sha256: str = "0" * 64


@dataclass(frozen=True)
class Stylizer:
    """Returns its start, or the content, after a while or never."""

    encoder: Encoder
    gamma: float
    seconds: float = 0.0
    fails: str | None = None

    def __call__(
        self, content, styles, start=None, on_step=None, resume=None, save=None
    ):
        if self.seconds:
            print("painting", flush=True)
            time.sleep(self.seconds)
        if self.fails:
            raise {"memory": MemoryError, "unknown": ZeroDivisionError}[self.fails]("x")
        image = start if hasattr(start, "shape") else content.image
        height, width = image.shape[2:]
        if on_step is not None:
            on_step(Step(0, 1, 1, 1, image, {"mrf": 1.0}))
        report = LevelReport(
            height=height,
            width=width,
            iterations=1,
            seconds=0.1,
            losses={"mrf": 1.0},
            first_losses={"mrf": 2.0},
            searches=1,
            crossing={"relu3_1": 0.01},
        )
        return Stylized(image, (report,))
