"""What is measured of matches and of finished pictures."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
BANDS = ((0.7, 1.4), (1.4, 2.8), (2.8, 5.6))  # px; each the difference of two blurs


def unit_patches(features: Tensor, *, center: bool, size: int = 3) -> Tensor:
    """(1, C, h, w) to (patches, C size²) unit vectors.

    Args:
        features: Activations of one image.
        center: Whether the mean activation is taken off first.
        size: Side of a patch, cells.
    """
    if center:
        features = features - features.mean(dim=(2, 3), keepdim=True)
    return F.normalize(F.unfold(features.float(), size)[0].T, dim=1)


def matches(query: Tensor, key: Tensor) -> Tensor:
    """Row of the nearest of ``key`` for each row of ``query``."""
    parts = [(part @ key.T).argmax(dim=1) for part in query.split(1024)]
    return torch.cat(parts)


def match_quality(
    judge: tuple[Tensor, Tensor], chosen: Tensor, *, center: bool
) -> tuple[float, float]:
    """The judge's mean cosine of chosen matches, and of its own.

    Args:
        judge: Its (1, C, h, w) activations of content and style.
        chosen: For each content patch, the row of a style patch.
        center: Whether cosines leave out the mean activation.
    """
    query, key = (unit_patches(f, center=center) for f in judge)
    own = matches(query, key)
    first, second = ((query * key[m]).sum(dim=1).mean() for m in (chosen, own))
    return float(first), float(second)


def chroma_noise(image: Tensor) -> float:
    """Mean square of chroma above half the Nyquist frequency, (8-bit codes)².

    Args:
        image: (1, 3, H, W) in [0, 1].
    """
    red, green, blue = image[0] * 255
    luma = sum(w * c for w, c in zip(LUMA, (red, green, blue), strict=True))
    return fine_energy(torch.stack([(blue - luma) / 1.772, (red - luma) / 1.402]))


def fine_energy(planes: Tensor) -> float:
    """Mean square above half the Nyquist frequency, in the units of the planes.

    Args:
        planes: (C, H, W), of which the mean is taken.
    """
    height, width = planes.shape[1:]
    window = torch.hann_window(height)[:, None] * torch.hann_window(width)
    window = window / window.square().mean().sqrt()
    planes = (planes - planes.mean(dim=(1, 2), keepdim=True)) * window
    y, x = torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)
    high = (y.square() + x.square()).sqrt() > 0.25
    power = torch.fft.fft2(planes, norm="ortho").abs().square()
    return float((power * high).mean())


def stroke_energy(image: Tensor) -> Tensor:
    """(bands, H, W) squared luminance detail, fine to coarse.

    Args:
        image: (1, 3, H, W) in [0, 1].
    """
    luma = torch.einsum("c,bchw->bhw", torch.tensor(LUMA), image)[:, None]
    blurred = {sigma: _blur(luma, sigma) for band in BANDS for sigma in band}
    return torch.cat([(blurred[a] - blurred[b]).square()[0] for a, b in BANDS])


def smooth_areas(content: Tensor, share: float = 0.33) -> Tensor:
    """(H, W) bool: where the content itself has least detail."""
    detail = _blur(stroke_energy(content).sum(dim=0)[None, None], 6.0)[0, 0]
    return detail <= detail.flatten().quantile(share)


def _blur(image: Tensor, sigma: float) -> Tensor:
    reach = max(1, round(3 * sigma))
    taps = torch.arange(-reach, reach + 1.0)
    kernel = torch.exp(-taps.square() / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    image = F.pad(image, (reach,) * 4, mode="reflect")
    return F.conv2d(F.conv2d(image, kernel.view(1, 1, -1, 1)), kernel.view(1, 1, 1, -1))
