"""The masks of a content and its styles, chosen for all of them jointly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from automask.masks.combine import (
    PARTS,
    Painted,
    by_name,
    drawn_over,
    joined,
    layered,
    parent_of,
    rebuilt,
)
from automask.masks.drawn.partners import check_partners
from automask.masks.portrait.domain import is_artwork
from automask.masks.portrait.portrait_source import Portrait
from automask.masks.refine import Blur, Refine, one_hot
from automask.masks.select import LEAST_SHARE, select, shows
from automask.masks.soft import MaskSource, SoftMasks

DOMAINS = ("auto", "photo", "art")
CONTENT_ART, STYLE_ART = 0.25, 0.75  # how often one expects an artwork unseen
WITHHELD = {"skin": LEAST_SHARE, "beard": 0.0}
"""What a content that shows none takes no paint of; least share of a style to count."""
MOST = 0.5  # of a style, that painting can do without
STUBBLE = 0.15  # of a beard's size, by which it goes on where no mask sees it
SHAVED = ("nose", "mouth")  # but not over these

DrawnMasks = Callable[[Tensor, Sequence[Tensor]], tuple[Painted | None, list]]
"""A callable (content, styles) -> what was drawn for each; None for nothing."""


@dataclass(frozen=True)
class PairMasks:
    """Soft masks of a content and its styles (Zhao et al. 2017, Section 5).

    "background" is the complement of the objects. A person covers its skin and the skin
    covers the face parts, so a pixel of the mouth counts as person, skin and mouth: it
    may be painted from a style's mouth first, from other skin next.

    Args:
        k: Objects kept at most, the most probable over all images; 0 gives no masks.
        sources: Callables image -> masks, by a name of your choice. Masks of one name
            from several sources are joined by their maximum; objects of a later source
            get what those of the earlier ones leave.
        drawn: Masks drawn by hand, put in the place of those found; kept whatever k is.
        parts: Which parts of a person may be used.
        content_domain: "photo": skin may be found by its colour; "art": where no
            classifier saw it, it is the face and forehead, since colours in paintings
            are free; "auto" looks at the picture, expecting a photograph.
        style_domain: The same for the styles, where "auto" expects an artwork.
        refine: What softens the chosen masks, and sharpens them along edges.
        binary: Whether each pixel belongs to the one most probable mask alone, for the
            paper's comparison.
    """

    k: int = 5
    sources: Mapping[str, MaskSource] = field(
        default_factory=lambda: {"portrait": Portrait()}
    )
    drawn: DrawnMasks | None = None
    parts: Sequence[str] = PARTS
    content_domain: str = "auto"
    style_domain: str = "auto"
    refine: Refine = field(default_factory=Blur)
    binary: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 0:
            raise ValueError(f"k must be a whole number >= 0, got {self.k!r}")
        for key in ("content_domain", "style_domain"):
            if getattr(self, key) not in DOMAINS:
                raise ValueError(
                    f"masks.{key} must be one of {', '.join(DOMAINS)}, "
                    f"got {getattr(self, key)!r}"
                )
        unknown = [name for name in self.parts if name not in PARTS]
        if unknown:
            raise ValueError(
                f"masks.parts knows no {unknown[0]!r}; choose from {', '.join(PARTS)}"
            )
        if not isinstance(self.binary, bool):
            raise ValueError(f"masks.binary must be true or false, got {self.binary!r}")

    def __call__(
        self, content: Tensor, styles: Sequence[Tensor], asked: Sequence[str] = ()
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Masks with the same names in the same order for all images.

        Args:
            content: (1, 3, H, W) in [0, 1].
            styles: Images of the same form and of any size.
            asked: Masks that the content keeps even where no style shows them.

        Returns:
            The content's, those parts aside that only it shows; the styles', their
            skin or beard aside where the content shows none.

        Raises:
            ValueError: If a drawn mask has an unknown name and no partner.
        """
        images = [content, *styles]
        first, others = (None, [None] * len(styles))
        if self.k and self.drawn is not None:
            first, others = self.drawn(content, styles)
        painted = [first, *others]
        if self.k == 0 or not (self.sources or any(painted)):
            return no_masks(content), [no_masks(style) for style in styles]
        art = [is_artwork(content, self.content_domain, CONTENT_ART)]
        art += [is_artwork(style, self.style_domain, STYLE_ART) for style in styles]
        found = [
            self.find(image, drawn, art=is_art)
            for image, drawn, is_art in zip(images, painted, art, strict=True)
        ]
        check_partners(painted, found, asked)
        kept = {name for drawn in painted if drawn for name in drawn.masks.names}
        chosen = select(
            found[0], found[1:], self.k, parts=self.parts, kept=kept, asked=asked
        )
        done = [self.finished(*each) for each in zip(chosen, images, strict=True)]
        shown = [n for n in self.parts if shows(found[0], n, 0)]
        asides = [[n for n in shown if n not in done[0].names]]
        asides += [self.withheld(style, shown) for style in found[1:]]
        done = [
            replace(
                each, aside=self.aside(seen, names, image), landmarks=seen.landmarks
            )
            for each, seen, names, image in zip(
                done, found, asides, images, strict=True
            )
        ]
        return done[0], done[1:]

    def withheld(self, style: SoftMasks, shown: Collection[str]) -> list[str]:
        """Parts that a style shows and the content does not, and is not to take.

        Else a face appears in a landscape and a beard on a lip, wherever colours fit.
        What lies within a part that is withheld needs no mask of its own.
        """
        found = [
            name
            for name, least in WITHHELD.items()
            if name in self.parts
            and name not in shown
            and shows(style, name, least)
            and float(style[name].mean()) <= MOST
        ]
        return [name for name in found if parent_of(name, found) is None]

    def aside(
        self, found: SoftMasks, names: Sequence[str], image: Tensor
    ) -> SoftMasks | None:
        """Masks of those names alone, refined; None for no names."""
        if not names:
            return None
        probs, sources = by_name(found)
        if "beard" in names:
            probs["beard"] = _with_stubble(probs)
        return self.refine(rebuilt({n: probs[n] for n in names}, sources), image)

    def find(
        self, image: Tensor, painted: Painted | None = None, *, art: bool
    ) -> SoftMasks:
        """All that the sources see in one image and that was drawn over it."""
        found = [source(image) for source in self.sources.values()]
        if painted is None:
            masks = layered(joined(found), art=art) if found else no_masks(image)
        else:
            masks = drawn_over(joined(found), painted) if found else painted.masks
            masks = layered(masks, art=art, drawn=painted.masks.names)
        faces = (each.landmarks for each in found if each.landmarks is not None)
        return replace(masks, landmarks=next(faces, None))

    def finished(self, masks: SoftMasks, image: Tensor) -> SoftMasks:
        """The chosen masks of one image, refined."""
        refined = self.refine(masks, image)
        return one_hot(refined) if self.binary else refined


def _with_stubble(probs: Mapping[str, Tensor]) -> Tensor:
    """(H, W) of a beard and of the skin about it."""
    beard = probs["beard"]
    reach = round(STUBBLE * float(beard.sum().sqrt()))
    window = 2 * reach + 1
    grown = F.max_pool2d(beard[None], window, stride=1, padding=reach)[0]
    for name in SHAVED:
        if name in probs:
            grown = torch.minimum(grown, 1 - probs[name])
    return torch.maximum(grown * probs["skin"], beard)


def no_masks(image: Tensor) -> SoftMasks:
    """K = 0: an image that is not told apart."""
    return SoftMasks((), torch.zeros(0, *image.shape[-2:]), ())
