"""The frames of a piece as they are carried, kept till they are done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from automask.video.flow import Flow

FRAME, KEY = "frame {}", "key {}"
CODES = 65535  # a painting is kept in 16 bits a channel
STEPS = 32  # of a pixel, in which motion is kept


class Frames(Protocol):
    """Frames by number, (1, 3, H, W) in [0, 1]."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Tensor: ...


class Kept(Protocol):
    """What is kept of a piece's painting, so that a stopped one goes on."""

    def load(self, name: str) -> dict[str, Any] | None:
        """What was saved under a name."""

    def save(self, name: str, values: dict[str, Any]) -> None:
        """Keep plain values and tensors."""

    def drop(self, name: str) -> None:
        """Forget them."""


@dataclass(frozen=True)
class CarriedFrame:
    """A frame with the painting that was carried to it.

    Args:
        image: (1, 3, H, W) the painting in [0, 1].
        unpainted: (H, W) in [0, 1] what was not in sight at the key frame.
        unlike: (H, W) in [0, 1] how far the frame differs from what the paint was laid
            on.
        ahead: Motion to it from the frame before.
    """

    image: Tensor
    unpainted: Tensor
    unlike: Tensor
    ahead: Flow

    def save(self, kept: Kept, number: int) -> None:
        """Keep it in few bytes."""
        shares = self.unpainted, self.unlike, self.ahead.confidence[0, 0]
        values = {
            "image": _codes(self.image).to(torch.int32).to(torch.uint16),
            "vectors": (self.ahead.vectors * STEPS).round().to(torch.int16),
            "shares": (torch.stack(shares) * 255).round().byte(),
        }
        kept.save(FRAME.format(number), values)


def carried_frame(kept: Kept, number: int) -> CarriedFrame:
    """A frame that was kept."""
    values = kept.load(FRAME.format(number))
    assert values is not None
    image = values["image"].to(torch.int32).float() / CODES
    unpainted, unlike, sure = values["shares"].float() / 255
    ahead = Flow(values["vectors"].float() / STEPS, sure[None, None])
    return CarriedFrame(image, unpainted, unlike, ahead)


def rounded(image: Tensor) -> Tensor:
    """An image as it is after it was kept."""
    return _codes(image) / CODES


def _codes(image: Tensor) -> Tensor:
    return (image * CODES).round()
