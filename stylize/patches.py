"""Exact nearest neural patches by normalised cross-correlation, factorised.

The inner product of two p×p patches is the sum of p² inner products of single
cells. So one matrix product over *cells* gives them all, a p²-th of the arithmetic
of a product over patches, and the patch scores are sums of diagonally shifted copies
of it: p along x, then p along y. The matrix is never held whole: the image being
painted goes through row by row, the style in strips of rows, so that what is being
worked on stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

COLUMNS = 254  # patches of a query row compared at a time; wider rows are split


@dataclass(frozen=True)
class StyleStrip:
    """Some rows of one style's feature map, ready to be searched.

    Args:
        cells: (rows · width, C) activations, row-major.
        inverse: (rows - p + 1, width - p + 1, 1) of 1 / norm of each patch, 0 for a
            patch of zeros.
        width: Cells in a row.
        first: Index of the strip's first cell among the cells of all styles.
    """

    cells: Tensor
    inverse: Tensor
    width: int
    first: int


def style_strips(
    styles: Sequence[Tensor], *, size: int = 3, mebibytes: float = 5.0
) -> list[StyleStrip]:
    """Cut feature maps into strips for :func:`nearest_patches`.

    Args:
        styles: (C, h, w) maps; h and w may differ from style to style.
        size: Side p of a patch, odd, in cells.
        mebibytes: Bound on one block of scores; some six of them are held at a time.

    Returns:
        Strips that overlap by p - 1 rows, so that each patch lies in exactly one.

    Raises:
        ValueError: If there is no style, or a map is smaller than a patch.
    """
    if not styles:
        raise ValueError("patch matching needs at least one style image")
    strips, first = [], 0
    cells_per_strip = int(mebibytes * 2**20 / 4 / (COLUMNS + size - 1))
    for style in styles:
        _check_patch(style, size)
        _, height, width = style.shape
        cells = style.permute(1, 2, 0).contiguous()  # (h, w, C)
        inverse = _inverse_norms(style, size)
        rows = max(1, cells_per_strip // width - size + 1)
        for y in range(0, height - size + 1, rows):
            part = cells[y : y + rows + size - 1]
            strips.append(
                StyleStrip(
                    part.flatten(0, 1),
                    inverse[y : y + rows, :, None],
                    width,
                    first + y * width,
                )
            )
        first += height * width
    return strips


def nearest_patches(
    query: Tensor, strips: Sequence[StyleStrip], *, size: int = 3
) -> Tensor:
    """Most similar style patch for every patch of a feature map.

    Similarity is normalised cross-correlation (Li & Wand 2016, Eq. 3; Zhao et al.
    2017, Eq. 4): the cosine between patches taken as vectors. Stride is 1.

    Args:
        query: (C, H, W) map of the image being painted.
        strips: What :func:`style_strips` made of the styles, with the same C.
        size: Side p of a patch, odd, in cells.

    Returns:
        (H - p + 1, W - p + 1) int64: where the patch's first cell stands among the
        cells of all styles; the lowest index wins a tie.

    Raises:
        ValueError: If the query is smaller than a patch or its channels differ.
    """
    _check_patch(query, size)
    if query.shape[0] != strips[0].cells.shape[1]:
        raise ValueError(
            f"query patches have {query.shape[0]} channels, "
            f"style patches {strips[0].cells.shape[1]}"
        )
    columns = range(0, query.shape[2] - size + 1, COLUMNS)
    parts = [query[:, :, x : x + COLUMNS + size - 1] for x in columns]
    return torch.cat([_search(part, strips, size) for part in parts], dim=1)


def _search(query: Tensor, strips: Sequence[StyleStrip], size: int) -> Tensor:
    _, height, width = query.shape
    rows, columns = height - size + 1, width - size + 1
    cells = query.permute(1, 2, 0).contiguous()  # (H, W, C)
    best = query.new_full((rows, columns), -torch.inf)
    nearest = torch.zeros(rows, columns, dtype=torch.int64, device=query.device)
    for strip in strips:
        patches = strip.inverse.shape[0] * strip.width  # with a few beyond the row end
        scores = query.new_zeros(patches * width)
        summed: list[Tensor] = []  # inner products summed along x, of p query rows
        for y in range(height):
            inner = _inner_products(strip.cells, cells[y]).reshape(-1)  # (J · W,)
            summed.append(_shifted_sum([inner] * size, width + 1))
            if len(summed) < size:
                continue
            block = _shifted_sum(summed, strip.width * width, out=scores)
            block = block.view(-1, strip.width, width)[:, : 1 - size or None, :columns]
            _keep_better(block, strip, best[y - size + 1], nearest[y - size + 1])
            summed.pop(0)
    return nearest


def _inner_products(style: Tensor, query: Tensor) -> Tensor:
    """(J, C) and (W, C) cells to (J, W) inner products."""
    if style.device.type != "cpu":
        return style @ query.T
    # On a CPU a 1×1 convolution runs at two to three times the rate of a product.
    pixels = style.view(1, 1, *style.shape).permute(0, 3, 1, 2)  # (1, C, 1, J)
    filters = query[:, :, None, None].contiguous(memory_format=torch.channels_last)
    return F.conv2d(pixels, filters).permute(0, 2, 3, 1).reshape(len(style), len(query))


def _shifted_sum(
    terms: Sequence[Tensor], shift: int, *, out: Tensor | None = None
) -> Tensor:
    """Sum of vectors, the k-th from its element k · shift on; ``out`` may be longer."""
    length = len(terms[0]) - (len(terms) - 1) * shift
    out = torch.empty_like(terms[0][:length]) if out is None else out
    length = min(length, len(out))
    views = [term[k * shift :][:length] for k, term in enumerate(terms)]
    if len(views) == 1:
        return out.copy_(views[0])
    torch.add(views[0], views[1], out=out[:length])
    for view in views[2:]:
        out[:length].add_(view)
    return out


def _keep_better(
    block: Tensor, strip: StyleStrip, best: Tensor, nearest: Tensor
) -> None:
    """Update best scores and matches of one row from its (rows, w, W) inner products.

    Only the style row that wins is searched for its column: an arg max costs twenty
    times as much as a maximum.
    """
    block.mul_(strip.inverse)
    score, row = block.amax(dim=1).max(dim=0)
    better = (score > best).nonzero().squeeze(1)
    row = row[better]
    column = block[row, :, better].argmax(dim=1)
    best[better] = score[better]
    nearest[better] = strip.first + row * strip.width + column


def _inverse_norms(style: Tensor, size: int) -> Tensor:
    squares = (style * style).sum(dim=0)[None, None]
    norms = F.avg_pool2d(squares, size, stride=1, divisor_override=1)[0, 0].sqrt()
    return torch.where(norms > 0, 1 / norms, 0)


def _check_patch(features: Tensor, size: int) -> None:
    if size < 1 or size % 2 == 0:
        raise ValueError(f"patch size must be odd and positive, got {size}")
    if min(features.shape[1:]) < size:
        raise ValueError(
            f"a {features.shape[1]}x{features.shape[2]} feature map is smaller than "
            f"a {size}x{size} patch; use a larger image"
        )
