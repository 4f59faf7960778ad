"""Paint with a fast network: in one piece, or in tiles that meet without a seam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylize.color.color import Color
from stylize.color.keep import transfer
from stylize.encoders.encoder import Encoder
from stylize.fast.net import REACH, STRIDE, FastNet, Moments
from stylize.optimize.report import LevelReport, Step, Stylized, notifier
from stylize.optimize.tiles import Tile, Tiles
from stylize.picture import Picture, check_names, sized
from stylize.ranges import check_share


@dataclass(frozen=True)
class FastPainter:
    """One pass of a network that was trained for one style (Gatys et al. 2017).

    Args:
        encoder: Not used: its statistics are in the network's weights.
        net: The network.
        color: Whose colours the picture has; None leaves that to the network.
        keep_color: Masks within which the picture has the content's colours.
        strength: Share of the painting in a blend with the content, from 0 to 1.
        tiles: Into what a large picture is cut.

    Raises:
        ValueError: If the tiles overlap less than the network looks beyond a pixel.
    """

    encoder: Encoder
    net: FastNet
    color: Color | None = None
    keep_color: Sequence[str] = ()
    strength: float = 1.0
    tiles: Tiles = field(default_factory=lambda: Tiles(1024, 768, 48))

    def __post_init__(self) -> None:
        check_share("strength", self.strength)
        if self.tiles.overlap < REACH:
            raise ValueError(
                f"tiles must overlap by {REACH} px, for the network looks as far; "
                f"got {self.tiles.overlap}"
            )

    def __call__(
        self,
        content: Picture,
        styles: Sequence[Picture],
        start: Any = None,
        on_step: Callable[[Step], None] | None = None,
        resume: Any = None,
        save: Any = None,
    ) -> Stylized:
        """Paint.

        Args:
            content: The picture has its size.
            styles: The one that the network was trained for.
            start: Not used: nothing is optimised.
            on_step: Called after each tile.
            resume: Not used: a picture takes a moment.
            save: Likewise.

        Raises:
            ValueError: If there is more than one style, or masks do not fit.
        """
        check_names(content, styles)
        if len(styles) > 1:
            raise ValueError(
                f"a fast network paints in one style, got {len(styles)}; name one, or "
                "choose stylizer=softmask"
            )
        if not self.strength:
            return Stylized(content.image, ())
        begun = perf_counter()
        colors = transfer(self.color, self.keep_color)
        seen = content
        if colors is not None:
            seen = recolored(colors, content, styles, self.tiles.whole)
        image, tiles = self._painted(seen, on_step)
        if colors is not None:
            image = colors.after(image, content.image)
        image = torch.lerp(content.image, image, self.strength)
        report = LevelReport(
            height=image.shape[2],
            width=image.shape[3],
            iterations=1,
            seconds=perf_counter() - begun,
            losses={},
            first_losses={},
            searches=0.0,
            crossing={},
            tiles=tiles,
        )
        return Stylized(image, (report,))

    @torch.no_grad()
    def _painted(
        self, content: Picture, on_step: Callable[[Step], None] | None
    ) -> tuple[Tensor, int]:
        """The image, and how many tiles it was painted in."""
        self.net.to(content.image.device)
        grid = self.tiles.grid(*content.image.shape[2:])
        moments = None
        if len(grid) > 1:
            _, moments = self._pass(shrunk(content, self.tiles.whole))
        canvas = torch.empty_like(content.image)
        notify = notifier(on_step, 0, 1)
        for index, tile in enumerate(grid):
            part, _ = self._pass(cut(content, tile), moments)
            put_middle(canvas, tile, part, self.tiles.overlap)
            notify(len(grid), index + 1, canvas, {})
        return canvas, len(grid)

    def _pass(
        self, content: Picture, moments: Sequence[Moments] | None = None
    ) -> tuple[Tensor, list[Moments]]:
        """One pass, at any size: what is no multiple of 4 is mirrored to be one."""
        height, width = content.image.shape[2:]
        masks = region_masks(content, self.net.regions)
        planes = torch.cat([content.image, masks[None]], dim=1)
        beyond = (0, -width % STRIDE, 0, -height % STRIDE)
        planes = F.pad(planes, beyond, mode="reflect")
        image, found = self.net(planes[:, :3], planes[:, 3:], moments)
        return image[..., :height, :width], found


def region_masks(content: Picture, regions: Sequence[str]) -> Tensor:
    """(R, H, W) a picture's masks as a network's regions side by side.

    The more particular masks stand behind, and take their part first: what is a mouth,
    skin and a person counts as skin, if the network knows no mouth. What no region
    takes is left to the rest.
    """
    left = content.image.new_ones(content.image.shape[2:])
    masks = left.new_zeros(len(regions), *left.shape)
    for name, mask in zip(reversed(content.names), content.masks.flip(0), strict=True):
        if name in regions:
            part = torch.minimum(mask, left)
            masks[regions.index(name)] = part
            left = left - part
    return masks


def recolored(
    color: Color, content: Picture, styles: Sequence[Picture], side: int
) -> Picture:
    """The content in the colours that painting sees.

    Those of a picture larger than ``side`` px are found in a smaller one: a transfer
    takes hundreds of bytes a pixel.
    """
    small = shrunk(content, side)
    changed = color.before(small, styles)[0].image
    if small is content:
        return replace(content, image=changed)
    size = content.image.shape[2:]
    change = F.interpolate(changed - small.image, size, mode="bilinear")
    return replace(content, image=(content.image + change).clamp(0, 1))


def shrunk(picture: Picture, side: int) -> Picture:
    """The picture, or a smaller one with that longer side, px."""
    height, width = picture.image.shape[2:]
    scale = min(1.0, side / max(height, width))
    return sized(picture, round(height * scale), round(width * scale))


def cut(picture: Picture, tile: Tile) -> Picture:
    """A tile of a picture, with what the network reads of it."""
    return Picture(tile.of(picture.image), tile.of(picture.masks), picture.names)


def put_middle(canvas: Tensor, tile: Tile, part: Tensor, overlap: int) -> None:
    """Write a tile but for what lies within ``overlap`` px of a neighbour."""
    height, width = canvas.shape[2:]
    rows, columns = (
        _middle(tile.rows, height, overlap),
        _middle(tile.columns, width, overlap),
    )
    canvas[..., rows, columns] = part[
        ..., _within(rows, tile.rows), _within(columns, tile.columns)
    ]


def _middle(span: slice, length: int, overlap: int) -> slice:
    """Of a tile's span of a side of that length, without the neighbours' part."""
    return slice(
        span.start + overlap * (span.start > 0),
        span.stop - overlap * (span.stop < length),
    )


def _within(inner: slice, span: slice) -> slice:
    """A part of a span, counted from where that begins."""
    return slice(inner.start - span.start, inner.stop - span.start)
