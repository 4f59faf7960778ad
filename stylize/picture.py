"""A picture with the masks that tell its regions apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stylize.pyramid import resize
from stylize.ranges import check_share


@dataclass(frozen=True)
class Picture:
    """An image and its soft masks.

    Args:
        image: (1, 3, H, W) sRGB in [0, 1].
        masks: (K, H, W) in [0, 1]; K may be 0.
        names: Of the masks, the more particular ones behind.
        shares: Of a style: what part of each region's paint it supplies, in [0, 1];
            empty for all of it.
        scale: Of a style: its size at the finest level over that of the image, which
            may have no more pixels.
        unmatched: (H, W) masks by name of regions without a counterpart. Of a content,
            those that no style shows: they guide no match, but count in the content
            term. Of a style, those that the content does not show: no match goes there.
        positions: (3, H, W) in [0, 1]: where on a face each pixel lies, as shares from
            its left and its top, both multiplied by a soft mask of the face, and that
            mask. None where no face is to be heeded.
        confidence: How far each mask as a whole is to be trusted, in [0, 1]; empty: 1
            for all. A region counts by the product of its content's and its style's.

    Raises:
        ValueError: If these do not fit each other.
    """

    image: Tensor
    masks: Tensor
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    scale: float = 1.0
    unmatched: Mapping[str, Tensor] = field(default_factory=dict)
    positions: Tensor | None = None
    confidence: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.masks.ndim != 3 or self.masks.shape[1:] != self.image.shape[2:]:
            raise ValueError(
                f"masks have shape {tuple(self.masks.shape)}, their image "
                f"{tuple(self.image.shape)}: height and width must agree"
            )
        for name, mask in self.unmatched.items():
            if mask.shape != self.image.shape[2:]:
                raise ValueError(
                    f"the mask {name} has shape {tuple(mask.shape)}, its image "
                    f"{tuple(self.image.shape)}: height and width must agree"
                )
        if self.positions is not None and (
            self.positions.shape != (3, *self.image.shape[2:])
        ):
            raise ValueError(
                f"positions have shape {tuple(self.positions.shape)}, their image "
                f"{tuple(self.image.shape)}: there must be 3 of its height and width"
            )
        if len(self.names) != len(self.masks):
            raise ValueError(f"got {len(self.names)} names for {len(self.masks)} masks")
        for what in ("shares", "confidence"):
            given = getattr(self, what)
            if given and len(given) != len(self.masks):
                raise ValueError(f"got {len(given)} {what} for {len(self.masks)} masks")
        for each in self.confidence:
            check_share("confidence of a mask", each)

    @property
    def regions(self) -> dict[str, Tensor]:
        """The (H, W) masks by name, those without a counterpart among them."""
        return {**self.unmatched, **dict(zip(self.names, self.masks, strict=True))}

    @property
    def trust(self) -> Tensor:
        """(K, 1, 1) the confidence of each mask."""
        given = self.confidence or (1.0,) * len(self.masks)
        return self.masks.new_tensor(given)[:, None, None]


def without_masks(image: Tensor) -> Picture:
    """A picture that is not told apart."""
    return Picture(image, image.new_zeros(0, *image.shape[2:]))


def check_names(content: Picture, styles: Sequence[Picture]) -> None:
    """Raise ValueError unless there is a style and all have the content's masks."""
    if not styles:
        raise ValueError("there is no style to paint in; give one at least")
    for style in styles:
        if style.names != content.names:
            raise ValueError(
                f"the content has the masks {list(content.names)}, a style "
                f"{list(style.names)}; both need the same in the same order"
            )


def sized(picture: Picture, height: int, width: int) -> Picture:
    """A picture and its masks at another size, px."""
    if picture.image.shape[2:] == (height, width):
        return picture
    return mapped(picture, lambda planes: resize(planes, height, width))


def mapped(picture: Picture, change: Callable[[Tensor], Tensor]) -> Picture:
    """A picture and its masks after the same change of (1, C, H, W) planes."""
    places = picture.positions
    return replace(
        picture,
        image=change(picture.image),
        masks=change(picture.masks[None])[0],
        unmatched={
            n: change(mask[None, None])[0, 0] for n, mask in picture.unmatched.items()
        },
        positions=None if places is None else change(places[None])[0],
    )


def as_trusted(masks: Tensor, trust: Tensor) -> Tensor:
    """Where statistics of regions are taken: all over, as far as a mask is unsure.

    Args:
        masks: (K, H, W) weights.
        trust: (K, 1, 1) confidence.
    """
    whole = masks.mean(dim=(1, 2), keepdim=True).expand_as(masks)
    return torch.lerp(whole, masks, trust)


def size_at(picture: Picture, scale: float) -> tuple[int, int]:
    """Height and width of a picture at some scale, px."""
    height, width = picture.image.shape[2:]
    return max(1, round(height * scale)), max(1, round(width * scale))
