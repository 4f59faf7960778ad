"""Numbers that a device works out: known at once on a CPU, later on a GPU."""

from __future__ import annotations

import torch
from torch import Tensor


def at_once(x: Tensor) -> bool:
    """Whether reading a number of this tensor's device costs nothing."""
    return x.device.type == "cpu"


class Later:
    """A number that is copied as soon as it is known, and read a step later.

    Reading it then waits for what came before it alone, not for all that the device has
    been told to do since.

    Args:
        number: () on any device.
    """

    def __init__(self, number: Tensor) -> None:
        self.copy = number.to("cpu", non_blocking=number.is_cuda)
        self.copied = (
            torch.cuda.current_stream(number.device).record_event()
            if number.is_cuda
            else None
        )

    def __bool__(self) -> bool:
        """Whether it is not 0."""
        if self.copied is not None:
            self.copied.synchronize()
        return bool(self.copy)
