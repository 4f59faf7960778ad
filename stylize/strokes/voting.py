"""A picture drawn towards the pixels that its matched patches vote for."""

from __future__ import annotations

from torch import Tensor

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
    pixels = matched.overlapped(matched.styles).pixels
    rows, columns = pixels.shape[2:]
    result = image.clone()
    result[..., :rows, :columns].lerp_(pixels, share)
    return result
