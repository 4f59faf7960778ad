"""One level of the pyramid, painted in one piece or tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import torch
from torch import Tensor

from stylize.color.region_transfer import Color
from stylize.encoders.encoder import Encoded, Encoder, Moments
from stylize.losses.style_strength import anchored
from stylize.losses.terms import Finishing, Objective, Term
from stylize.optimize.descent import Descent, Losses
from stylize.optimize.optimizer import MakeOptimizer
from stylize.optimize.report import LevelReport, level_report, merged
from stylize.optimize.tiles import Frame, Tile, moments_of
from stylize.patience import Patience
from stylize.picture import Picture, mapped
from stylize.state import Keep, State

ANCHOR = "strength"  # its name among the losses
Notify = Callable[[int, int, Tensor, Losses], None]
"""Told of each step: steps in all, steps made, the level's image, losses."""


@dataclass(frozen=True)
class Level:
    """What paints a level.

    Args:
        encoder: Network whose activations the terms read.
        terms: Parts of the energy, by name.
        optimizer: What moves the pixels.
        patience: When fewer steps are enough.
        iterations: Steps at most.
        strength: Of the style, in (0, 1].
        energy: That the photograph has under the terms, where the strength is below 1.
        color: What corrects the picture's colours at the end; None for nothing.
        last: Whether it is the finest level, at whose end terms have their last word.
    """

    encoder: Encoder
    terms: Mapping[str, Term]
    optimizer: MakeOptimizer
    patience: Patience
    iterations: int
    strength: float = 1.0
    energy: float = 0.0
    color: Color | None = None
    last: bool = False

    @property
    def layers(self) -> list[str]:
        """Those that the terms read."""
        return sorted({layer for t in self.terms.values() for layer in t.layers})

    def encoded(
        self, picture: Picture, moments: Mapping[str, Moments] | None = None
    ) -> Encoded:
        """A picture as the terms see it.

        Args:
            picture: At the level's size, or a tile of it.
            moments: Of the whole picture, for a tile.
        """
        with torch.no_grad():
            features = self.encoder(picture.image, self.layers)
        return Encoded(
            picture.image,
            picture.masks[None],
            picture.names,
            features,
            picture.shares,
            {layer: self.encoder.reach(layer) for layer in features},
            moments or {},
            {name: mask[None, None] for name, mask in picture.unmatched.items()},
            None if picture.positions is None else picture.positions[None],
        )

    def objectives(
        self, content: Encoded, styles: Sequence[Encoded]
    ) -> dict[str, Objective]:
        """The terms, bound to what they compare."""
        strides = {layer: self.encoder.stride(layer) for layer in self.layers}
        return {
            name: term.prepare(content, styles, strides)
            for name, term in self.terms.items()
        }

    def whole(
        self,
        content: Picture,
        styles: Sequence[Picture],
        original: Picture | None,
        image: Tensor,
        notify: Notify,
        resume: State | None = None,
        keep: Keep | None = None,
    ) -> tuple[Tensor, LevelReport]:
        """Paint in one piece.

        Args:
            content: At the level's size, like all that follow.
            styles: With the content's masks.
            original: The content before its colours were changed, where the strength is
                below 1.
            image: (1, 3, H, W) to start from.
            notify: Told of each step.
            resume: What an earlier try that was stopped kept.
            keep: Called every few steps with what it takes to go on from there.
        """
        begun = perf_counter()
        encoded = self.encoded(content)
        references = [self.encoded(style) for style in styles]
        objectives = self.objectives(encoded, references)
        del references  # the objectives hold what they need of them
        if original is not None:
            held = self.encoded(original)
            objectives[ANCHOR] = anchored(held, self.strength, self.energy)
        start = replace(encoded, image=image, features={})
        del encoded
        descent = self._descent(self.encoder, objectives)
        painted, losses = descent(start, partial(notify, self.iterations), resume, keep)
        if self.color is not None:
            corrected = self.color.corrected(replace(content, image=painted), styles)
            painted = torch.lerp(painted, corrected, self.strength)
        painted = self._finished(replace(start, image=painted), objectives)
        return painted, level_report(
            painted, losses, perf_counter() - begun, objectives
        )

    def tiled(
        self,
        content: Picture,
        styles: Sequence[Picture],
        original: Picture | None,
        image: Tensor,
        notify: Notify,
        grid: Sequence[Tile],
        overlap: int,
    ) -> tuple[Tensor, LevelReport]:
        """Paint tile by tile; see :meth:`whole`.

        Args:
            content: At the level's size.
            styles: Likewise.
            original: Likewise.
            image: Likewise.
            notify: Likewise.
            grid: The tiles.
            overlap: Of neighbours, px.
        """
        shown = self._moments(image, grid)
        wanted = shown if content.image is image else self._moments(content.image, grid)
        first = shown if original is None else self._moments(original.image, grid)
        canvas, reports = image.clone(), []
        for number, tile in enumerate(grid):
            told = _told(notify, canvas, number, len(grid), self.iterations)
            painted, report = self._tile(
                *(tile, overlap, content, styles, original, canvas),
                *((wanted, first, shown), told),
            )
            tile.put(canvas, painted)
            reports.append(report)
        return canvas, merged(reports, *image.shape[2:])

    def _tile(
        self,
        tile: Tile,
        overlap: int,
        content: Picture,
        styles: Sequence[Picture],
        original: Picture | None,
        canvas: Tensor,
        moments: Sequence[Mapping[str, Moments]],
        told: Callable[[int, Tensor, Losses], None],
    ) -> tuple[Tensor, LevelReport]:
        """Paint a tile from the canvas as it stands.

        Args:
            tile: Which.
            overlap: With its neighbours, px.
            content: At the level's size.
            styles: Likewise.
            original: Likewise.
            canvas: Likewise.
            moments: Of the content, the original and the image that is painted.
            told: Told of each step.
        """
        begun, start = perf_counter(), tile.of(canvas)
        wanted, first, shown = moments
        own = self.encoded(mapped(content, tile.of), wanted)
        # Encoded anew for each tile: kept for all, styles take more than a tile.
        references = [self.encoded(style) for style in styles]
        objectives = self.objectives(own, references)
        if original is not None:
            held = self.encoded(mapped(original, tile.of), first)
            objectives[ANCHOR] = anchored(held, self.strength, self.energy)
        current = replace(own, image=start, features={}, moments=shown)
        del own, references  # the objectives hold what they need of them
        window = tile.window(canvas.shape[2], canvas.shape[3], overlap)
        frame = Frame(start, window.to(start))
        encoder = frame.encoder(self.encoder)
        descent = self._descent(encoder, frame.objectives(objectives))
        painted, losses = descent(current, told)
        framed = replace(current, image=frame(painted))
        painted = self._finished(framed, objectives)
        seconds = perf_counter() - begun
        report = level_report(painted, losses, seconds, objectives)
        return frame(painted), report

    def _finished(
        self, current: Encoded, objectives: Mapping[str, Objective]
    ) -> Tensor:
        """The image after the last word of those objectives that have one.

        Args:
            current: As optimised; its features are not needed.
            objectives: That it followed.
        """
        each: Mapping[str, object] = objectives if self.last else {}
        for objective in each.values():
            if isinstance(objective, Finishing):
                with torch.no_grad():
                    features = self.encoder(current.image, self.layers)
                    seen = replace(current, features=features)
                    image = torch.lerp(
                        current.image, objective.finish(seen), self.strength
                    )
                current = replace(current, image=image)
        return current.image

    def _descent(
        self, encoder: Encoder, objectives: Mapping[str, Objective]
    ) -> Descent:
        return Descent(
            *(encoder, self.layers, objectives),
            *(self.optimizer, self.iterations, self.patience),
        )

    def _moments(self, image: Tensor, grid: Sequence[Tile]) -> dict[str, Moments]:
        with torch.no_grad():
            return moments_of(image, grid, lambda x: self.encoder(x, self.layers))


def _told(
    notify: Notify, canvas: Tensor, number: int, count: int, iterations: int
) -> Callable[[int, Tensor, Losses], None]:
    """Tells of the steps of one of ``count`` tiles as of the whole level's."""

    def told(step: int, image: Tensor, losses: Losses) -> None:
        notify(count * iterations, number * iterations + step, canvas, losses)

    return told
