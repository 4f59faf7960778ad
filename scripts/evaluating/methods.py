"""Paint pairs with a method: a name, and what it changes of the configuration."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig
from torch import Tensor

from automask.cache.components import Components
from automask.cli import command_line
from automask.config import config_folder, register
from automask.io.errors import one_line
from automask.pipeline.checks import check
from automask.pipeline.find_masks import MaskedPictures
from automask.pipeline.paint import load_painter, masked
from automask.pipeline.read_pictures import Inputs, read_pictures
from automask.pipeline.record import peak_memory
from automask.pipeline.sources import sources_of
from stylize import Stylizer, Term
from stylize.encoders.encoder import Encoded
from stylize.losses.mrf import PatchMatches
from stylize.losses.terms import Objective

STYLIZERS = ("cnnmrf", "gram", "guided_gram", "guided_mean", "photo", "color_transfer")
METHODS: dict[str, tuple[str, ...]] = {
    "soft": (),
    "binary": ("masks.binary=true",),
    "none": ("masks=none",),
} | {name: (f"stylizer={name}",) for name in STYLIZERS}
PATCH = 3  # cells a side of the patches that are asked about
Result = TypeVar("Result")


@dataclass(frozen=True)
class Matches:
    """Matches that a method ended with on one layer.

    Args:
        nearest: (h - 2, w - 2) first cell of each 3×3 match among the styles' cells.
        content: (h, w), the cells of the picture.
        styles: (h, w) of each style.
    """

    nearest: Tensor
    content: tuple[int, int]
    styles: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Painted:
    """What a method made of a pair.

    Args:
        image: (1, 3, H, W) in [0, 1].
        styles: (1, 3, h, w) as the method was shown them.
        matches: By layer; empty for a method that matches nothing.
        crossing: Share of them that cross a border of the method's own masks.
        seconds: Of the processor, spent on painting alone.
        mebibytes: Largest memory of the process up to now.
    """

    image: Tensor
    styles: tuple[Tensor, ...]
    matches: Mapping[str, Matches]
    crossing: Mapping[str, float]
    seconds: float
    mebibytes: float


@dataclass
class WatchedTerm:
    """A term that is asked afterwards what it matched."""

    term: Term
    made: Objective | None = None

    @property
    def layers(self) -> Sequence[str]:
        """Of the term."""
        return self.term.layers

    def prepare(self, content: Encoded, styles: Sequence[Encoded]) -> Objective:
        """As the term; the last level's objective stays."""
        self.made = self.term.prepare(content, styles)
        return self.made


def composed(words: Sequence[str]) -> DictConfig:
    """The product's configuration for what a person types after ``automask``."""
    register()
    with initialize_config_dir(str(config_folder().absolute()), version_base="1.3"):
        config = compose("run", overrides=command_line.rewrite([*words, "quiet=true"]))
    check(config)
    return config


def shown_pair(config: DictConfig, parts: Components) -> tuple[MaskedPictures, Inputs]:
    """The pictures of a run with their masks, and what painting starts from."""
    sources = sources_of(config)
    inputs = read_pictures(config, sources)
    return masked(config, parts, sources, inputs), inputs


def paint_all(jobs: Sequence[Sequence[str]], threads: int) -> list[Painted | str]:
    """Paint one picture a job; the reason where that is not possible.

    Args:
        jobs: What a person types for each.
        threads: Of torch.
    """
    torch.set_num_threads(threads)
    parts, done = Components(), []
    for words in jobs:
        try:
            done.append(paint_one(composed(words), parts))
        except Exception as error:  # one that fails on a pair must not end the rest
            done.append(one_line(error))
    return done


def apart(call: Callable[..., Result], *arguments: object) -> Result:
    """The result of a call in a fresh process, whose memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, arguments)


def paint_one(config: DictConfig, parts: Components) -> Painted:
    """Paint as a run does, and keep the matches."""
    torch.manual_seed(config.seed)
    device = torch.device("cpu")
    shown, inputs = shown_pair(config, parts)
    _, stylizer = load_painter(config, device, parts)
    assert stylizer is not None
    terms: dict[str, WatchedTerm] = {}
    if isinstance(stylizer, Stylizer):  # others compare no patches
        terms = {name: WatchedTerm(term) for name, term in stylizer.terms.items()}
        stylizer = replace(stylizer, terms=terms)
    begun = time.process_time()
    made = stylizer(shown.content, shown.styles, inputs.start)
    seconds = time.process_time() - begun
    return Painted(
        image=made.image,
        styles=tuple(shown.images[1:]),
        matches=_matches([*terms.values()], made.image, shown.images[1:]),
        crossing=made.levels[-1].crossing if made.levels else {},
        seconds=round(seconds, 2),
        mebibytes=peak_memory(),
    )


def _matches(
    terms: Sequence[WatchedTerm], image: Tensor, styles: Sequence[Tensor]
) -> dict[str, Matches]:
    """By layer; nothing of turned copies, whose labels would have to be turned too."""
    found = {}
    for term in terms:
        if term.made is None or not isinstance(term.made.matches, PatchMatches):
            continue
        for name, layer in term.made.matches.layers.items():
            stride = layer.features.stride
            cells = tuple(_cells(style, stride) for style in styles)
            whole = sum(h * w for h, w in cells) == len(layer.index.cells)
            if layer.nearest is not None and layer.size == PATCH and whole:
                own = _cells(image, stride)
                found[name] = Matches(layer.nearest, own, cells)
    return found


def _cells(image: Tensor, stride: int) -> tuple[int, int]:
    return image.shape[2] // stride, image.shape[3] // stride
