"""The second pass over a piece: from its end back to its beginning.

What comes into view is but a sketch at first. Once it is painted in full it is carried
back to the frames before, so that it looks from the first as it will.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from automask.video.flow import motion
from automask.video.in_between import Frames
from automask.video.paint_layer import PaintLayer, followed, laid, repainted

CODES = 65535  # a painting is kept in 16 bits a channel
FORWARD, BACK = "forward {}", "back {}"


class Kept(Protocol):
    """What is kept of a piece's painting, so that a stopped one goes on."""

    def load(self, name: str) -> dict[str, Any] | None:
        """What was saved under a name."""

    def save(self, name: str, values: dict[str, Any]) -> None:
        """Keep plain values and tensors."""

    def drop(self, name: str) -> None:
        """Forget them."""


def keep(kept: Kept, name: str, image: Tensor, sketched: Tensor) -> None:
    """Keep a painting, (1, 3, H, W), and where it is but a sketch, (H, W)."""
    codes = (image * CODES).round().to(torch.int32).to(torch.uint16)
    kept.save(name, {"image": codes, "sketched": (sketched * 255).round().byte()})


def loaded(kept: Kept, name: str) -> tuple[Tensor, Tensor] | None:
    """What ``keep`` kept; None if there is nothing."""
    values = kept.load(name)
    if values is None:
        return None
    image = values["image"].to(torch.int32).float() / CODES
    return image, values["sketched"].float() / 255


def carry_back(frames: Frames, keys: Sequence[int], kept: Kept) -> Iterator[Tensor]:
    """Carry back what was painted in full, from the last key frame to the first.

    Args:
        frames: Of the piece.
        keys: Numbers of those that were painted; their paintings are kept.
        kept: Gets the better ones.

    Yields:
        Each of these once it is kept.
    """
    layer: PaintLayer | None = None
    for later, number in zip([None, *reversed(keys)], reversed(keys), strict=False):
        found = loaded(kept, FORWARD.format(number))
        assert found is not None
        image, sketched = found
        frame = frames[number]
        if layer is None or later is None:
            layer = laid(image, frame)
        else:
            layer, flow = followed(layer, frame, motion(frame, frames[later]))
            seen = flow.confidence[0, 0]
            image = torch.lerp(image, layer.painting, seen * (sketched > 0))
            # What was not in view later is painted as on the way forward.
            layer = repainted(
                layer, image, frame, 1 - seen * (sketched > 0), coat=False
            )
        keep(kept, BACK.format(number), image, sketched)
        yield image
