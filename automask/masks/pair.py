"""The masks of a content and its styles, chosen for all of them jointly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.combine import (
    PERSON_PARTS,
    drawn_over,
    joined,
    layered,
    objects,
    parent_of,
)
from automask.masks.drawn.drawn_masks import check_counterparts
from automask.masks.kinds import with_shared_kinds
from automask.masks.portrait.domain import is_artwork
from automask.masks.portrait.portrait_source import Portrait
from automask.masks.refine import Blur, Refine, one_hot
from automask.masks.select import LEAST_SHARE, is_present, select
from automask.masks.soft import MaskSource, SoftMasks, no_masks
from automask.masks.weighing import (
    by_shared_kind,
    check_weights,
    wanted,
    warn_of_unknown,
    weighted,
)

DOMAINS = ("auto", "photo", "art")
CONTENT_ART, STYLE_ART = 0.25, 0.75  # how often one expects an artwork unseen
EXCLUDED = {"skin": LEAST_SHARE, "beard": 0.0}
"""Style regions excluded from matching where the content has none, each with the least
share of the style that it must fill to count."""
MOST_EXCLUDED = 0.5  # of a style, that painting can do without
BEARD_MARGIN = 0.15  # of a beard's size: how far stubble reaches beyond its mask
BESIDE_BEARD = ("nose", "mouth")  # never stubble

DrawnSource = Callable[
    [Tensor, Sequence[Tensor]], tuple[SoftMasks | None, list[SoftMasks | None]]
]
"""A callable (content, styles) -> masks drawn for each; None for nothing."""


@dataclass(frozen=True)
class PairMasks:
    """Soft masks of a content and its styles (Zhao et al. 2017, Section 5).

    "background" is the complement of the objects. A person covers its skin and the skin
    covers the face parts, so a pixel of the mouth counts as person, skin and mouth: it
    may be painted from a style's mouth first, from other skin next.

    Args:
        k: Objects used at most, the most probable over all images; 0 gives no masks.
        sources: Callables image -> masks, by a name of your choice. Masks of one name
            from several sources are joined by their maximum; objects of a later source
            get what those of the earlier ones leave.
        drawn: Masks drawn by hand, put in the place of those found; used whatever k is.
        parts: Which parts of a person may be used.
        content_domain: "photo": skin may be found by its colour; "art": where no
            classifier saw it, it is the face and forehead, since colours in paintings
            are free; "auto" looks at the picture, expecting a photograph.
        style_domain: The same for the styles, where "auto" expects an artwork.
        refine: What softens the chosen masks, and sharpens them along edges.
        binary: Whether each pixel belongs to the one most probable mask alone, for the
            paper's comparison.
        fetch: Whether nets may download weights that are not on this machine; the
            configurations of sources refer to it.
        weights: What γ is multiplied by in a mask, by its name, from 0 to 1; with 0 the
            mask counts as not found.
    """

    k: int = 5
    sources: Mapping[str, MaskSource] = field(
        default_factory=lambda: {"portrait": Portrait()}
    )
    drawn: DrawnSource | None = None
    parts: Sequence[str] = PERSON_PARTS
    content_domain: str = "auto"
    style_domain: str = "auto"
    refine: Refine = field(default_factory=Blur)
    binary: bool = False
    fetch: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 0:
            raise ValueError(f"k must be a whole number >= 0, got {self.k!r}")
        for key in ("content_domain", "style_domain"):
            if getattr(self, key) not in DOMAINS:
                raise ValueError(
                    f"masks.{key} must be one of {', '.join(DOMAINS)}, "
                    f"got {getattr(self, key)!r}"
                )
        unknown = [name for name in self.parts if name not in PERSON_PARTS]
        if unknown:
            raise ValueError(
                f"masks.parts knows no {unknown[0]!r}; "
                f"choose from {', '.join(PERSON_PARTS)}"
            )
        for key in ("binary", "fetch"):
            if not isinstance(value := getattr(self, key), bool):
                raise ValueError(f"masks.{key} must be true or false, got {value!r}")
        check_weights(self.weights)

    def __call__(
        self, content: Tensor, styles: Sequence[Tensor], requested: Sequence[str] = ()
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Masks with the same names in the same order for all images.

        Args:
            content: (1, 3, H, W) in [0, 1].
            styles: Images of the same form and of any size.
            requested: Masks that the content uses even where no style shows them.

        Returns:
            Masks of the content and of the styles. Unmatched regions are, of the
            content, parts that no style shows; of a style, skin or beard where the
            content shows none.

        Raises:
            ValueError: If a drawn mask has an unknown name and no counterpart.
        """
        images = [content, *styles]
        drawn: list[SoftMasks | None] = [None] * len(images)
        if self.k and self.drawn is not None:
            first, others = self.drawn(content, styles)
            drawn = [each and wanted(each, self.weights) for each in (first, *others)]
        if self.k == 0 or not (self.sources or any(drawn)):
            return no_masks(content), [no_masks(style) for style in styles]
        art = [is_artwork(content, self.content_domain, CONTENT_ART)]
        art += [is_artwork(style, self.style_domain, STYLE_ART) for style in styles]
        found = [
            self.find(image, over, art=is_art)
            for image, over, is_art in zip(images, drawn, art, strict=True)
        ]
        warn_of_unknown(self.weights, found)
        found = [wanted(each, self.weights) for each in found]
        check_counterparts(drawn, found, requested)
        names = {name for each in drawn if each for name in each.names}
        return self.chosen(images, found, drawn=names, requested=requested)

    def chosen(
        self,
        images: Sequence[Tensor],
        found: Sequence[SoftMasks],
        *,
        drawn: Collection[str] = (),
        requested: Sequence[str] = (),
        kept: Collection[str] = (),
        tells: bool = True,
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Masks with the same names for all images, of those found in each.

        Args:
            images: The content and the styles.
            found: All masks of each.
            drawn: Names of those drawn by hand.
            requested: As of a call.
            kept: Names chosen for an earlier frame of the same film, which stay as long
                as they are seen.
            tells: Whether a line says which masks are left out.

        Returns:
            As of a call.
        """
        found = [wanted(each, self.weights) for each in found]
        own = {*drawn, *requested}
        weights = by_shared_kind(self.weights, found, own)
        found = with_shared_kinds(found[0], found[1:], kept=own)
        chosen = select(
            found[0],
            found[1:],
            max(0, self.k - len(objects(kept))),
            parts=self.parts,
            drawn={*drawn, *kept},
            requested=requested,
            tells=tells,
        )
        chosen[0] = weighted(chosen[0], weights)
        present = [name for name in self.parts if is_present(found[0], name, 0)]
        alone = [[name for name in present if name not in chosen[0].names]]
        alone += [self._excluded(style, present) for style in found[1:]]
        content_masks, *style_masks = map(self._finished, chosen, found, alone, images)
        return content_masks, style_masks

    def find(
        self, image: Tensor, drawn: SoftMasks | None = None, *, art: bool
    ) -> SoftMasks:
        """All that the sources see in one image and that was drawn over it."""
        found = [source(image) for source in self.sources.values()]
        if drawn is None:
            masks = layered(joined(found), art=art) if found else no_masks(image)
        else:
            masks = drawn_over(joined(found), drawn) if found else drawn
            masks = layered(masks, art=art, drawn=drawn.names)
        faces = (each.landmarks for each in found if each.landmarks is not None)
        return replace(masks, landmarks=next(faces, None))

    def _excluded(self, style: SoftMasks, present: Collection[str]) -> list[str]:
        """Regions of a style that the content has not and is not painted from.

        Else a face appears in a landscape and a beard on a lip, wherever colours fit.
        What lies within an excluded region needs no mask of its own.
        """
        names = [
            name
            for name, least in EXCLUDED.items()
            if name in self.parts
            and name not in present
            and is_present(style, name, least)
            and float(style[name].mean()) <= MOST_EXCLUDED
        ]
        return [name for name in names if parent_of(name, names) is None]

    def _finished(
        self,
        chosen: SoftMasks,
        found: SoftMasks,
        unmatched: Sequence[str],
        image: Tensor,
    ) -> SoftMasks:
        """The chosen masks of one image and its unmatched regions, refined."""
        masks = self.refine(chosen, image)
        masks = one_hot(masks) if self.binary else masks
        others = None
        if unmatched:
            probs = found.by_name()
            if "beard" in unmatched:
                probs["beard"] = _with_stubble(probs)
            planes = {name: probs[name] for name in unmatched}
            others = self.refine(found.replaced(planes), image)
        return replace(masks, unmatched=others, landmarks=found.landmarks)


def _with_stubble(probs: Mapping[str, Tensor]) -> Tensor:
    """(H, W) of a beard and of the skin about it."""
    beard = probs["beard"]
    radius = round(BEARD_MARGIN * float(beard.sum().sqrt()))
    wider = F.max_pool2d(beard[None], 2 * radius + 1, stride=1, padding=radius)[0]
    for name in BESIDE_BEARD:
        if name in probs:
            wider = torch.minimum(wider, 1 - probs[name])
    return torch.maximum(wider * probs["skin"], beard)
