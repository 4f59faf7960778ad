"""The one type that every mask source makes: named soft masks of an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SoftMasks:
    """Named probability maps of one image; they may overlap.

    Args:
        names: One distinct name a mask.
        probs: (K, H, W) float32 in [0, 1]; K may be 0.
        sources: What made each mask, for the record; one a mask.
        unmatched: Regions without a counterpart on the other side of a pair. Those of
            a content keep their shapes; those of a style are excluded from matching.
        landmarks: (F, N, 2) x and y in px of each face's, the largest face first; None
            where no face was found or looked for.
        cover: (K, H, W) in [0, 1], of masks drawn by hand: 0 where nothing was drawn
            and what the sources found stands. ``probs`` are already multiplied by it.
        confidence: How far each mask as a whole is to be trusted, in [0, 1]: what γ is
            multiplied by in its region. Empty: 1 for all.

    Raises:
        ValueError: If names repeat, counts differ, a value is not a probability, a
            confidence does not lie in [0, 1], or landmarks are no points.
    """

    names: tuple[str, ...]
    probs: Tensor
    sources: tuple[str, ...]
    unmatched: SoftMasks | None = None
    landmarks: Tensor | None = None
    cover: Tensor | None = None
    confidence: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        given = tuple(map(float, self.confidence)) or (1.0,) * len(self.names)
        object.__setattr__(self, "confidence", given)
        if self.probs.ndim != 3 or not self.probs.is_floating_point():
            raise ValueError(
                "masks must be a (K, H, W) float tensor, "
                f"got {tuple(self.probs.shape)} {self.probs.dtype}"
            )
        counts = {len(self.names), len(self.sources), len(given), len(self.probs)}
        if len(counts) > 1:
            raise ValueError(
                f"got {len(self.names)} mask names, {len(self.sources)} sources and "
                f"{len(given)} confidences for {len(self.probs)} masks"
            )
        if not all(0 <= each <= 1 for each in given):
            raise ValueError(f"confidence of masks must lie in [0, 1], got {given}")
        faces = self.landmarks
        if faces is not None and (faces.ndim != 3 or faces.shape[2] != 2):
            raise ValueError(f"landmarks must be (F, N, 2), got {tuple(faces.shape)}")
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"mask names repeat: {', '.join(self.names)}")
        if self.probs.numel():
            least, most = self.probs.aminmax()
            if not (least >= 0 and most <= 1):
                raise ValueError(
                    f"mask values must lie in [0, 1], got {least:.3g} to {most:.3g}"
                )

    def __getitem__(self, name: str) -> Tensor:
        """The (H, W) mask of that name; raises KeyError for an unknown one."""
        try:
            return self.probs[self.names.index(name)]
        except ValueError:
            raise KeyError(f"no mask '{name}' among {', '.join(self.names)}") from None

    @property
    def with_unmatched(self) -> tuple[SoftMasks, ...]:
        """Itself, and behind it the unmatched regions, if there are any."""
        return (self,) if self.unmatched is None else (self, self.unmatched)

    def by_name(self) -> dict[str, Tensor]:
        """The (H, W) masks by their names."""
        return dict(zip(self.names, self.probs, strict=True))

    def confidences(self) -> dict[str, float]:
        """The masks' confidence by their names."""
        return dict(zip(self.names, self.confidence, strict=True))

    def replaced(
        self,
        probs: Mapping[str, Tensor],
        sources: Mapping[str, str] | None = None,
        confidence: Mapping[str, float] | None = None,
    ) -> SoftMasks:
        """These (H, W) planes alone, at least one.

        Sources and confidence are kept unless given; a new mask's confidence is 1.
        """
        known = dict(zip(self.names, self.sources, strict=True)) | dict(sources or {})
        trust = self.confidences() | dict(confidence or {})
        return SoftMasks(
            tuple(probs),
            torch.stack(list(probs.values())),
            tuple(known[name] for name in probs),
            confidence=tuple(trust.get(name, 1.0) for name in probs),
        )


MaskSource = Callable[[Tensor], SoftMasks]
"""A callable from a (1, 3, H, W) sRGB image in [0, 1] to its masks."""


def no_masks(image: Tensor) -> SoftMasks:
    """K = 0 masks of a (1, 3, H, W) image."""
    return SoftMasks((), torch.zeros(0, *image.shape[-2:]), ())
