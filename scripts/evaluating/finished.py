"""What is measured of a finished picture against its photograph and its painting.

Each figure sees one thing and misses the rest: distances of distributions (``style``,
``colour``) do not ask where in the picture anything lies, and a photograph under a
filter may score well. Read them together, and look at the pictures.

Images are (1, 3, H, W) in [0, 1], activations (1, C, h, w) by layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor

from automask.images.image_files import read_image, read_image_as, stored_size
from evaluating.measures import (
    activation_distance,
    color_distance,
    fine_energy,
    mean,
)
from stylize import Encoder

SIDE = 384  # px of the longer side that activations are compared at
BLUR = 2.0  # px, below which strokes are no shapes
LEAST = 0.02  # Lab units of chroma noise; what has less is grey
LAYERS = {
    "vgg19": ("relu1_1", "relu2_1", "relu3_1", "relu4_1"),
    "lite": ("stage1", "stage2", "relu3_1", "relu4_1"),
}
"""Of each judge, fine to coarse; the content is compared from the second on."""
Activations = Mapping[str, Tensor]


@torch.no_grad()
def finished(
    picture: Path, content: Path, style: Path, judge: Encoder
) -> dict[str, float | None]:
    """The figures of a picture; None where there is nothing to measure.

    Activations are compared at 384 px of the longer side, all else at the picture's
    own size, with the painting as large as it is.

    Args:
        picture: File of the result.
        content: File of the photograph, stretched to the result's shape.
        style: File of the painting.
        judge: Whose activations are compared. Figures of two judges do not compare.

    Raises:
        ValueError: If a file is no picture, or too narrow.
        OSError: If a file cannot be read.
    """
    result = read_image(picture, max(stored_size(picture)))
    height, width = result.shape[2:]
    photograph = read_image_as(content, width, height)
    painting = read_image(style, max(height, width))
    seen = read_image(picture, SIDE)
    small = read_image_as(content, *seen.shape[:1:-1])
    layers = LAYERS[judge.name]
    ours, before, theirs = (
        judge(image, layers) for image in (seen, small, read_image(style, SIDE))
    )
    coarse = {layer: ours[layer] for layer in layers[1:]}
    return {
        "style": style_distance(ours, theirs),
        "content": content_distance(coarse, before),
        "struct": structure(result, photograph),
        "colour": palette_distance(result, painting),
        "noise": noise(result, painting),
        "sharp": sharpness(result, painting),
    }


def style_distance(result: Activations, style: Activations) -> float | None:
    """Sliced Wasserstein distance of activations, mean over the layers.

    In root mean squares of the style's activations, from 0; it may have any size.
    """
    return mean(
        [
            activation_distance(ours[0].flatten(1), style[layer][0].flatten(1))
            for layer, ours in result.items()
        ]
    )


def content_distance(result: Activations, content: Activations) -> float | None:
    """1 - cosine of activations cell by cell, each less its mean over the picture.

    Mean over cells and the layers of ``result``, in [0, 2].
    """
    found: list[float | None] = []
    for layer, features in result.items():
        ours, theirs = (
            each - each.mean(dim=(2, 3), keepdim=True)
            for each in (features, content[layer])
        )
        found.append(float(1 - F.cosine_similarity(ours, theirs, dim=1).mean()))
    return mean(found)


def structure(result: Tensor, content: Tensor) -> float | None:
    """Correlation of luminance's gradient magnitudes, blurred by 2 px.

    In [-1, 1], 1 where all shapes stand; None if either picture has none.
    """
    ours, theirs = (
        ndimage.generic_gradient_magnitude(
            ndimage.gaussian_filter(lab(image)[0], BLUR, mode="mirror"), ndimage.sobel
        ).ravel()
        for image in (result, content)
    )
    if min(ours.std(), theirs.std()) < 1e-6:
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])


def palette_distance(result: Tensor, style: Tensor) -> float:
    """Sliced Wasserstein distance of all pixels' colours, in Lab units."""
    ours, theirs = (lab(image).reshape(3, -1) for image in (result, style))
    return color_distance(ours, theirs)


def noise(result: Tensor, style: Tensor) -> float | None:
    """Chroma above half the Nyquist frequency, over the style's; None if that is grey.

    Both pictures have the same longer side.
    """
    ours, theirs = (
        fine_energy(torch.from_numpy(lab(image)[1:])) ** 0.5
        for image in (result, style)
    )
    return ours / theirs if theirs >= LEAST else None


def sharpness(result: Tensor, style: Tensor) -> float | None:
    """Mean absolute Laplacian of luminance, over the style's; None if that is flat.

    Both pictures have the same longer side.
    """
    ours, theirs = (
        float(np.abs(ndimage.laplace(lab(image)[0], mode="mirror")).mean())
        for image in (result, style)
    )
    return ours / theirs if theirs >= 1e-3 else None


def lab(image: Tensor) -> NDArray[np.float32]:
    """(3, H, W) of CIE L, a, b."""
    pixels = np.ascontiguousarray(image[0].permute(1, 2, 0).numpy())
    planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).transpose(2, 0, 1)
    return np.ascontiguousarray(planes, np.float32)
