"""Paint an image coarse to fine by minimising the sum of the terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from stylize.anchor import energy_at
from stylize.checkpoint import MISFIT, Keep, State
from stylize.color import Color
from stylize.copies import Copies
from stylize.encoder import Encoder
from stylize.fine import Fine
from stylize.level import Level, Notify
from stylize.optimizer import LBFGS, MakeOptimizer
from stylize.patience import Patience
from stylize.picture import Picture, check_names, size_at, sized, with_masks_of
from stylize.pyramid import Pyramid, resize
from stylize.report import LevelReport, Step, Stylized, notifier
from stylize.scene import Scene
from stylize.terms import Term
from stylize.tiles import Tiles

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
        strength: Of the style, from 0, the content as it is, to 1.
        patience: When a level may end before its last step.
        fine: How levels larger than most pictures are painted.
        tiles: Into what a large level is cut.
    """

    encoder: Encoder
    terms: Mapping[str, Term]
    pyramid: Pyramid = field(default_factory=Pyramid)
    iterations: Sequence[int] = (100,)
    optimizer: MakeOptimizer = field(default_factory=LBFGS)
    color: Color | None = None
    copies: Copies = field(default_factory=Copies)
    finish: Finish | None = None
    strength: float = 1.0
    patience: Patience = field(default_factory=Patience)
    fine: Fine = field(default_factory=Fine)
    tiles: Tiles = field(default_factory=Tiles)

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("a stylizer needs at least one term")
        if not self.iterations or min(self.iterations) < 1:
            raise ValueError(f"iterations must be >= 1, got {list(self.iterations)}")
        if not 0 <= self.strength <= 1:
            raise ValueError(f"strength must lie in [0, 1], got {self.strength:g}")

    def __call__(
        self,
        content: Picture,
        styles: Sequence[Picture],
        start: Tensor | torch.Generator | None = None,
        on_step: Callable[[Step], None] | None = None,
        resume: State | None = None,
        keep: Keep | None = None,
    ) -> Stylized:
        """Paint.

        Args:
            content: The picture has its size.
            styles: One or more, with the content's masks.
            start: Image to start from, or generator of random noise; None starts
                from the content.
            on_step: Called after each step.
            resume: What the same painting, stopped in its middle, kept last.
            keep: Called every few steps with what it takes to go on from there.

        Raises:
            ValueError: If masks do not fit each other, or an image is too small for
                the encoder.
        """
        check_names(content, styles)
        if not self.strength:
            return Stylized(content.image, ())
        scene = self._scene(content, styles)
        image: Tensor | torch.Generator = (
            scene.content.image if start is None else start
        )
        reports: list[LevelReport] = []
        descent: State | None = None
        if resume is not None:
            image, descent = resume["image"], resume["descent"]
            reports = list(resume["reports"])
            if len(reports) > len(scene.scales):
                raise ValueError(MISFIT)
        for level in range(len(reports), len(scene.scales)):
            notify = notifier(on_step, level, len(scene.scales))
            kept = _keeper(keep, reports)
            image, report = self._level(scene, level, image, notify, descent, kept)
            reports.append(report)
            descent = None
            if keep is not None:
                keep({"image": image, "reports": reports, "descent": None})
        assert isinstance(image, Tensor)
        if self.color is not None:
            image = self.color.after(image, content.image)
        if self.finish is not None:
            image = self.finish(image, content.image)
        return Stylized(image, tuple(reports))

    def scales(self, content: Picture, styles: Sequence[Picture]) -> list[float]:
        """Of the levels."""
        sides = [side * each.scale for each in styles for side in each.image.shape[2:]]
        return self.pyramid.scales(min(content.image.shape[2:]), round(min(sides)))

    def painter(self, scene: Scene, level: int) -> Level:
        """What paints that level."""
        iterations = self.iterations[min(level, len(self.iterations) - 1)]
        terms, color = self.terms, self.color
        if self.fine.holds(level, scene.size(level)):
            iterations, terms = self.fine.iterations, self.fine.terms(terms)
            color = None
        return Level(
            *(self.encoder, terms, self.optimizer, self.patience, iterations),
            strength=self.strength,
            energy=scene.energy,
            color=color,
            last=level == len(scene.scales) - 1,
        )

    def _scene(self, content: Picture, styles: Sequence[Picture]) -> Scene:
        """Content and styles as painting sees them, and at what sizes."""
        original = content
        content = sized(content, *self._largest_coarse(content, styles))
        before = content
        if self.color is not None:
            content, styles = self.color.before(content, styles)
            before, original = (with_masks_of(p, content) for p in (before, original))
            if self.strength < 1:
                image = torch.lerp(before.image, content.image, self.strength)
                content = replace(content, image=image)
        styles = self.copies(styles)
        scene = Scene(content, styles, self.scales(original, styles), original)
        if self.strength == 1:
            return scene
        painter, shown = self.painter(scene, 0), scene.styles_at(0)
        encoded = painter.encoded(sized(before, *scene.size(0)))
        objectives = painter.objectives(encoded, [painter.encoded(s) for s in shown])
        with torch.no_grad():
            return replace(scene, energy=energy_at(encoded, objectives))

    def _largest_coarse(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[int, int]:
        """Size of the last level that is painted after the photograph."""
        sizes = [size_at(content, scale) for scale in self.scales(content, styles)]
        return [
            size for level, size in enumerate(sizes) if not self.fine.holds(level, size)
        ][-1]

    def _level(
        self,
        scene: Scene,
        level: int,
        image: Tensor | torch.Generator,
        notify: Notify,
        resume: State | None,
        keep: Keep | None,
    ) -> tuple[Tensor, LevelReport]:
        """Paint one level from what the coarser one, or an earlier try, left."""
        size = scene.size(level)
        fine = self.fine.holds(level, size)
        image = _started(image, size)
        content = sized(scene.original if fine else scene.content, *size)
        original = sized(scene.original, *size) if self.strength < 1 else None
        if fine:
            content = replace(content, image=image)
        painter = self.painter(scene, level)
        pictures = content, scene.styles_at(level, fine), original, image
        grid = self.tiles.grid(*size)
        if len(grid) == 1:
            # What a fine level holds on to is gone once it has begun.
            return painter.whole(*pictures, notify, resume, None if fine else keep)
        return painter.tiled(*pictures, notify, grid, self.tiles.overlap)


def _started(image: Tensor | torch.Generator, size: tuple[int, int]) -> Tensor:
    """The image at the level's size, or noise of that size."""
    if isinstance(image, torch.Generator):
        return torch.rand(1, 3, *size, generator=image, device=image.device)
    return resize(image, *size)


def _keeper(keep: Keep | None, reports: Sequence[LevelReport]) -> Keep | None:
    """Keeps a level's state together with what the levels before it left."""
    if keep is None:
        return None

    def kept(state: State) -> None:
        keep({"image": state.pop("pixels"), "reports": reports, "descent": state})

    return kept
