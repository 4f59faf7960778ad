"""Paint an image coarse to fine by minimising the sum of the terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import torch
from torch import Tensor

from stylize.color import Recolor
from stylize.copies import Copies
from stylize.encoder import Encoded, Encoder
from stylize.mrf import PatchObjective
from stylize.pyramid import Pyramid, resize
from stylize.terms import Objective, Term


@dataclass(frozen=True)
class Step:
    """Where the work stands, for a progress bar.

    Args:
        level: From 0, the coarsest.
        levels: Number of levels.
        iteration: From 1.
        iterations: Of this level.
        height: Of this level's image, px.
        width: Likewise.
        losses: Weighted loss by term.
    """

    level: int
    levels: int
    iteration: int
    iterations: int
    height: int
    width: int
    losses: dict[str, float]


@dataclass(frozen=True)
class LevelReport:
    """What one level took and reached.

    Args:
        height: Px.
        width: Px.
        iterations: Steps made.
        seconds: Wall time, encoding of content and styles included.
        losses: Weighted loss by term at the last step.
        first_losses: At the first step.
        searches: Exact searches for matches.
        crossing: Share of matches that cross a mask border, by layer.
    """

    height: int
    width: int
    iterations: int
    seconds: float
    losses: dict[str, float]
    first_losses: dict[str, float]
    searches: int
    crossing: dict[str, float]


@dataclass(frozen=True)
class Stylized:
    """The picture, (1, 3, H, W) in [0, 1], and how each level went."""

    image: Tensor
    levels: tuple[LevelReport, ...]


@dataclass(frozen=True)
class Stylizer:
    """Minimise the sum of the terms over the pixels, coarse to fine.

    Args:
        encoder: Network whose activations the terms read.
        terms: Parts of the energy, by name.
        pyramid: Sizes.
        iterations: L-BFGS steps by level, coarse to fine; the last one is repeated
            for further levels.
        history: Corrections that L-BFGS keeps.
        recolor: How the content takes the styles' colours before painting; None
            leaves them.
        copies: Turned and resized copies of the styles that are searched with them.
    """

    encoder: Encoder
    terms: dict[str, Term]
    pyramid: Pyramid = field(default_factory=Pyramid)
    iterations: Sequence[int] = (100,)
    history: int = 25
    recolor: Recolor | None = None
    copies: Copies = field(default_factory=Copies)

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("a stylizer needs at least one term")
        if not self.iterations or min(self.iterations) < 1:
            raise ValueError(f"iterations must be >= 1, got {list(self.iterations)}")

    def __call__(
        self,
        content: Tensor,
        styles: Sequence[Tensor],
        content_masks: Tensor,
        style_masks: Sequence[Tensor],
        names: Sequence[str],
        start: Tensor | torch.Generator | None = None,
        on_step: Callable[[Step], None] | None = None,
    ) -> Stylized:
        """Paint.

        Args:
            content: (1, 3, H, W) in [0, 1]; the picture has its size.
            styles: (1, 3, h, w) each.
            content_masks: (K, H, W) in [0, 1]; K may be 0.
            style_masks: (K, h, w) for each style.
            names: Of the K masks, for the terms that name some.
            start: Image to start from, or generator of random noise; None starts
                from the content.
            on_step: Called after each step.

        Raises:
            ValueError: If masks and images do not fit each other, or an image is too
                small for the encoder.
        """
        _check_masks(content, styles, content_masks, style_masks, names)
        if self.recolor is not None:
            content = self.recolor(content, styles, content_masks, style_masks)
        styles, style_masks = self.copies(styles, style_masks)
        image: Tensor | torch.Generator = content if start is None else start
        reports: list[LevelReport] = []
        smallest_style = min(side for style in styles for side in style.shape[2:])
        scales = self.pyramid.scales(min(content.shape[2:]), smallest_style)
        for level, scale in enumerate(scales):
            begun = perf_counter()
            encoded = self._encoded(content, content_masks, names, scale)
            references = [
                self._encoded(style, masks, names, scale)
                for style, masks in zip(styles, style_masks, strict=True)
            ]
            iterations = self.iterations[min(level, len(self.iterations) - 1)]
            image = _started(image, encoded.image)
            notify = _notifier(on_step, level, len(scales), iterations, image)
            objectives = self._objectives(encoded, references)
            del references  # the objectives hold what they need of them
            painting = replace(encoded, image=image, features={})
            del encoded
            image, losses = self._descend(painting, objectives, iterations, notify)
            seconds = perf_counter() - begun
            reports.append(_report(image, losses, seconds, objectives))
        assert isinstance(image, Tensor)
        return Stylized(image, tuple(reports))

    def _layers(self) -> list[str]:
        return sorted({layer for term in self.terms.values() for layer in term.layers})

    def _encoded(
        self, image: Tensor, masks: Tensor, names: Sequence[str], scale: float
    ) -> Encoded:
        height, width = (max(1, round(side * scale)) for side in image.shape[2:])
        image = resize(image, height, width)
        with torch.no_grad():
            features = self.encoder(image, self._layers())
        masks = resize(masks[None], height, width)
        return Encoded(image, masks, tuple(names), features)

    def _objectives(
        self, content: Encoded, styles: Sequence[Encoded]
    ) -> dict[str, Objective]:
        strides = {layer: self.encoder.stride(layer) for layer in self._layers()}
        return {
            name: term.prepare(content, styles, strides)
            for name, term in self.terms.items()
        }

    def _descend(
        self,
        start: Encoded,
        objectives: dict[str, Objective],
        iterations: int,
        notify: Callable[[int, dict[str, float]], None],
    ) -> tuple[Tensor, list[dict[str, float]]]:
        """L-BFGS from an image; returns the image and the losses of each step."""
        pixels = start.image.clone().contiguous().requires_grad_(True)
        # One evaluation a step: a unit step along the L-BFGS direction, as the code
        # of Li & Wand has it. A line search would cost another quarter.
        optimizer = torch.optim.LBFGS(
            [pixels],
            max_iter=1,
            history_size=self.history,
            tolerance_grad=0,
            tolerance_change=0,
        )
        layers = self._layers()
        steps: list[dict[str, float]] = []

        def closure() -> Tensor:
            optimizer.zero_grad()
            features = self.encoder(pixels, layers)
            current = replace(start, image=pixels, features=features)
            losses = torch.stack([o(current, len(steps)) for o in objectives.values()])
            # Losses are means; their sum over the pixels keeps the curvature that
            # L-BFGS measures clear of the 1e-10 below which torch drops it.
            total = pixels.numel() * losses.sum()
            total.backward()
            steps.append(dict(zip(objectives, losses.tolist(), strict=True)))
            return total.detach()

        for iteration in range(iterations):
            optimizer.step(closure)
            notify(iteration + 1, steps[-1])
        return pixels.detach().clamp(0, 1), steps


def _started(image: Tensor | torch.Generator, like: Tensor) -> Tensor:
    """The image at the level's size, or noise of that size."""
    if isinstance(image, torch.Generator):
        return torch.rand(like.shape, generator=image, device=image.device).to(like)
    return resize(image, *like.shape[2:])


def _notifier(
    on_step: Callable[[Step], None] | None,
    level: int,
    levels: int,
    iterations: int,
    image: Tensor,
) -> Callable[[int, dict[str, float]], None]:
    height, width = image.shape[2:]

    def notify(iteration: int, losses: dict[str, float]) -> None:
        if on_step is not None:
            on_step(Step(level, levels, iteration, iterations, height, width, losses))

    return notify


def _report(
    image: Tensor,
    losses: list[dict[str, float]],
    seconds: float,
    objectives: dict[str, Objective],
) -> LevelReport:
    patches = [o for o in objectives.values() if isinstance(o, PatchObjective)]
    crossing = {k: v for o in patches for k, v in o.crossing().items()}
    return LevelReport(
        height=image.shape[2],
        width=image.shape[3],
        iterations=len(losses),
        seconds=seconds,
        losses=losses[-1],
        first_losses=losses[0],
        searches=sum(o.searches for o in patches),
        crossing=crossing,
    )


def _check_masks(
    content: Tensor,
    styles: Sequence[Tensor],
    content_masks: Tensor,
    style_masks: Sequence[Tensor],
    names: Sequence[str],
) -> None:
    if not styles or len(styles) != len(style_masks):
        raise ValueError(
            f"got {len(styles)} style images and masks for {len(style_masks)}"
        )
    if len(names) != len(content_masks):
        raise ValueError(f"got {len(names)} names for {len(content_masks)} masks")
    for kind, image, masks in [
        ("content", content, content_masks),
        *(("style", s, m) for s, m in zip(styles, style_masks, strict=True)),
    ]:
        if masks.ndim != 3 or masks.shape[1:] != image.shape[2:]:
            raise ValueError(
                f"masks of the {kind} have shape {tuple(masks.shape)}, its image "
                f"{tuple(image.shape)}: height and width must agree"
            )
        if len(masks) != len(content_masks):
            raise ValueError(
                f"the content has {len(content_masks)} masks, a style {len(masks)}; "
                "both need the same"
            )
