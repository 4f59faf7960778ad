"""Paint a pair on a device as a run does, at any size and quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

import torch
from evaluating.methods import composed, shown_pair
from torch import Tensor

from automask.cache.components import Components
from automask.config import photograph
from automask.images.image_files import read_image, write_image
from automask.pipeline.paint import load_painter
from checking.clock import check_room, forget_peak, laps, peak_mib, settled
from checking.report import Report, Row
from stylize import Encoder, Picture, Stylized, Stylizer
from stylize.encoders.encoder import Wrapper
from stylize.picture import mapped
from stylize.pyramid import resize

CONTENT, STYLE = "astronaut", "monet"
PRECISIONS = ("float32", "bfloat16")
GROWTH = 4.5  # times as long, and as much memory, at twice the size
ROUNDS = 2


@dataclass(frozen=True)
class Network:
    """An encoder at a precision.

    Args:
        name: lite or vgg19.
        precision: Of its activations.
        weights: File of VGG-19's.
    """

    name: str
    precision: str = "float32"
    weights: Path | None = None

    @property
    def words(self) -> list[str]:
        """What a person types for it."""
        words = [f"encoder={self.name}"]
        if self.weights is not None:
            words += [f"encoder.weights='{self.weights}'"]
            words += [f"hardware.precision={self.precision}"]
        return words

    def at_precision(self, encoder: Encoder) -> Encoder:
        """The small network knows float32 alone: here it is cast."""
        if self.precision == "float32" or self.weights is not None:
            return encoder
        assert isinstance(encoder, torch.nn.Module)
        return Cast(encoder.to(torch.bfloat16))  # type: ignore[arg-type]


class Cast(Wrapper):
    """An encoder in bfloat16, seen as one in float32."""

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations in float32."""
        found = self.encoder(image.bfloat16(), layers)
        return {layer: each.float() for layer, each in found.items()}


@dataclass
class Studio:
    """Paints one photograph in one style.

    Args:
        device: That paints.
        folder: For the enlarged photograph.
    """

    device: torch.device
    folder: Path
    known: dict[tuple[object, ...], tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def parts(self) -> Components:
        """What was built before."""
        return Components()

    def painter(self, network: Network, words: Sequence[str] = ()) -> Stylizer:
        """On the device."""
        words = [f"content={CONTENT}", f"style={STYLE}", *network.words, *words]
        _, stylizer = load_painter(composed(words), self.device, Components())
        assert stylizer is not None
        return replace(stylizer, encoder=network.at_precision(stylizer.encoder))

    def pair(self, px: int) -> tuple[Picture, list[Picture]]:
        """The pictures on the device, with masks found at that size."""
        content, styles = _pair(px, self.folder)
        own, *others = (
            mapped(each, lambda planes: planes.to(self.device))
            for each in (content, *styles)
        )
        return own, others

    def measured(self, report: Report, network: Network, quality: str, px: int) -> Row:
        """Seconds and memory of painting, masks and reading left out."""
        key = network.name, network.precision, quality
        seconds, mebibytes = self.known.get(key, (0.0, 0.0))
        report.check_time(seconds * GROWTH)
        check_room(self.device, mebibytes * GROWTH)
        painter = self.painter(network, [f"quality={quality}"])
        content, styles = self.pair(px)
        made: list[Stylized] = []
        forget_peak(self.device)
        times = laps(self.device, lambda: made.append(painter(content, styles)), ROUNDS)
        self.known[key] = settled(times), peak_mib(self.device)
        report.keep(_name(network, quality, px), made[-1].image)
        return {
            "seconds": settled(times),
            "first_s": times[0],
            "peak_mib": peak_mib(self.device),
            "levels": [_level(each) for each in made[-1].levels],
        }


def _level(level: object) -> Mapping[str, object]:
    names = ("height", "width", "iterations", "seconds", "searches", "tiles")
    return {name: getattr(level, name) for name in names}


def _name(network: Network, quality: str, px: int) -> str:
    return f"{network.name}_{network.precision}_{quality}_{px}px"


@lru_cache(maxsize=1)
def _pair(px: int, folder: Path) -> tuple[Picture, list[Picture]]:
    """As a run has them: the photograph enlarged where it is smaller."""
    enlarged = folder / "photograph.png"
    image = read_image(photograph(CONTENT), px)
    write_image(enlarged, resize(image, px, px))
    words = [f"content='{enlarged}'", f"style={STYLE}", f"size={px}"]
    shown, _ = shown_pair(composed(words), Components())
    return shown.content, list(shown.styles)
