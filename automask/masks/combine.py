"""One image's masks from all sources: joined by name, nested, blurred."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import torch
from torch import Tensor

from automask.masks.soft import SoftMasks

PARTS = ("skin", "eyes", "brows", "nose", "mouth")
"""What lies within a person and comes along with it; the rest are objects."""


def joined(found: Sequence[SoftMasks]) -> SoftMasks:
    """Masks of all sources; those of one name by their maximum."""
    probs: dict[str, Tensor] = {}
    sources: dict[str, str] = {}
    for masks in found:
        for name, prob, source in zip(
            masks.names, masks.probs, masks.sources, strict=True
        ):
            if name in probs:
                probs[name] = torch.maximum(probs[name], prob)
                sources[name] = f"{sources[name]} + {source}"
            else:
                probs[name], sources[name] = prob, source
    return rebuilt(probs, sources)


def rebuilt(probs: Mapping[str, Tensor], sources: Mapping[str, str]) -> SoftMasks:
    """Masks of a dict of (H, W) tensors; at least one."""
    return SoftMasks(
        tuple(probs),
        torch.stack(list(probs.values())),
        tuple(sources[name] for name in probs),
    )


def layered(masks: SoftMasks, *, art: bool) -> SoftMasks:
    """One "skin" after the domain, and each part inside skin inside person."""
    probs = dict(zip(masks.names, masks.probs, strict=True))
    sources = dict(zip(masks.names, masks.sources, strict=True))
    head = probs.pop("head", None)
    if head is not None and (art or "skin" not in probs):
        probs["skin"], sources["skin"] = head, sources["head"]
    if "skin" in probs:
        for name in PARTS[1:]:
            if name in probs:
                probs["skin"] = torch.maximum(probs["skin"], probs[name])
    if "person" in probs:
        for name in PARTS:
            if name in probs:
                probs[name] = torch.minimum(probs[name], probs["person"])
    return rebuilt(probs, sources)


def blurred(masks: SoftMasks, share: float) -> SoftMasks:
    """Gaussian blur with a sigma that is a share of the longer side."""
    sigma = share * max(masks.probs.shape[-2:])
    if sigma < 0.1:  # px; cv2 can make no kernel for less
        return masks
    planes = [
        torch.from_numpy(
            cv2.GaussianBlur(
                plane.numpy(), (0, 0), sigma, borderType=cv2.BORDER_REFLECT
            )
        )
        for plane in masks.probs
    ]
    return SoftMasks(masks.names, torch.stack(planes).clamp(0, 1), masks.sources)
