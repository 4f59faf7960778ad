"""A network that paints in one style at one pass, each region in its own paint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylize.deterministic import elementwise

WIDTHS = (16, 32, 64)  # channels at full size, at a half and at a quarter
BLOCKS = 4
STRIDE = 4
REACH = 48  # px beyond a pixel, and a few more, that it is painted by
EPSILON = 1e-4  # variance that an instance norm takes for none

Moments = tuple[Tensor, Tensor]
"""(1, C, 1, 1) mean and inverse standard deviation of a layer's channels."""


class Norm(nn.Module):
    """Instance norm whose scale and shift depend on the region.

    Conditional instance normalisation (Dumoulin et al. 2017), told pixel by pixel by
    soft masks. What is fed in as a constant channel an instance norm takes out again,
    so that masks at the input alone would say nothing of a picture of one region.

    Args:
        channels: Of the features.
        regions: Number of masks; where all are 0 the last row holds.
    """

    def __init__(self, channels: int, regions: int) -> None:
        super().__init__()
        self.rest = nn.Parameter(
            torch.cat([torch.ones(channels), torch.zeros(channels)])
        )
        self.paint = nn.Parameter(torch.zeros(regions, 2 * channels))

    def forward(
        self, x: Tensor, masks: Tensor, moments: Moments | None
    ) -> tuple[Tensor, Moments]:
        """(B, C, h, w) with (B, R, h, w) masks; and the moments that it took.

        Given moments are another picture's, such as those of the whole of a tile.
        """
        mean = x.mean((2, 3), keepdim=True) if moments is None else moments[0]
        centred = x - mean
        if moments is None:
            variance = centred.square().mean((2, 3), keepdim=True)
            moments = mean, (variance.float() + EPSILON).rsqrt()
        inverse = moments[1].flatten()
        scale, shift = self.rest.chunk(2)
        scales, shifts = self.paint.T[:, :, None, None].chunk(2)
        scaled = F.conv2d(masks, scales * inverse[:, None, None, None], scale * inverse)
        return torch.addcmul(F.conv2d(masks, shifts, shift), centred, scaled), moments


class FastNet(nn.Module):
    """Feed-forward painter of one style (Johnson et al. 2016; Gatys et al. 2017).

    Two strided convolutions, residual blocks at a quarter of the size, and back by
    enlarging pixels before each convolution, which leaves no checkerboard. Padding
    reflects.

    Args:
        regions: Names of the masks.
        weights: As :meth:`state_dict` names them, of any floating type; None leaves
            random ones, to be trained.

    Raises:
        RuntimeError: If a weight is missing or has another shape.
    """

    def __init__(
        self, regions: Sequence[str], weights: Mapping[str, Tensor] | None = None
    ) -> None:
        super().__init__()
        self.regions = tuple(regions)
        full, half, quarter = WIDTHS
        steps = [
            (3, full, 5, 1),
            (full, half, 3, 2),
            (half, quarter, 3, 2),
            *[(quarter, quarter, 3, 1)] * (2 * BLOCKS),
            (quarter, half, 3, 1),
            (half, full, 3, 1),
        ]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, side, stride, bias=False) for a, b, side, stride in steps
        )
        self.norms = nn.ModuleList(Norm(b, len(regions)) for _, b, _, _ in steps)
        self.last = nn.Conv2d(full, 3, 5)
        nn.init.normal_(self.last.weight, std=0.01)
        if weights is not None:
            self.load_state_dict({key: each.float() for key, each in weights.items()})
            self.requires_grad_(False).eval()
        self.to(memory_format=torch.channels_last)

    def forward(
        self, image: Tensor, masks: Tensor, moments: Sequence[Moments] | None = None
    ) -> tuple[Tensor, list[Moments]]:
        """Paint.

        Args:
            image: (B, 3, H, W) sRGB in [0, 1]; H and W multiples of 4, at least 16.
            masks: (B, R, H, W) in [0, 1], adding up to at most 1; what they leave is
                painted as the whole style is.
            moments: Of the norms, in order; None takes them of this picture.

        Returns:
            (B, 3, H, W) in [0, 1], and the moments.
        """
        masks = masks.contiguous(memory_format=torch.channels_last)
        sized = [masks, F.avg_pool2d(masks, 2), F.avg_pool2d(masks, 4)]
        found: list[Moments] = []

        def step(x: Tensor, size: int) -> Tensor:
            index = len(found)
            x = _padded(self.convolutions[index], x)
            given = moments[index] if moments is not None else None
            x, own = self.norms[index](x, sized[size], given)
            found.append(own)
            return x

        x = 2 * image.contiguous(memory_format=torch.channels_last) - 1
        for size in range(3):
            x = F.relu(step(x, size))
        for _ in range(BLOCKS):
            x = x + step(F.relu(step(x, 2)), 2)
        for size in (1, 0):
            x = F.relu(step(F.interpolate(x, scale_factor=2.0), size))
        return _sigmoid(_padded(self.last, x).float() + _blurred_logits(image)), found


def _sigmoid(logits: Tensor) -> Tensor:
    """Alike on any number of threads unless in training."""
    if logits.requires_grad:
        return torch.sigmoid(logits)
    return elementwise(torch.ops.aten.sigmoid.out, logits)


def _blurred_logits(image: Tensor) -> Tensor:
    """The image without its details, as what a sigmoid makes it of.

    Means of 4×4 pixels, enlarged bilinearly. By a convolution that is alike on any
    number of threads.
    """
    small = F.avg_pool2d(image, STRIDE).clamp(0.02, 0.98)
    small = elementwise(torch.ops.aten.logit.out, small)
    large = F.interpolate(small, scale_factor=float(STRIDE))
    taps = image.new_tensor([1, 2, 2, 2, 1]) / 8
    blur = torch.outer(taps, taps).expand(3, 1, 5, 5)
    return F.conv2d(F.pad(large, (2, 2, 2, 2), mode="replicate"), blur, groups=3)


def _padded(convolution: nn.Module, x: Tensor) -> Tensor:
    assert isinstance(convolution, nn.Conv2d)
    pad = convolution.kernel_size[0] // 2
    out: Tensor = convolution(F.pad(x, (pad, pad, pad, pad), mode="reflect"))
    return out
