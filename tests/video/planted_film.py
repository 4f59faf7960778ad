"""A painter of films with a tiny encoder and masks planted in the frames' colours."""

from __future__ import annotations

import torch
from planted import TinyEncoder
from test_flow import textured

from automask.masks import PairMasks, SoftMasks
from automask.masks.refine import Blur
from automask.video.painting import FilmPainter
from automask.video.steady_masks import FrameMasks, StyleSide
from stylize import MRF, Content, Pyramid, Stylizer


class Red:
    """The mask "thing" where a picture is red; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.blind: set[int] = set()  # calls at which nothing is seen

    def __call__(self, image: torch.Tensor) -> SoftMasks:
        self.asked += 1
        red, green, _ = image[0]
        mask = (4 * (red - green)).clamp(0, 1) * (self.asked not in self.blind)
        return SoftMasks(("thing",), mask[None], ("red",))


def with_red(image: torch.Tensor, left: int, side: int = 30) -> torch.Tensor:
    """The picture with a red square."""
    result = image.clone()
    result[0, :, 20 : 20 + side, left : left + side] *= 0.4
    result[0, 0, 20 : 20 + side, left : left + side] += 0.5
    return result


def planted_painter(source: Red | None = None) -> FilmPainter:
    """Paints with few steps; the style shows a red square too."""
    style = with_red(textured(7, 80), 30)
    source = source or Red()
    pair = PairMasks(sources={"red": source}, content_domain="photo", refine=Blur())
    found = (pair.find(style, art=True),)
    terms = {
        "style": MRF(1.0, ["relu3_1", "relu4_1"], 20.0, blocks={"relu3_1": 3.0}),
        "content": Content(0.3, ["relu4_1"]),
    }
    stylizer = Stylizer(TinyEncoder(), terms, Pyramid(2, smallest=24), [6, 6])
    side = StyleSide((style,), found, (1.0,), {}, ())
    return FilmPainter(FrameMasks(pair, side), stylizer)


class InMemory(dict):
    """What is kept, in memory."""

    def load(self, name):
        return self.get(name)

    def save(self, name, values):
        self[name] = values

    def drop(self, name):
        self.pop(name, None)
