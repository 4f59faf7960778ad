"""Operations that come out alike, to the last bit, on any number of threads.

torch splits a sum to one number among its threads and adds up what each found, so that
its last bits tell how many there were; sums along one dimension are not split. It
splits elementwise operations anywhere, and takes each part's last few elements one by
one, for which exp is another function than for those in a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

GRAIN = 32768  # elements that torch gives to a thread at least
VECTOR = 64  # elements that it takes at a time, or a multiple of those


def elementwise(operation: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """What an elementwise operation makes of tensors of one shape.

    Args:
        operation: Takes parts of the inputs, flat, and ``out``.
        inputs: The output has the first one's shape, type and order in memory.
    """
    channels_last = _is_channels_last(inputs[0])
    order = torch.channels_last if channels_last else torch.contiguous_format
    dense = [each.contiguous(memory_format=order) for each in inputs]
    result = torch.empty_like(dense[0])
    flat = [_in_memory(each).flatten() for each in (*dense, result)]
    threads, size = torch.get_num_threads(), result.numel()
    step = VECTOR * threads if size >= GRAIN * threads else GRAIN
    middle = size - size % step  # what threads split between vectors; then the rest
    for part in (slice(middle), slice(middle, None)):
        operation(*(each[part] for each in flat[:-1]), out=flat[-1][part])
    return result


def total(x: Tensor) -> Tensor:
    """() the sum of all elements."""
    x = _in_memory(x)
    for _ in range(x.dim()):
        x = x.sum(dim=-1)
    return x


def mean(x: Tensor) -> Tensor:
    """() the mean of all elements."""
    return total(x) / x.numel()


def dot(x: Tensor, y: Tensor) -> Tensor:
    """() the inner product of two tensors of one shape."""
    return total(torch.linalg.vecdot(x, y))


def inverse_size(maps: Sequence[Tensor]) -> float:
    """1 / root mean square over all elements of some tensors."""
    squares = sum(float(total(each.float().square())) for each in maps)
    count = sum(each.numel() for each in maps)
    return max(squares / count, 1e-12) ** -0.5


def _in_memory(x: Tensor) -> Tensor:
    """The dimensions in the order of memory."""
    return x.permute(0, 2, 3, 1) if _is_channels_last(x) else x


def _is_channels_last(x: Tensor) -> bool:
    return x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)
