"""Paint an image coarse to fine by minimising the sum of the terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

import torch
from torch import Tensor

from stylize.color import Color
from stylize.copies import Copies
from stylize.descent import Descent, Losses
from stylize.encoder import Encoded, Encoder
from stylize.mrf import PatchObjective
from stylize.optimizer import LBFGS, MakeOptimizer
from stylize.picture import Picture, check_names
from stylize.pyramid import Pyramid, resize
from stylize.report import LevelReport, Step, Stylized
from stylize.terms import Objective, Term

Finish = Callable[[Tensor, Tensor], Tensor]
"""From the painted image and the content, (1, 3, H, W) each, to the final picture."""


@dataclass(frozen=True)
class Stylizer:
    """Minimise the sum of the terms over the pixels, coarse to fine.

    Args:
        encoder: Network whose activations the terms read.
        terms: Parts of the energy, by name.
        pyramid: Sizes.
        iterations: Steps by level, coarse to fine; the last one is repeated for
            further levels.
        optimizer: What moves the pixels.
        color: Whose colours the picture has; None leaves that to the terms.
        copies: Turned and resized copies of the styles that are searched with them.
        finish: What is done to the painted image at the end; None for nothing.
    """

    encoder: Encoder
    terms: Mapping[str, Term]
    pyramid: Pyramid = field(default_factory=Pyramid)
    iterations: Sequence[int] = (100,)
    optimizer: MakeOptimizer = field(default_factory=LBFGS)
    color: Color | None = None
    copies: Copies = field(default_factory=Copies)
    finish: Finish | None = None

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("a stylizer needs at least one term")
        if not self.iterations or min(self.iterations) < 1:
            raise ValueError(f"iterations must be >= 1, got {list(self.iterations)}")

    def __call__(
        self,
        content: Picture,
        styles: Sequence[Picture],
        start: Tensor | torch.Generator | None = None,
        on_step: Callable[[Step], None] | None = None,
    ) -> Stylized:
        """Paint.

        Args:
            content: The picture has its size.
            styles: One or more, with the content's masks.
            start: Image to start from, or generator of random noise; None starts
                from the content.
            on_step: Called after each step.

        Raises:
            ValueError: If masks do not fit each other, or an image is too small for
                the encoder.
        """
        check_names(content, styles)
        original = content.image
        if self.color is not None:
            content, styles = self.color.before(content, styles)
        styles = self.copies(styles)
        image: Tensor | torch.Generator = content.image if start is None else start
        reports: list[LevelReport] = []
        smallest_style = min(side for style in styles for side in style.image.shape[2:])
        scales = self.pyramid.scales(min(content.image.shape[2:]), smallest_style)
        for level, scale in enumerate(scales):
            notify = _notifier(on_step, level, len(scales))
            image, report = self._level(content, styles, image, level, scale, notify)
            reports.append(report)
        assert isinstance(image, Tensor)
        if self.color is not None:
            image = self.color.after(image, original)
        if self.finish is not None:
            image = self.finish(image, original)
        return Stylized(image, tuple(reports))

    def _level(
        self,
        content: Picture,
        styles: Sequence[Picture],
        image: Tensor | torch.Generator,
        level: int,
        scale: float,
        notify: Callable[[int, int, Tensor, Losses], None],
    ) -> tuple[Tensor, LevelReport]:
        """Paint one level from what the coarser one left."""
        begun = perf_counter()
        encoded = self._encoded(content, scale)
        references = [self._encoded(style, scale) for style in styles]
        iterations = self.iterations[min(level, len(self.iterations) - 1)]
        start = replace(encoded, image=_started(image, encoded.image), features={})
        objectives = self._objectives(encoded, references)
        del encoded, references  # the objectives hold what they need of them
        descent = Descent(
            self.encoder, self._layers(), objectives, self.optimizer, iterations
        )
        painted, losses = descent(start, lambda *step: notify(iterations, *step))
        seconds = perf_counter() - begun
        return painted, _report(painted, losses, seconds, objectives)

    def _layers(self) -> list[str]:
        return sorted({layer for term in self.terms.values() for layer in term.layers})

    def _encoded(self, picture: Picture, scale: float) -> Encoded:
        height, width = (max(1, round(s * scale)) for s in picture.image.shape[2:])
        image = resize(picture.image, height, width)
        with torch.no_grad():
            features = self.encoder(image, self._layers())
        masks = resize(picture.masks[None], height, width)
        return Encoded(image, masks, picture.names, features, picture.shares)

    def _objectives(
        self, content: Encoded, styles: Sequence[Encoded]
    ) -> dict[str, Objective]:
        strides = {layer: self.encoder.stride(layer) for layer in self._layers()}
        return {
            name: term.prepare(content, styles, strides)
            for name, term in self.terms.items()
        }


def _started(image: Tensor | torch.Generator, like: Tensor) -> Tensor:
    """The image at the level's size, or noise of that size."""
    if isinstance(image, torch.Generator):
        return torch.rand(like.shape, generator=image, device=image.device).to(like)
    return resize(image, *like.shape[2:])


def _notifier(
    on_step: Callable[[Step], None] | None, level: int, levels: int
) -> Callable[[int, int, Tensor, Losses], None]:
    def notify(iterations: int, iteration: int, image: Tensor, losses: Losses) -> None:
        if on_step is not None:
            on_step(Step(level, levels, iteration, iterations, image, losses))

    return notify


def _report(
    image: Tensor,
    losses: list[Losses],
    seconds: float,
    objectives: Mapping[str, Objective],
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
