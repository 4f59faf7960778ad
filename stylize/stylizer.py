"""Paint an image coarse to fine by minimising the sum of the terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from torch import Tensor

from stylize.carried import Carried, Matches
from stylize.color.color import Color
from stylize.color.keep import transfer
from stylize.copies import Copies
from stylize.encoders.encoder import Encoder
from stylize.losses.style_strength import energy_at
from stylize.losses.terms import Term
from stylize.matching.schedule import Every
from stylize.optimize.high_resolution import HighResolution
from stylize.optimize.level import Level, LevelPictures, Notify
from stylize.optimize.optimizer import LBFGS, MakeOptimizer
from stylize.optimize.report import LevelReport, Step, Stylized, notifier
from stylize.optimize.scene import Scene
from stylize.optimize.tiles import Tiles
from stylize.picture import Picture, check_names, size_at, sized
from stylize.pyramid import Pyramid, resize, resized
from stylize.ranges import check_share
from stylize.state import MISFIT, SaveState, State

Value = TypeVar("Value")
Finish = Callable[[Tensor, Tensor], Tensor]
"""From the painted image and the content, (1, 3, H, W) each, to the final picture."""


@dataclass(frozen=True)
class Stylizer:
    """Minimise the sum of the terms over the pixels, coarse to fine.

    Args:
        encoder: Network whose activations the terms read.
        terms: Of the energy, by name. Without any nothing is optimised: colours are
            transferred, and ``finish`` is applied.
        pyramid: Sizes.
        iterations: Steps by level, coarse to fine; the last one is repeated for
            further levels.
        votes: By level likewise: how far its start is drawn to what the matched
            patches vote for, from 0 to 1. On coarse levels, which place the shapes,
            votes of whole patches cost the subject.
        optimizer: What moves the pixels.
        color: Whose colours the picture has; None leaves that to the terms.
        keep_color: Masks within which the picture has the content's colours all the
            same; those that the content does not have are passed over.
        copies: Turned and resized copies of the styles that are searched with them.
        finish: What is done to the painted image at the end; None for nothing.
        strength: Of the style, from 0, the content as it is, to 1.
        high_resolution: How levels larger than most pictures are painted.
        tiles: Into what a large level is cut.
    """

    encoder: Encoder
    terms: Mapping[str, Term]
    pyramid: Pyramid = field(default_factory=Pyramid)
    iterations: Sequence[int] = (100,)
    votes: Sequence[float] = (0.0,)
    optimizer: MakeOptimizer = field(default_factory=LBFGS)
    color: Color | None = None
    keep_color: Sequence[str] = ()
    copies: Copies = field(default_factory=Copies)
    finish: Finish | None = None
    strength: float = 1.0
    high_resolution: HighResolution = field(default_factory=HighResolution)
    tiles: Tiles = field(default_factory=Tiles)

    def __post_init__(self) -> None:
        if not self.iterations or min(self.iterations) < 1:
            raise ValueError(f"iterations must be >= 1, got {list(self.iterations)}")
        check_share("strength", self.strength)
        if not self.votes:
            raise ValueError("votes must hold a share for each level, got none")
        for vote in self.votes:
            check_share("votes", vote)

    def __call__(
        self,
        content: Picture,
        styles: Sequence[Picture],
        start: Tensor | torch.Generator | None = None,
        on_step: Callable[[Step], None] | None = None,
        resume: State | None = None,
        save: SaveState | None = None,
    ) -> Stylized:
        """Paint.

        Args:
            content: The picture has its size.
            styles: One or more, with the content's masks.
            start: Image to start from, or generator of random noise; None starts
                from the content.
            on_step: Called after each step.
            resume: What the same painting, stopped in its middle, saved last.
            save: Called every few steps with what it takes to go on from there.

        Raises:
            ValueError: If masks do not fit each other, or an image is too small for
                the encoder.
        """
        painted = self.unfinished(content, styles, start, on_step, resume, save)
        return replace(painted, image=self.finished(painted.image, content.image))

    def unfinished(
        self,
        content: Picture,
        styles: Sequence[Picture],
        start: Tensor | torch.Generator | None = None,
        on_step: Callable[[Step], None] | None = None,
        resume: State | None = None,
        save: SaveState | None = None,
    ) -> Stylized:
        """The same, but for what is done to the picture at the end."""
        check_names(content, styles)
        if not self.strength:
            return Stylized(content.image, ())
        if not self.terms:
            return Stylized(self._recolored(content, styles)[0].image, ())
        image, reports = self._optimized(
            self._scene(content, styles), start, on_step, resume, save
        )
        return Stylized(image, tuple(reports))

    def finished(self, image: Tensor, content: Tensor) -> Tensor:
        """The picture, (1, 3, H, W), that becomes of a painted image at the end."""
        if self.transfer is not None and self.strength:
            image = self.transfer.after(image, content)
        if self.finish is not None and self.strength:
            image = self.finish(image, content)
        return image

    def _optimized(
        self,
        scene: Scene,
        start: Tensor | torch.Generator | None,
        on_step: Callable[[Step], None] | None,
        resume: State | None,
        save: SaveState | None,
    ) -> tuple[Tensor, list[LevelReport]]:
        """The image after all levels, coarse to fine; arguments as of a call."""
        image = scene.content.image if start is None else start
        reports: list[LevelReport] = []
        descent: State | None = None
        if resume is not None:
            image, descent = resume["image"], resume["descent"]
            reports = list(resume["reports"])
            if len(reports) > len(scene.scales):
                raise ValueError(MISFIT)
        for level in range(len(reports), len(scene.scales)):
            notify = notifier(on_step, level, len(scene.scales))
            save_level = _with_reports(save, reports)
            image, report = self._level(
                scene, level, image, notify, descent, save_level
            )
            reports.append(report)
            descent = None
            if save is not None:
                save({"image": image, "reports": reports, "descent": None})
        assert isinstance(image, Tensor)
        return image, reports

    def continued(
        self,
        content: Picture,
        styles: Sequence[Picture],
        carried: Carried,
        sketch: float | None = None,
    ) -> tuple[Tensor, Matches]:
        """Paint the next frame of a film from the painting of the last one.

        Args:
            content: The frame.
            styles: As of a call.
            carried: What the last painting left; where it is free, this one is painted
                on all levels, as a single picture is.
            sketch: Instead of painting, how far the frame is drawn to what its matches
                vote for on the finest level, from 0 to 1; None paints.

        Returns:
            The image before what is done to it at the end, and its matches.
        """
        check_names(content, styles)
        scene = self._scene(content, styles)
        first = 0 if sketch is None else len(scene.scales) - 1
        image, change, matches = scene.content.image, None, carried.matches
        for level in range(first, len(scene.scales)):
            size = scene.size(level)
            here = carried.at(*size)
            known = here.image
            if change is not None:  # by the coarser level
                known = known + here.free * resized(change, size)
            start = torch.lerp(resize(image, *size), known, here.known)
            painter = self.painter(scene, level)
            if sketch is not None:
                painter = replace(painter, iterations=0, vote=sketch, color=None)
                painter = replace(painter, last=False)
            if here.matches:
                painter = replace(painter, refresh=Every(painter.iterations + 1, True))
            pictures = self._pictures(scene, level, start)
            image, matches = painter.continued(pictures, here)
            change = image - here.image
        return image, matches

    def renewed(
        self, content: Picture, styles: Sequence[Picture], carried: Carried
    ) -> tuple[Tensor, Matches]:
        """Give a painting that was carried far the strokes and colours that it had.

        Args:
            content: The frame.
            styles: As of a call.
            carried: What the last painting left; where it is free, it is renewed.

        Returns:
            As ``continued``.
        """
        check_names(content, styles)
        scene = self._scene(content, styles)
        level = len(scene.scales) - 1
        here = carried.at(*scene.size(level))
        painter = replace(self.painter(scene, level), iterations=0, vote=0.0)
        return painter.continued(self._pictures(scene, level, here.image), here)

    @property
    def transfer(self) -> Color | None:
        """Of colours, but for those that are kept."""
        return transfer(self.color, self.keep_color)

    def scales(self, content: Picture, styles: Sequence[Picture]) -> list[float]:
        """Of the levels."""
        sides = [side * each.scale for each in styles for side in each.image.shape[2:]]
        return self.pyramid.scales(min(content.image.shape[2:]), round(min(sides)))

    def painter(self, scene: Scene, level: int) -> Level:
        """What paints that level."""
        high = self._is_high(level, scene.size(level))
        return Level(
            self.encoder,
            self.terms,
            self.optimizer,
            iterations=self.high_resolution.iterations
            if high
            else _of_level(self.iterations, level),
            refresh=self.high_resolution.refresh if high else None,
            strength=self.strength,
            energy=scene.energy,
            color=None if high else self.transfer,
            last=level == len(scene.scales) - 1,
            vote=0.0 if high else _of_level(self.votes, level),
        )

    def _is_high(self, level: int, size: tuple[int, int]) -> bool:
        return self.high_resolution.covers(level, size)

    def _recolored(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[Picture, Sequence[Picture]]:
        """Content and styles with the colours that painting sees."""
        if self.transfer is None:
            return content, styles
        changed, styles = self.transfer.before(content, styles)
        if self.strength < 1:
            image = torch.lerp(content.image, changed.image, self.strength)
            changed = replace(changed, image=image)
        return changed, styles

    def _scene(self, content: Picture, styles: Sequence[Picture]) -> Scene:
        """Content and styles as painting sees them, and at what sizes."""
        before = sized(content, *self._largest_from_photograph(content, styles))
        changed, styles = self._recolored(before, styles)
        styles = self.copies(styles)
        scene = Scene(changed, styles, self.scales(content, styles), content)
        if self.strength == 1:
            return scene
        painter, shown = self.painter(scene, 0), scene.styles_at(0)
        encoded = painter.encoded(sized(before, *scene.size(0)))
        objectives = painter.objectives(encoded, [painter.encoded(s) for s in shown])
        with torch.no_grad():
            return replace(scene, energy=energy_at(encoded, objectives))

    def _largest_from_photograph(
        self, content: Picture, styles: Sequence[Picture]
    ) -> tuple[int, int]:
        """Size of the last level whose content is the photograph."""
        sizes = [size_at(content, scale) for scale in self.scales(content, styles)]
        return [s for level, s in enumerate(sizes) if not self._is_high(level, s)][-1]

    def _level(
        self,
        scene: Scene,
        level: int,
        image: Tensor | torch.Generator,
        notify: Notify,
        resume: State | None,
        save: SaveState | None,
    ) -> tuple[Tensor, LevelReport]:
        """Paint one level from what the coarser one, or an earlier try, left."""
        size = scene.size(level)
        pictures = self._pictures(scene, level, _started(image, size))
        painter, grid = self.painter(scene, level), self.tiles.grid(*size)
        if len(grid) > 1:
            return painter.tiled(pictures, notify, grid, self.tiles.overlap)
        # The content of a high-resolution level is gone once it has begun.
        high = self._is_high(level, size)
        return painter.whole(pictures, notify, resume, None if high else save)

    def _pictures(self, scene: Scene, level: int, image: Tensor) -> LevelPictures:
        """What a level looks at, with what it starts from."""
        size = scene.size(level)
        high = self._is_high(level, size)
        content = sized(scene.original if high else scene.content, *size)
        return LevelPictures(
            replace(content, image=image) if high else content,
            scene.styles_at(level, enlarges=not high),
            image,
            original=sized(scene.original, *size) if self.strength < 1 else None,
        )


def _of_level(values: Sequence[Value], level: int) -> Value:
    """That of a level; the last one is repeated."""
    return values[min(level, len(values) - 1)]


def _started(image: Tensor | torch.Generator, size: tuple[int, int]) -> Tensor:
    """The image at the level's size, or noise of that size."""
    if isinstance(image, torch.Generator):
        return torch.rand(1, 3, *size, generator=image, device=image.device)
    return resize(image, *size)


def _with_reports(
    save: SaveState | None, reports: Sequence[LevelReport]
) -> SaveState | None:
    """Saves a level's state together with what the levels before it left."""
    if save is None:
        return None

    def save_level(state: State) -> None:
        save({"image": state.pop("pixels"), "reports": reports, "descent": state})

    return save_level
