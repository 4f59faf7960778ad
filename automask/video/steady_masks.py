"""Masks of a film's frames that move with what they show, and do not flash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from automask.masks.pair import CONTENT_ART, PairMasks
from automask.masks.paper import with_paper
from automask.masks.portrait.domain import is_artwork
from automask.masks.soft import SoftMasks, no_masks
from automask.pipeline.find_masks import pictures
from automask.pipeline.style_mix import supplied
from automask.video.flow import Flow, warp_smooth
from stylize import Picture

State = dict[str, Any]
EVERY = 4  # frames; in between masks are carried along the motion
MUCH = 0.3  # of a frame that is new: masks are sought at once
FRESH = 0.4  # weight of newly found masks where the carried ones are sure


@dataclass(frozen=True)
class StyleSide:
    """The styles as a film shows them.

    Args:
        images: (1, 3, h, w) each.
        found: All masks of each, of its size.
        scales: Of each: at the finest level over the image's.
        shares: By region, of each style; empty where no region has styles of its own.
        rest: Share of each style elsewhere.
    """

    images: tuple[Tensor, ...]
    found: tuple[SoftMasks, ...]
    scales: tuple[float, ...]
    regions: dict[str, tuple[float, ...]]
    rest: tuple[float, ...]


@dataclass(frozen=True)
class FrameMasks:
    """Finds the masks of frame after frame.

    Args:
        pair: Finds and chooses masks.
        styles: The other side, found once.
    """

    pair: PairMasks
    styles: StyleSide

    def __call__(
        self,
        frame: Tensor,
        state: State | None,
        flow: Flow | None,
        *,
        due: bool = False,
    ) -> tuple[Picture, list[Picture], State]:
        """A frame and the styles with their masks.

        Args:
            frame: (1, 3, H, W).
            state: That the last frame's call gave back; None for the first of a shot.
            flow: Motion since then.
            due: Whether they are to be sought at once.

        Returns:
            The frame, the styles, and the state for the next frame.
        """
        if state is None or flow is None:
            art = is_artwork(frame, self.pair.content_domain, CONTENT_ART)
            seen = all_masks(self.pair, frame, art=art)
            sure = torch.ones(1, 1, *frame.shape[2:])
            state = {"art": art, "kept": None, "age": 0, "sure": sure}
        else:
            seen, age = moved(plain_masks(state["seen"]), flow), state["age"] + 1
            sure = warp_smooth(state["sure"], flow.vectors) * flow.confidence
            if due or age >= EVERY or 1 - float(flow.confidence.mean()) > MUCH:
                found = all_masks(self.pair, frame, art=state["art"])
                seen, age = steadied(seen, found, sure[0, 0]), 0
                sure = torch.ones_like(sure)
            state = {**state, "age": age, "sure": sure}
        own, others = self._chosen(frame, seen, state["kept"])
        content, *styles = self._pictures(frame, own, others)
        return (
            content,
            styles,
            {**state, "seen": masks_state(seen), "kept": list(own.names)},
        )

    def _chosen(
        self, frame: Tensor, seen: SoftMasks, kept: Sequence[str] | None
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Those used of all; a shot's first frame says which are left out."""
        images = [frame, *self.styles.images]
        if not seen.names:
            return seen, [no_masks(image) for image in images[1:]]
        asked = tuple(self.styles.regions)
        own, others = self.pair.chosen(
            images,
            [seen, *self.styles.found],
            requested=asked,
            kept=kept or (),
            tells=kept is None,
        )
        if not asked:
            own, *others = with_paper(images, [own, *others])
        return own, others

    def _pictures(
        self, frame: Tensor, own: SoftMasks, others: Sequence[SoftMasks]
    ) -> list[Picture]:
        content, *styles = pictures([frame, *self.styles.images], [own, *others])
        styles = [
            replace(style, scale=scale)
            for style, scale in zip(styles, self.styles.scales, strict=True)
        ]
        if self.styles.regions:
            styles = supplied(styles, self.styles.regions, self.styles.rest)
        return [content, *styles]


def all_masks(
    pair: PairMasks, image: Tensor, drawn: SoftMasks | None = None, *, art: bool
) -> SoftMasks:
    """All that is seen in an image; nothing where no masks are to be used."""
    if not (pair.k and pair.sources):
        return no_masks(image)
    return pair.find(image, drawn, art=art)


def moved(masks: SoftMasks, flow: Flow) -> SoftMasks:
    """Masks of the last frame as they would be found now."""
    probs = warp_smooth(masks.probs[None], flow.vectors)[0].clamp(0, 1)
    faces = masks.landmarks
    if faces is not None:
        height, width = masks.probs.shape[1:]
        x = faces[..., 0].round().long().clamp(0, width - 1)
        y = faces[..., 1].round().long().clamp(0, height - 1)
        faces = faces - flow.vectors[0][:, y, x].movedim(0, -1)
    return replace(masks, probs=probs, landmarks=faces)


def steadied(carried: SoftMasks, found: SoftMasks, sure: Tensor) -> SoftMasks:
    """Carried masks that give way to newly found ones, at once where those are unsure.

    Args:
        carried: Of the last frames.
        found: In this frame alone; what it lacks fades.
        sure: (H, W) in [0, 1] that what is seen was seen when masks were last sought.
    """
    if not (carried.names or found.names):
        return found
    weight = 1 - sure * (1 - FRESH)
    before, now = carried.by_name(), found.by_name()
    names = dict.fromkeys([*now, *before])
    none = torch.zeros(found.probs.shape[1:])
    probs = {
        name: torch.lerp(before.get(name, none), now.get(name, none), weight)
        for name in names
    }
    sources = {
        n: s for m in (carried, found) for n, s in zip(m.names, m.sources, strict=True)
    }
    trust = {
        name: _mixed(carried.confidences().get(name), found.confidences().get(name))
        for name in names
    }
    faces = found.landmarks
    if faces is not None and carried.landmarks is not None:
        if faces.shape == carried.landmarks.shape:
            faces = torch.lerp(carried.landmarks, faces, FRESH)
    return replace(found.replaced(probs, sources, trust), landmarks=faces)


def _mixed(before: float | None, now: float | None) -> float:
    """A confidence that changes slowly; one side alone knows it at first."""
    if before is None or now is None:
        return before if now is None else now  # type: ignore[return-value]
    return before + FRESH * (now - before)


def masks_state(masks: SoftMasks) -> State:
    """Masks as plain values and tensors."""
    return {
        "names": list(masks.names),
        "probs": masks.probs,
        "sources": list(masks.sources),
        "landmarks": masks.landmarks,
        "confidence": list(masks.confidence),
    }


def plain_masks(state: State) -> SoftMasks:
    """Masks that ``masks_state`` made plain."""
    return SoftMasks(
        tuple(state["names"]),
        state["probs"],
        tuple(state["sources"]),
        landmarks=state["landmarks"],
        confidence=tuple(state["confidence"]),
    )
