"""Find the masks of all pictures of a run, and show the styles at their scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from omegaconf import DictConfig
from torch import Tensor

from automask.images.image_files import stored_size
from automask.masks.combine import without_transparent
from automask.masks.pair import PairMasks
from automask.masks.paper import with_paper
from automask.masks.portrait.face_positions import positions
from automask.masks.soft import SoftMasks
from automask.pipeline.read_pictures import Inputs, Original, style_size
from automask.pipeline.sources import Sources
from automask.pipeline.style_mix import supplied
from automask.pipeline.style_scale import style_scale
from stylize import Picture
from stylize.pyramid import STYLE_SIDE, resize


@dataclass(frozen=True)
class MaskedPictures:
    """What the stylizer takes, and where its masks come from.

    Args:
        content: The content.
        styles: Of the content's masks, at the scale that they are shown.
        masks: Of the content and of its styles, with their sources.
        scales: Longer side of each style over the content's.
    """

    content: Picture
    styles: tuple[Picture, ...]
    masks: tuple[SoftMasks, ...]
    scales: tuple[float, ...]

    @property
    def images(self) -> list[Tensor]:
        """(1, 3, H, W) of the content and its styles."""
        return [self.content.image, *(style.image for style in self.styles)]


@dataclass(frozen=True)
class Shown:
    """A style as it is shown: its longer side over the content's, and over its own."""

    image: Tensor
    masks: SoftMasks
    scale: float
    enlarged: float


def find_masks(
    config: DictConfig, find: PairMasks, sources: Sources, inputs: Inputs
) -> MaskedPictures:
    """Find the masks of all pictures, and show the styles at their scale.

    Masks are sought in the originals, so they are the same whatever the size, and are
    then brought to the size of what is painted.
    """
    own, *found = _found(config, find, sources, inputs)
    styles = [
        scaled_style(config, style, own, without_transparent(masks, style.cover))
        for style, masks in zip(inputs.originals[1:], found, strict=True)
    ]
    masks = [_fitted(own, inputs.content), *(style.masks for style in styles)]
    images = [inputs.content, *(style.image for style in styles)]
    content, *shown = pictures(images, masks)
    shown = [
        replace(picture, scale=style.enlarged)
        for picture, style in zip(shown, styles, strict=True)
    ]
    if sources.regions:
        shown = supplied(shown, sources.regions, sources.rest)
    scales = tuple(style.scale for style in styles)
    return MaskedPictures(content, tuple(shown), tuple(masks), scales)


def pictures(images: Sequence[Tensor], masks: Sequence[SoftMasks]) -> list[Picture]:
    """A content, its styles and their masks as the stylizer takes them.

    Args:
        images: (1, 3, H, W) each.
        masks: Of each, of its size.
    """
    faces = positions(masks[0], masks[1:])
    return [_picture(*each) for each in zip(images, masks, faces, strict=True)]


def _picture(image: Tensor, masks: SoftMasks, face: Tensor | None) -> Picture:
    unmatched = {
        name: mask * sure
        for each in masks.with_unmatched[1:]
        for name, mask, sure in zip(
            each.names, each.probs, each.confidence, strict=True
        )
    }
    return Picture(
        image,
        masks.probs,
        masks.names,
        unmatched=unmatched,
        positions=face,
        confidence=masks.confidence,
    )


def _found(
    config: DictConfig, find: PairMasks, sources: Sources, inputs: Inputs
) -> list[SoftMasks]:
    """Masks of the originals of the content and its styles."""
    images = [each.image for each in inputs.originals]
    content, styles = find(images[0], images[1:], tuple(sources.regions))
    found = [content, *styles]
    if sources.regions or not config.masks.k:
        return found  # where regions have styles of their own nothing is to be chosen
    return with_paper(images, found)


def _fitted(masks: SoftMasks, image: Tensor) -> SoftMasks:
    """Masks at the size of an image."""
    if masks.probs.shape[1:] == image.shape[2:]:
        return masks
    unmatched = _fitted(masks.unmatched, image) if masks.unmatched else None
    probs = resize(masks.probs[None], *image.shape[2:])[0]
    faces = masks.landmarks
    if faces is not None:
        height, width = masks.probs.shape[1:]
        stretch = [image.shape[3] / width, image.shape[2] / height]
        faces = faces * faces.new_tensor(stretch)
    return replace(masks, probs=probs, unmatched=unmatched, landmarks=faces)


def scaled_style(
    config: DictConfig, original: Original, content: SoftMasks, style: SoftMasks
) -> Shown:
    """A style as large as it is to be shown, and its masks."""
    wanted, room = config.style_scale, max(stored_size(original.path)) / config.size
    if wanted == "own":
        wanted = min(1.0, room)
    scale = style_scale(wanted, content, _as_large(style, content), room)
    height, width = original.image.shape[2:]
    scale = max(
        scale, STYLE_SIDE * max(height, width) / min(height, width) / config.size
    )
    shown = round(scale * config.size)
    side = style_size(original.path, shown)
    image, _ = original.at(config, side)
    scale = 1.0 if shown == config.size else scale
    return Shown(image, _fitted(style, image), scale, shown / side)


def _as_large(masks: SoftMasks, others: SoftMasks) -> SoftMasks:
    """Masks at the longer side of others."""
    side = max(others.probs.shape[1:])
    height, width = masks.probs.shape[1:]
    if side == max(height, width):
        return masks
    size = (max(1, round(each * side / max(height, width))) for each in (height, width))
    return replace(masks, probs=resize(masks.probs[None], *size)[0])
