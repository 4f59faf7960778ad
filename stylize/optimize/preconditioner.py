"""A preconditioner over the frequencies of an image."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from stylize.deterministic import elementwise, mean

SMALL = 64  # columns up to which real transforms differ with the number of threads


def preconditioner(image: Tensor, exponent: float) -> Callable[[Tensor], Tensor]:
    """A symmetric linear filter that multiplies frequency f by f ** (-exponent / 2).

    Its gains are one on average, and the mean gets that of one wave across the longer
    side. Applied to a gradient and to the step that is made of it, each frequency moves
    f ** -exponent as far: a preconditioner for energies whose curvature grows with the
    frequency, as that of Bramble, Pasciak & Xu (1990) is. Borders wrap around.

    Args:
        image: (…, H, W), floating; whose size, type and device what is filtered has.
        exponent: 0 leaves all as it is.
    """
    if not exponent:
        return lambda x: x
    height, width = image.shape[-2:]
    y = torch.fft.fftfreq(height, device=image.device, dtype=image.dtype)
    whole = width <= SMALL
    columns = torch.fft.fftfreq if whole else torch.fft.rfftfreq
    x = columns(width, device=image.device, dtype=image.dtype)
    frequency = torch.hypot(y[:, None], x).clamp_min(1 / max(height, width))
    gains = elementwise(partial(torch.pow, exponent=-exponent / 2), frequency)
    gains /= mean(gains)

    def precondition(x: Tensor) -> Tensor:
        if whole:
            return torch.fft.ifft2(torch.fft.fft2(x).mul_(gains)).real
        return torch.fft.irfft2(torch.fft.rfft2(x).mul_(gains), s=(height, width))

    return precondition
