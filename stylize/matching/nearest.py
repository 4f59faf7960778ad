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
from itertools import pairwise
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

CPU_MEBIBYTES, GPU_MEBIBYTES = 32.0, 1024.0  # a CPU's caches, a GPU's many lanes
COLUMNS = 256  # cells of a query row compared at a time
BLOCK = 8  # patches, each way, that are searched together where not all are
LANES = 32  # torch takes maxima ten times faster over rows of a multiple of this
FILTERS = 1 if torch.backends.cpu.get_cpu_capability() == "AVX512" else 128


@dataclass(frozen=True)
class Strip:
    """Some rows of one style's map: where they start among all cells, and their size.

    ``rows`` counts the rows in which patches start; p - 1 more belong to them.
    """

    first: int
    rows: int
    width: int


@dataclass(frozen=True)
class StyleIndex:
    """The cells of all styles, ready to be searched.

    Args:
        cells: (N, C) activations, style after style, row-major.
        inverse: (N,) of 1 / norm of the patch that starts at a cell; 0 for a patch of
            zeros.
        starts: (N,) whether a patch starts there: not in the last p - 1 rows and
            columns.
        width: (N,) int64 row length of the style that a cell belongs to.
        strips: Parts that are searched one after the other.
        size: Side p of a patch, odd, in cells.
        columns: Cells of a query row that are compared at a time.
    """

    cells: Tensor
    inverse: Tensor
    starts: Tensor
    width: Tensor
    strips: tuple[Strip, ...]
    size: int
    columns: int


def index_styles(
    styles: Sequence[Tensor], *, size: int = 3, mebibytes: float | None = None
) -> StyleIndex:
    """Index feature maps for :func:`nearest_patches`.

    Args:
        styles: (C, h, w) maps; h and w may differ from style to style.
        size: Side p of a patch, odd, in cells.
        mebibytes: Bound on what a search works on at any time, beyond the maps
            themselves; None: 32 on a CPU, 1024 elsewhere.

    Returns:
        The index; its strips overlap by p - 1 rows, so each patch lies in exactly one.

    Raises:
        ValueError: If there is no style, a map is smaller than a patch, or the bound
            leaves no room for a strip.
    """
    if not styles:
        raise ValueError("patch matching needs at least one style image")
    for style in styles:
        _check_patch(style, size)
    if mebibytes is None:
        mebibytes = CPU_MEBIBYTES if styles[0].device.type == "cpu" else GPU_MEBIBYTES
    columns, area = _blocks(styles, size, mebibytes)
    strips, first = [], 0
    for _, height, width in (style.shape for style in styles):
        rows = height - size + 1
        parts = ceil(rows / max(1, area // width - size + 1))
        ends = [rows * n // parts for n in range(parts + 1)]  # of strips alike in size
        for y, end in pairwise(ends):
            strips.append(Strip(first + y * width, end - y, width))
        first += height * width
    inverse = [inverse_norms(style, size) for style in styles]  # NaN: no patch there
    joined = torch.cat([part.flatten() for part in inverse])
    return StyleIndex(
        cells=torch.cat([style.permute(1, 2, 0).flatten(0, 1) for style in styles]),
        inverse=joined.nan_to_num(0),
        starts=~joined.isnan(),
        width=torch.cat(
            [torch.full_like(p, p.shape[1]).flatten() for p in inverse]
        ).long(),
        strips=tuple(strips),
        size=size,
        columns=columns,
    )


def nearest_patches(query: Tensor, index: StyleIndex) -> Tensor:
    """Most similar style patch for every patch of a feature map.

    Similarity is normalised cross-correlation (Li & Wand 2016, Eq. 3; Zhao et al.
    2017, Eq. 4): the cosine between patches taken as vectors. Stride is 1.

    Args:
        query: (C, H, W) map of the image being painted.
        index: What :func:`index_styles` made of the styles, with the same C.

    Returns:
        (H - p + 1, W - p + 1) int64: where the patch's first cell stands among the
        cells of all styles; the lowest index wins a tie.

    Raises:
        ValueError: If the query is smaller than a patch or its channels differ.
    """
    _check_patch(query, index.size)
    if query.shape[0] != index.cells.shape[1]:
        raise ValueError(
            f"query patches have {query.shape[0]} channels, "
            f"style patches {index.cells.shape[1]}"
        )
    step = index.columns - index.size + 1
    starts = range(0, query.shape[2] - index.size + 1, step)
    parts = [query[:, :, x : x + index.columns] for x in starts]
    return torch.cat([_search(part, index) for part in parts], dim=1)


def nearest_where(
    query: Tensor, index: StyleIndex, wanted: Tensor, known: Tensor
) -> Tensor:
    """Matches found anew for some patches of a feature map, in blocks that hold them.

    Args:
        query: (C, H, W) map of the image being painted.
        index: The styles'.
        wanted: (h, w) whether a patch is to be searched for.
        known: (h, w) the matches of the others.

    Returns:
        (h, w) matches.
    """
    h, w = wanted.shape
    high, wide = min(BLOCK, h), min(BLOCK, w)
    corners = [
        (min(y, h - high), min(x, w - wide))
        for y in range(0, h, high)
        for x in range(0, w, wide)
    ]
    corners = [(y, x) for y, x in corners if wanted[y : y + high, x : x + wide].any()]
    if 2 * len(corners) * high * wide > h * w:
        return torch.where(wanted, nearest_patches(query, index), known)
    found, more = known.clone(), index.size - 1
    if corners:  # side by side, as one map; what lies across two blocks is not read
        blocks = [
            query[:, y : y + high + more, x : x + wide + more] for y, x in corners
        ]
        joined = nearest_patches(torch.cat(blocks, dim=2), index)
        for number, (y, x) in enumerate(corners):
            own = joined[:, number * (wide + more) :][:, :wide]
            found[y : y + high, x : x + wide] = own
    return torch.where(wanted, found, known)


def inverse_norms(features: Tensor, size: int) -> Tensor:
    """1 / norm of each patch of a map.

    Args:
        features: (C, h, w).
        size: Side p of a patch.

    Returns:
        (h, w) by first cell; 0 for a norm of 0, NaN where no patch starts.
    """
    squares = (features * features).sum(dim=0)[None, None]
    norms = F.avg_pool2d(squares, size, stride=1, divisor_override=1)[0, 0].sqrt()
    inverse = torch.where(norms > 0, 1 / norms, 0)
    return F.pad(inverse, (0, size - 1, 0, size - 1), value=torch.nan)


def _search(query: Tensor, index: StyleIndex) -> Tensor:
    size = index.size
    _, height, columns = query.shape
    cells = F.pad(query.transpose(0, 1), (0, -columns % LANES)).contiguous()
    rows, columns, width = height - size + 1, columns - size + 1, cells.shape[2]
    best = query.new_full((rows, width), torch.inf)  # nothing is better than padding
    best[:, :columns] = -torch.inf
    nearest = torch.zeros(rows, width, dtype=torch.int64, device=query.device)
    for strip in index.strips:
        patches = strip.rows * strip.width  # with a few that reach beyond the row end
        style = index.cells[strip.first :][: patches + (size - 1) * strip.width]
        scores = query.new_zeros(patches * width)
        summed: list[Tensor] = []  # inner products summed along x, of p query rows
        for y in range(height):
            inner = _inner_products(style, cells[y]).reshape(-1)  # (J · W,)
            summed.append(_shifted_sum([inner] * size, width + 1))
            if len(summed) < size:
                continue
            block = _shifted_sum(summed, strip.width * width, out=scores)
            row = y - size + 1
            _keep_better(
                block.view(-1, strip.width, width),
                index,
                strip,
                best[row],
                nearest[row],
            )
            summed.pop(0)
    return nearest[:, :columns]


def _inner_products(style: Tensor, query: Tensor) -> Tensor:
    """(J, C) and (C, W) cells to (J, W) inner products.

    On a CPU a 1×1 convolution runs at two to three times the rate of a product, without
    AVX-512 only from so many channels on.
    """
    if style.device.type != "cpu" or len(query) < FILTERS:
        return style @ query
    pixels = style.view(1, 1, *style.shape).permute(0, 3, 1, 2)  # (1, C, 1, J)
    filters = query.T[:, :, None, None].contiguous(memory_format=torch.channels_last)
    return F.conv2d(pixels, filters).permute(0, 2, 3, 1).reshape(len(style), -1)


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
    block: Tensor, index: StyleIndex, strip: Strip, best: Tensor, nearest: Tensor
) -> None:
    """Update best scores and matches of one row from its (rows, w, W) inner products.

    Only the style row that wins is searched for its column: an arg max costs twenty
    times as much as a maximum. All sizes are fixed, so that no GPU has to wait.
    """
    inverse = index.inverse[strip.first :][: strip.rows * strip.width]
    block.mul_(inverse.view(strip.rows, strip.width, 1))
    block = block[:, : strip.width - index.size + 1]
    score, row = block.amax(dim=1).max(dim=0)
    column = block[row, :, torch.arange(len(row), device=row.device)].argmax(dim=1)
    found = strip.first + row * strip.width + column
    torch.where(score > best, found, nearest, out=nearest)
    torch.maximum(best, score, out=best)


def _blocks(styles: Sequence[Tensor], size: int, mebibytes: float) -> tuple[int, int]:
    """Query columns and style cells compared at a time."""
    floats = mebibytes * 2**20 / 4 / (size + 3)  # that many blocks are held at a time
    widest = max(style.shape[2] for style in styles)
    columns = COLUMNS if widest > COLUMNS // 2 else COLUMNS // 2  # queries are as wide
    while columns > LANES and floats / columns < 3 * size * widest:
        columns //= 2
    if floats / columns < size * widest:
        least = LANES * size * widest * (size + 3) * 4 / 2**20
        raise ValueError(
            f"a search of {widest} cells wide styles needs {least:.2g} MiB, "
            f"got {mebibytes:g}"
        )
    return columns, int(floats / columns)


def _check_patch(features: Tensor, size: int) -> None:
    if size < 1 or size % 2 == 0:
        raise ValueError(f"patch size must be odd and positive, got {size}")
    if min(features.shape[1:]) < size:
        raise ValueError(
            f"a {features.shape[1]}x{features.shape[2]} feature map is smaller than "
            f"a {size}x{size} patch; use a larger image"
        )
