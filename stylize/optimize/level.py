"""One level of the pyramid, painted in one piece or tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import torch
from torch import Tensor

from stylize.carried import Carried, Matches
from stylize.color.color import Color
from stylize.encoders.encoder import Encoded, Encoder, Moments, encode
from stylize.losses.style_strength import pull_to_photograph
from stylize.losses.terms import Objective, Term
from stylize.matching.schedule import Refresh
from stylize.optimize.descent import Descent, Losses
from stylize.optimize.optimizer import MakeOptimizer
from stylize.optimize.report import LevelReport, level_report, merged
from stylize.optimize.tiles import Frame, Tile, moments_of
from stylize.picture import Picture, mapped
from stylize.state import SaveState, State

STRENGTH = "strength"  # the name of its pull among the losses
Notify = Callable[[int, int, Tensor, Losses], None]
"""Told of each step: steps in all, steps made, the level's image, losses."""


@dataclass(frozen=True)
class LevelPictures:
    """What one level looks at, all at its size.

    Args:
        content: The content.
        styles: With the content's masks.
        image: (1, 3, H, W) to start from.
        original: The content before its colours were changed, where the strength is
            below 1.
    """

    content: Picture
    styles: Sequence[Picture]
    image: Tensor
    original: Picture | None = None


@dataclass(frozen=True)
class Level:
    """What paints a level.

    Args:
        encoder: Network whose activations the terms read.
        terms: Of the energy, by name.
        optimizer: What moves the pixels.
        iterations: Steps.
        refresh: When matches are searched anew; None: as each term has it.
        strength: Of the style, in (0, 1].
        energy: That the photograph has under the terms, where the strength is below 1.
        color: What corrects the picture's colours at the end; None for nothing.
        last: Whether it is the finest level, at whose end strokes are restored.
        vote: How far the image is drawn, before the first step, to what its matched
            patches vote for, from 0 to 1.
    """

    encoder: Encoder
    terms: Mapping[str, Term]
    optimizer: MakeOptimizer
    iterations: int
    refresh: Refresh | None = None
    strength: float = 1.0
    energy: float = 0.0
    color: Color | None = None
    last: bool = False
    vote: float = 0.0

    @property
    def layers(self) -> list[str]:
        """Those that the terms read."""
        return sorted({layer for t in self.terms.values() for layer in t.layers})

    def encoded(
        self, picture: Picture, moments: Mapping[str, Moments] | None = None
    ) -> Encoded:
        """A picture, or a tile of one with the whole's moments, as the terms see it."""
        return encode(self.encoder, picture, self.layers, moments)

    def objectives(
        self, content: Encoded, styles: Sequence[Encoded]
    ) -> dict[str, Objective]:
        """The terms, bound to what they compare."""
        found = {n: term.prepare(content, styles) for n, term in self.terms.items()}
        for objective in found.values():
            if self.refresh is not None and objective.matches is not None:
                objective.matches.refresh = self.refresh
        return found

    def whole(
        self,
        pictures: LevelPictures,
        notify: Notify,
        resume: State | None = None,
        save: SaveState | None = None,
    ) -> tuple[Tensor, LevelReport]:
        """Paint in one piece.

        Args:
            pictures: That the level looks at.
            notify: Told of each step.
            resume: What an earlier try that was stopped saved.
            save: Called every few steps with what it takes to go on from there.
        """
        begun, content = perf_counter(), pictures.content
        encoded = self.encoded(content)
        styles = [self.encoded(style) for style in pictures.styles]
        objectives = self.objectives(encoded, styles)
        if pictures.original is not None:
            objectives[STRENGTH] = self._pull(self.encoded(pictures.original))
        start = encoded.showing(pictures.image)
        del encoded, styles  # the objectives hold what they need of them
        if resume is None:
            start = self._voted(start, objectives)
        descent = self._descent(self.encoder, objectives)
        painted, losses = descent(start, partial(notify, self.iterations), resume, save)
        if self.color is not None:
            corrected = self.color.corrected(painted, content, pictures.styles)
            painted = torch.lerp(painted, corrected, self.strength)
        painted = self._finished(start.showing(painted), objectives)
        seconds = perf_counter() - begun
        return painted, level_report(painted, losses, seconds, objectives)

    def continued(
        self, pictures: LevelPictures, carried: Carried
    ) -> tuple[Tensor, Matches]:
        """Go on with the painting of the last frame of a film, in one piece.

        Args:
            pictures: That the level looks at.
            carried: What that painting left, at the level's size.

        Returns:
            The image, and its matches by term and layer.
        """
        content = self.encoded(pictures.content)
        styles = [self.encoded(style) for style in pictures.styles]
        objectives = self.objectives(content, styles)
        if pictures.original is not None:
            objectives[STRENGTH] = self._pull(self.encoded(pictures.original))
        start, frame = (
            content.showing(pictures.image),
            Frame(pictures.image, carried.free),
        )
        self._carry_on(start, objectives, carried)
        start = self._voted(start, objectives)
        descent = self._descent(
            frame.encoder(self.encoder), frame.objectives(objectives)
        )
        painted = frame(descent(start, lambda *_: None)[0])
        if self.color is not None:
            corrected = self.color.corrected(painted, pictures.content, pictures.styles)
            # What is carried was corrected once: again and again it would turn shrill.
            new = self.strength * (1 - carried.known)
            painted = frame(torch.lerp(painted, corrected, new))
        painted = frame(self._finished(start.showing(painted), objectives))
        return painted, {
            name: each.matches.carried()
            for name, each in objectives.items()
            if each.matches is not None
        }

    def _carry_on(
        self, start: Encoded, objectives: Mapping[str, Objective], carried: Carried
    ) -> None:
        with torch.no_grad():
            features = self.encoder(start.image, self.layers)
        for name, objective in objectives.items():
            if objective.matches is not None and name in carried.matches:
                objective.matches.carry_on(
                    replace(start, features=features),
                    carried.matches[name],
                    carried.vectors,
                    1 - carried.known,
                )

    def tiled(
        self,
        pictures: LevelPictures,
        notify: Notify,
        grid: Sequence[Tile],
        overlap: int,
    ) -> tuple[Tensor, LevelReport]:
        """Paint tile by tile.

        Args:
            pictures: That the level looks at.
            notify: Told of each step.
            grid: The tiles.
            overlap: Of neighbours, px.
        """
        content, image, original = pictures.content, pictures.image, pictures.original
        current = self._moments(image, grid)
        moments = _TileMoments(
            current=current,
            content=current
            if content.image is image
            else self._moments(content.image, grid),
            original=self._moments(original.image, grid) if original else current,
        )
        canvas, reports = image.clone(), []
        for number, tile in enumerate(grid):
            notify_tile = _of_tile(notify, canvas, number, len(grid), self.iterations)
            painted, report = self._tile(
                tile, overlap, pictures, canvas, moments, notify_tile
            )
            tile.put(canvas, painted)
            reports.append(report)
        return canvas, merged(reports, *image.shape[2:])

    def _tile(
        self,
        tile: Tile,
        overlap: int,
        pictures: LevelPictures,
        canvas: Tensor,
        moments: _TileMoments,
        notify: Callable[[int, Tensor, Losses], None],
    ) -> tuple[Tensor, LevelReport]:
        """Paint a tile from the (1, 3, H, W) canvas as it stands."""
        begun, start = perf_counter(), tile.of(canvas)
        content = self.encoded(mapped(pictures.content, tile.of), moments.content)
        # Encoded anew for each tile: kept for all, styles take more than a tile.
        styles = [self.encoded(style) for style in pictures.styles]
        objectives = self.objectives(content, styles)
        if pictures.original is not None:
            original = mapped(pictures.original, tile.of)
            objectives[STRENGTH] = self._pull(self.encoded(original, moments.original))
        current = replace(content.showing(start), moments=moments.current)
        del content, styles  # the objectives hold what they need of them
        window = tile.window(canvas.shape[2], canvas.shape[3], overlap)
        frame = Frame(start, window.to(start))
        encoder = frame.encoder(self.encoder)
        painted, losses = self._descent(encoder, frame.objectives(objectives))(
            current, notify
        )
        painted = self._finished(current.showing(frame(painted)), objectives)
        seconds = perf_counter() - begun
        report = level_report(painted, losses, seconds, objectives)
        return frame(painted), report

    def _pull(self, original: Encoded) -> Objective:
        return pull_to_photograph(original, self.strength, self.energy)

    def _finished(
        self, current: Encoded, objectives: Mapping[str, Objective]
    ) -> Tensor:
        """The image with the strokes of its matches, on the finest level.

        Args:
            current: As optimised; its features are not needed.
            objectives: That it followed.
        """
        matches = [o.matches for o in objectives.values() if o.matches is not None]
        for each in matches if self.last else ():
            with torch.no_grad():
                features = self.encoder(current.image, self.layers)
                restored = each.finish(replace(current, features=features))
                image = torch.lerp(current.image, restored, self.strength)
            current = current.showing(image)
        return current.image

    def _voted(self, current: Encoded, objectives: Mapping[str, Objective]) -> Encoded:
        """The start of a level; its features are not needed."""
        matches = [o.matches for o in objectives.values() if o.matches is not None]
        share = self.vote * self.strength
        for each in matches if share else ():
            with torch.no_grad():
                features = self.encoder(current.image, self.layers)
            seen = replace(current, features=features)
            current = current.showing(each.voted(seen, share))
        return current

    def _descent(
        self, encoder: Encoder, objectives: Mapping[str, Objective]
    ) -> Descent:
        return Descent(
            encoder,
            self.layers,
            objectives,
            optimizer=self.optimizer,
            iterations=self.iterations,
        )

    def _moments(self, image: Tensor, grid: Sequence[Tile]) -> dict[str, Moments]:
        with torch.no_grad():
            return moments_of(image, grid, lambda x: self.encoder(x, self.layers))


@dataclass(frozen=True)
class _TileMoments:
    """Moments of the whole pictures that tiles are cut from, by layer."""

    current: Mapping[str, Moments]
    content: Mapping[str, Moments]
    original: Mapping[str, Moments]


def _of_tile(
    notify: Notify, canvas: Tensor, number: int, count: int, iterations: int
) -> Callable[[int, Tensor, Losses], None]:
    """Tells of the steps of one of ``count`` tiles as of the whole level's."""

    def notify_tile(step: int, image: Tensor, losses: Losses) -> None:
        notify(count * iterations, number * iterations + step, canvas, losses)

    return notify_tile
