"""One run: read the pictures, find their masks, paint. Nothing is written."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from automask.cache.components import Components
from automask.images.decoding_memory import memory_limit
from automask.images.transparency import cut_out, in_grey
from automask.io import terminal
from automask.masks.pair import PairMasks
from automask.pipeline.checkpoint import Checkpoint, checkpoint
from automask.pipeline.device import chosen_device
from automask.pipeline.find_masks import MaskedPictures, find_masks
from automask.pipeline.hold_choice import chosen_hold
from automask.pipeline.memory_bound import within_memory
from automask.pipeline.own_colors import check_kept_masks, tone_hint
from automask.pipeline.progress import progress_bar
from automask.pipeline.read_pictures import Inputs, read_pictures, with_size
from automask.pipeline.record import RunRecord, run_record
from automask.pipeline.sources import Sources, masks_config
from automask.pipeline.threads import sharing_cores
from automask.pipeline.under_represented import warn_of_under_represented
from automask.targets import build
from stylize import Step, Stylized, Stylizer
from stylize.picture import mapped


@dataclass(frozen=True)
class Clock:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a block."""
        begun = perf_counter()
        yield
        self.seconds[name] = round(perf_counter() - begun, 3)

    def total(self) -> dict[str, float]:
        """Seconds by stage, and since the clock was made."""
        return self.seconds | {"total": round(perf_counter() - self.begun, 3)}


@dataclass(frozen=True)
class Painted:
    """What a run made.

    Args:
        image: (1, 3, H, W) in [0, 1], with alpha as a fourth channel where the content
            is cut out; None where the run stopped after the masks.
        shown: The pictures with their masks.
        record: Of the run so far.
        hints: What may be worth trying.
        kept: The file of its state, to be deleted once the picture is safe.
    """

    image: Tensor | None
    shown: MaskedPictures
    record: RunRecord
    hints: tuple[str, ...]
    kept: Checkpoint | None


def paint(
    config: DictConfig,
    sources: Sources,
    command: str,
    components: Components,
    clock: Clock,
    on_step: Callable[[Step], None] | None = None,
) -> Painted:
    """Make one picture, or its masks alone.

    Args:
        config: The keys of configs/run.yaml, checked.
        sources: Its pictures.
        command: What repeats this run, for its record.
        components: What was built for earlier pictures and may serve this one.
        clock: Of the run.
        on_step: Called after each step.

    Raises:
        ValueError: If a picture or a part of the configuration cannot be used.
        OSError: If a file cannot be read.
    """
    torch.manual_seed(config.seed)
    device, given = chosen_device(config.hardware.device), config
    config = with_size(config, sources)
    with memory_limit(config.hardware.get("memory")):
        with clock.stage("read"):
            inputs = read_pictures(config, sources)
        config, chosen = with_hold(config, sources)
        encoder, stylizer = load_painter(config, device, components)
        with clock.stage("masks"):
            shown = masked(config, components, sources, inputs)
            check_kept_masks(config.keep_color, shown.content)
        painted, kept, hint = None, None, ""
        if stylizer is not None:
            stylizer, needs = within_memory(config, stylizer, shown, device)
            say(config, needs)
            kept = checkpoint(config, stylizer, inputs, shown)
            with clock.stage("stylize"):
                painted = stylized(
                    config, stylizer, inputs, shown, device, on_step, kept
                )
            hint = tone_hint(config, shown.content, painted.image)
            say(config, hint)
    record = run_record(
        given,
        sources,
        shown,
        encoder,
        stylizer,
        painted,
        command=command,
        chosen=chosen,
        device=str(device),
        seconds=clock.total(),
    )
    image = finished(painted, inputs) if painted else None
    return Painted(image, shown, record, (hint,) if hint else (), kept)


def with_hold(
    config: DictConfig, sources: Sources
) -> tuple[DictConfig, dict[str, Any]]:
    """The configuration with ``hold`` chosen by the styles, and that for the record.

    A line says so where the choice is not the usual one.
    """
    if config.hold != "auto" or config.stage == "masks":
        return config, {}
    hold = chosen_hold([style.path for style in sources.styles])
    if hold.why:
        say(config, f"Hold: {hold.value:g}, since {hold.why}; hold=1 keeps more shapes")
    settled = copy.deepcopy(config)
    settled.hold = hold.value
    return settled, {"hold": asdict(hold)}


def load_painter(
    config: DictConfig, device: torch.device, components: Components
) -> tuple[Any, Stylizer | None]:
    """Encoder and stylizer; nothing where the run stops after the masks."""
    if config.stage == "masks":
        return None, None

    def on_device(encoder: Any) -> Any:
        return encoder.to(device) if isinstance(encoder, torch.nn.Module) else encoder

    encoder = components.built("encoder", config.encoder, on_device, str(device))
    return encoder, build(config.stylizer, "stylizer", encoder=encoder)


def masked(
    config: DictConfig, components: Components, sources: Sources, inputs: Inputs
) -> MaskedPictures:
    """The pictures with their masks, and a line on what was found."""
    find: PairMasks = components.built("masks", masks_config(config, sources))
    shown = find_masks(config, find, sources, inputs)
    if drawn := [str(each) for each in sources.maps if each is not None]:
        say(config, f"Maps: {', '.join(drawn)}")
    say(config, f"Masks: {', '.join(shown.content.names) or 'none'}")
    return shown


def stylized(
    config: DictConfig,
    stylizer: Stylizer,
    inputs: Inputs,
    shown: MaskedPictures,
    device: torch.device,
    on_step: Callable[[Step], None] | None,
    kept: Checkpoint | None,
) -> Stylized:
    """Paint, and say how well the masks kept the regions apart."""
    start = inputs.start
    resume = kept.load(device) if kept else None
    if resume is not None:
        say(config, f"Going on from: {config.checkpoint}")
    content, *styles = (
        mapped(picture, lambda planes: planes.to(device))
        for picture in (shown.content, *shown.styles)
    )
    watched = not config.quiet and sys.stderr.isatty()
    with progress_bar(watched, on_step) as show, sharing_cores(show) as told:
        painted = stylizer(
            content,
            styles,
            start=start.to(device) if isinstance(start, Tensor) else start,
            on_step=told,
            resume=resume,
            save=kept.save if kept else None,
        )
    warn_of_under_represented(painted)
    crossing = painted.levels[-1].crossing if painted.levels else {}
    shares = ", ".join(f"{layer} {share:.2%}" for layer, share in crossing.items())
    if shares and shown.content.names:
        say(config, f"Matches across a mask border: {shares}")
    return painted


def finished(painted: Stylized, inputs: Inputs) -> Tensor:
    """The picture as it is written: grey if all that went in is, and cut out again."""
    image = painted.image.cpu()
    return cut_out(in_grey(image) if inputs.grey else image, inputs.cover)


def say(config: DictConfig, line: str) -> None:
    """Print a line, if there is one, unless quiet."""
    if line and not config.quiet:
        terminal.say(line)
