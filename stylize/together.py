"""Several threads paint at once, and their images go through one encoder as one batch.

Threads meet in plain Python, never within autograd: on a GPU one thread of autograd's
runs everybody's backward, and if one waited there none of the others would come. So
the activations that a thread gets are cut off from its image; it goes back to them by
itself, and from there on all go back together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from stylize.encoders.encoder import Encoder, Wrapper
from stylize.meeting import Meeting, Seat


class Severed(dict[str, Tensor]):
    """Activations at which backward stops, till it is told to go on to their image.

    Args:
        features: (1, C, h, w) leaves by layer.
        image: (1, 3, H, W) that they describe.
        slope: From the gradients that the leaves got to the image's.
    """

    def __init__(
        self,
        features: Mapping[str, Tensor],
        image: Tensor,
        slope: Callable[[Mapping[str, Tensor | None]], Tensor],
    ) -> None:
        super().__init__(features)
        self._image, self._slope = image, slope

    def pull(self) -> None:
        """Take the gradients of the activations on to the image, once."""
        self._image.backward(self._slope({k: each.grad for k, each in self.items()}))


class Together(Wrapper):
    """An encoder for several threads; those who come alike go through it at once.

    Args:
        encoder: That takes (B, 3, H, W).
        meeting: Of the threads; any other thread has the encoder to itself.
    """

    def __init__(self, encoder: Encoder, meeting: Meeting) -> None:
        super().__init__(encoder)
        self.meeting = meeting

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations of a (1, 3, H, W) image; severed if it wants a gradient."""
        seat = self.meeting.seat
        if seat is None or not layers:
            return self.encoder(image, layers)
        wanted = image.requires_grad and torch.is_grad_enabled()
        form = image.shape, image.dtype, image.device
        brought = seat, image.detach()

        def together(all_brought: Sequence[tuple[Seat, Tensor]]) -> list[Any]:
            return _passed(self.encoder, layers, wanted, all_brought)

        key = (id(self), *form, tuple(layers), wanted)
        if not wanted:
            found: dict[str, Tensor] = self.meeting(key, brought, together)
            return found
        batch, place = self.meeting(key, brought, together)
        leaves = {k: _row(f, place).detach() for k, f in batch.features.items()}
        for leaf in leaves.values():
            leaf.requires_grad_(True)

        def slope(grads: Mapping[str, Tensor | None]) -> Tensor:
            own: Tensor = self.meeting(
                id(batch), (place, grads), batch.slopes, awaits=batch.complete
            )
            return own

        return Severed(leaves, image, slope)


@dataclass(eq=False)
class _Batch:
    """Images that went through the encoder at once, and the graph to go back by."""

    images: Tensor
    features: dict[str, Tensor]
    seats: list[Seat]

    def complete(self, came: int) -> bool:
        """Whether all have come who still owe their gradients."""
        return came >= sum(seat.owes is self for seat in self.seats)

    def slopes(
        self, brought: Sequence[tuple[int, Mapping[str, Tensor | None]]]
    ) -> list[Tensor]:
        """Gradients of those images whose activations' gradients were brought."""
        for seat in self.seats:
            seat.owes = None
        ends, slopes = [], []
        for layer, features in self.features.items():
            slope = torch.zeros_like(features)
            for place, grads in brought:
                if (grad := grads[layer]) is not None:
                    _row(slope, place).copy_(grad)
            ends.append(features)
            slopes.append(slope)
        (total,) = torch.autograd.grad(ends, [self.images], slopes)
        return [_row(total, place) for place, _ in brought]


def _passed(
    encoder: Encoder,
    layers: Sequence[str],
    wanted: bool,
    brought: Sequence[tuple[Seat, Tensor]],
) -> list[Any]:
    """Each thread's batch and place in it, or its activations alone."""
    seats = [seat for seat, _ in brought]
    images = torch.cat([image for _, image in brought]).requires_grad_(wanted)
    with torch.set_grad_enabled(wanted):
        features = encoder(images, layers)
    places = range(len(seats))
    if not wanted:  # copies: a part of a batch would keep all of it in memory
        return [{k: _row(f, n).clone() for k, f in features.items()} for n in places]
    batch = _Batch(images, features, seats)
    for seat in seats:
        seat.owes = batch
    return [(batch, place) for place in places]


def _row(batch: Tensor, place: int) -> Tensor:
    return batch[place : place + 1]
