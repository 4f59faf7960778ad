"""How far ahead the next key frame is: what is seen in between is seen there, too."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from automask.video.flow import Flow, inside, still, through

SIDE = 128  # px of the longer side at which this is judged
MISSED = 0.12  # of a frame in sight neither at the last key frame nor at the next
PASSING = 0.015  # of a frame that lies beyond both of them


@dataclass(frozen=True)
class Seen:
    """What of a frame is seen at the key frame before it, and later.

    Args:
        earlier: Motion from it to the last key frame.
        later: Motion from it to the last frame that was looked at.
    """

    earlier: Flow
    later: Flow

    @property
    def new(self) -> float:
        """Share of it that was not in sight at the last key frame."""
        return _share(_unsure(self.earlier))

    @property
    def missed(self) -> float:
        """Share of it that is in sight neither there nor at the last frame."""
        return _share(_unsure(self.earlier) & _unsure(self.later))

    @property
    def passing(self) -> float:
        """Share of it that lies beyond both of them."""
        return _share(_outside(self.earlier) & _outside(self.later))


def looked(window: tuple[Seen, ...], back: Flow, ahead: Flow) -> tuple[Seen, ...]:
    """The frames since the last key frame, one more looked at.

    Args:
        window: Those before it.
        back: Motion from it to the frame before.
        ahead: Motion from that to it.
    """
    back, ahead = small(back), small(ahead)
    before = tuple(Seen(s.earlier, through(s.later, ahead)) for s in window)
    earlier = through(back, window[-1].earlier) if window else back
    return (*before, Seen(earlier, still(back.confidence)))


def key_of(window: tuple[Seen, ...], *, most: int, much: float) -> int | None:
    """Index of the frame that becomes the next key frame; None: look on.

    Args:
        window: The frames since the last one.
        most: Frames from one to the next.
        much: Share of a frame; if more of it is new, it is the next.
    """
    for lost, bound in (
        ([seen.passing for seen in window], PASSING),
        ([seen.missed for seen in window], MISSED),
    ):
        worst = max(range(len(window)), key=lost.__getitem__)
        if lost[worst] > bound:
            return worst
    if len(window) >= most or window[-1].new > much:
        return len(window) - 1
    return None


def _unsure(flow: Flow) -> Tensor:
    return flow.confidence[0, 0] < 0.5


def _outside(flow: Flow) -> Tensor:
    return inside(flow.vectors)[0, 0] < 0.5


def _share(where: Tensor) -> float:
    return float(where.float().mean())


def small(flow: Flow) -> Flow:
    """A flow at the size at which frames are looked at."""
    height, width = flow.vectors.shape[2:]
    scale = min(1.0, SIDE / max(height, width))
    if scale == 1:
        return flow
    size = max(1, round(height * scale)), max(1, round(width * scale))
    vectors, sure = (
        F.interpolate(planes, size, mode="area")
        for planes in (flow.vectors, flow.confidence)
    )
    return Flow(vectors * scale, sure)
