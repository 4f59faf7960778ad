"""A picture drawn towards the pixels that its matched patches vote for."""

from __future__ import annotations

import torch
from torch import Tensor

from stylize.strokes.overlap import blocks_of, overlap_add
from stylize.strokes.restoration import Matched


def voted(image: Tensor, matched: Matched, share: float) -> Tensor:
    """The picture on its way to the mean of the patches that cover each pixel.

    Searching and voting by turns is how patches alone make a picture (Simakov et al.
    2008; Barnes et al. 2009). Before a descent one vote brings strokes as sharp as the
    style's, where gradients take many steps.

    Args:
        image: (1, 3, H, W).
        matched: Its matches.
        share: Of the way, from 0 to 1.
    """
    index, stride = matched.index, matched.stride
    blocks = torch.cat([blocks_of(style, stride) for style in matched.styles])
    laid = overlap_add(
        matched.nearest, blocks, index.width, size=index.size, stride=stride
    )
    rows, columns = laid.pixels.shape[2:]
    result = image.clone()
    result[..., :rows, :columns].lerp_(laid.pixels, share)
    return result
