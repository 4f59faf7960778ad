"""A style made of two: the fine scale of one on the coarse scale of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stylize.encoders.encoder import Encoder
from stylize.optimize.report import Stylized
from stylize.picture import Picture
from stylize.stylizer import Stylizer

MakeStylizer = Callable[..., Stylizer]
"""A stylizer that only lacks its encoder."""


@dataclass(frozen=True)
class ScaleMix:
    """Scale control (Gatys et al. 2017, poster): brush strokes here, shapes there.

    The last style's fine layers are first transferred to each other style, by painting
    without a content term: what is larger than these layers see stays as it was. The
    results then are the styles.

    Args:
        encoder: Network for both steps.
        fine: Paints a coarse style with the fine one.
        then: Paints the content.
    """

    encoder: Encoder
    fine: MakeStylizer
    then: MakeStylizer

    def __call__(
        self, content: Picture, styles: Sequence[Picture], *how: Any, **more: Any
    ) -> Stylized:
        """Paint; arguments as of :class:`stylize.Stylizer`.

        Args:
            content: The picture has its size.
            styles: One or more for the coarse scale, then the one for the fine scale.
            how: Start, progress and the like, for the second step.
            more: Likewise.

        Raises:
            ValueError: If there is but one style.
        """
        if len(styles) < 2:
            raise ValueError(
                "mixing scales takes two styles, got 1: style=COARSE+FINE, "
                "such as style=monet+vangogh"
            )
        *coarse, fine = styles
        lend = self.fine(encoder=self.encoder)
        mixed = [replace(own, image=lend(own, [fine]).image) for own in coarse]
        return self.then(encoder=self.encoder)(content, mixed, *how, **more)
