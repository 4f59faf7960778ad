"""The masks of a content and its styles, chosen for all of them jointly."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from automask.masks.combine import PARTS, blurred, joined, layered, rebuilt
from automask.masks.portrait import Portrait
from automask.masks.soft import MaskSource, SoftMasks

log = logging.getLogger(__name__)

DOMAINS = ("auto", "photo", "art")
PRESENT = 0.5  # probability that a mask must reach somewhere to count as found


@dataclass(frozen=True)
class PairMasks:
    """Soft masks of a content and its styles (Zhao et al. 2017, Section 5).

    "background" is the complement of the objects. A person covers its skin and the skin
    covers the face parts, so a pixel of the mouth counts as person, skin and mouth: it
    may be painted from a style's mouth first, from other skin next.

    Args:
        k: Objects kept at most, the most probable over all images; 0 gives no masks.
        sources: Callables image -> masks, by a name of your choice. Masks of one name
            from several sources are joined by their maximum.
        content_domain: "photo": skin is found by its colour; "art": it is the face and
            forehead, since colours in paintings are free; "auto": "photo".
        style_domain: The same for the styles, where "auto" is "art".
        blur: Gaussian sigma as a share of the longer side; 0.004 is 2 px of 512.
    """

    k: int = 5
    sources: Mapping[str, MaskSource] = field(
        default_factory=lambda: {"portrait": Portrait()}
    )
    content_domain: str = "auto"
    style_domain: str = "auto"
    blur: float = 0.004

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 0:
            raise ValueError(f"k must be a whole number >= 0, got {self.k!r}")
        for key in ("content_domain", "style_domain"):
            if getattr(self, key) not in DOMAINS:
                raise ValueError(
                    f"masks.{key} must be one of {', '.join(DOMAINS)}, "
                    f"got {getattr(self, key)!r}"
                )
        if not isinstance(self.blur, int | float) or not 0 <= self.blur <= 0.1:
            raise ValueError(
                f"masks.blur must be a share of the longer side from 0 to 0.1, "
                f"got {self.blur!r}"
            )

    def __call__(
        self, content: Tensor, styles: Sequence[Tensor]
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Masks with the same names in the same order for all images.

        Args:
            content: (1, 3, H, W) in [0, 1].
            styles: Images of the same form and of any size.
        """
        if self.k == 0 or not self.sources:
            return no_masks(content), [no_masks(style) for style in styles]
        return select(
            self.find(content, art=self.content_domain == "art"),
            [self.find(style, art=self.style_domain != "photo") for style in styles],
            self.k,
        )

    def find(self, image: Tensor, *, art: bool) -> SoftMasks:
        """All that the sources see in one image, blurred; no background yet."""
        seen = joined([source(image) for source in self.sources.values()])
        return blurred(layered(seen, art=art), self.blur)


def no_masks(image: Tensor) -> SoftMasks:
    """K = 0: an image that is not told apart."""
    return SoftMasks((), torch.zeros(0, *image.shape[-2:]), ())


def select(
    content: SoftMasks, styles: Sequence[SoftMasks], k: int
) -> tuple[SoftMasks, list[SoftMasks]]:
    """The k objects with the largest average probability over all images.

    What only one side shows is left out: with no partner on the other side such a pixel
    would be matched at random, while so it counts as what surrounds it (eyes as skin,
    a dog as background). A part comes along if the person does.

    Args:
        content: All masks found in the content.
        styles: All masks found in each style; one style suffices as the other side.
        k: At least 1.
    """
    images = [content, *styles]
    names = dict.fromkeys(name for masks in images for name in masks.names)
    names.pop("background", None)
    here = [name for name in names if shows(content, name)]
    there = [name for name in names if any(shows(style, name) for style in styles)]
    report("style", [name for name in here if name not in there])
    report("content", [name for name in there if name not in here])
    shared = [name for name in here if name in there]
    objects = [name for name in shared if name not in PARTS]
    objects = sorted(objects, key=lambda name: -average(name, images))[:k]
    parts = [name for name in PARTS if name in shared and "person" in objects]
    first, *others = [chosen(masks, objects, parts) for masks in images]
    return first, others


def report(side: str, names: Sequence[str]) -> None:
    """Say in one line which masks are left out because one side lacks them."""
    if names:
        log.warning("the %s shows no %s: not used as masks", side, ", ".join(names))


def shows(masks: SoftMasks, name: str) -> bool:
    """Whether the mask is found and somewhere probable."""
    return name in masks.names and bool((masks[name] >= PRESENT).any())


def average(name: str, images: Sequence[SoftMasks]) -> float:
    """Mean probability, each image counting the same whatever its size."""
    means = [float(m[name].mean()) if name in m.names else 0.0 for m in images]
    return sum(means) / len(means)


def chosen(masks: SoftMasks, objects: Sequence[str], parts: Sequence[str]) -> SoftMasks:
    """Background as the complement of the objects, the objects, the parts."""
    empty = torch.zeros(masks.probs.shape[-2:])
    probs = {n: masks[n] if n in masks.names else empty for n in (*objects, *parts)}
    taken = sum((probs[name] for name in objects), empty)
    origin = dict(zip(masks.names, masks.sources, strict=True))
    sources = {name: origin.get(name, "not found") for name in probs}
    return rebuilt(
        {"background": (1 - taken).clamp(0, 1), **probs},
        {"background": "complement of the objects", **sources},
    )
