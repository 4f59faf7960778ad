"""One run, and the folder and the picture that it leaves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from omegaconf import DictConfig

from automask.cache.components import Components
from automask.io import terminal
from automask.pipeline.device import chosen_device
from automask.pipeline.outputs import (
    Destination,
    destination,
    publish,
    temporary_folder,
    write_pictures,
)
from automask.pipeline.paint import Clock, paint
from automask.pipeline.progress import writing
from automask.pipeline.read_pictures import with_size
from automask.pipeline.record import RunRecord, peak_memory, write_record
from automask.pipeline.sources import sources_of


@dataclass(frozen=True)
class Result:
    """What a run left.

    Args:
        folder: Its folder.
        picture: Its picture, if it made one.
        record: Its record.
        hints: What may be worth trying.
    """

    folder: Path
    picture: Path | None
    record: RunRecord
    hints: tuple[str, ...] = ()


def paint_to_folder(
    config: DictConfig,
    command: str,
    components: Components | None = None,
    where: Destination | None = None,
) -> Result:
    """Make one picture, or its masks alone, and write them.

    Args:
        config: The keys of configs/run.yaml, checked.
        command: What repeats this run, for its record.
        components: What was built for earlier pictures and may serve this one.
        where: Where its files go; None: as ``config.out`` says.

    Raises:
        ValueError: If a picture or a part of the configuration cannot be used.
        OSError: If a file cannot be read, or the results cannot be written.
    """
    chosen_device(config.hardware.device)  # before anything is written
    clock, sources = Clock(), sources_of(config)
    names = sources.content.name, sources.style_name
    where = where or destination(config.out, *names, datetime.now())
    with temporary_folder(where, with_size(config, sources).size) as temporary:
        on_step = writing(temporary, config.intermediates)
        components = components or Components()
        made = paint(config, sources, command, components, clock, on_step)
        with clock.stage("write"):
            shown = made.shown
            write_pictures(
                temporary, where.picture, shown.images, shown.masks, made.image
            )
        record = replace(
            made.record, seconds=clock.total(), peak_memory_mib=peak_memory()
        )
        write_record(temporary / "run.json", record)
        folder = publish(temporary, where)
    if made.kept is not None:
        made.kept.delete()
    picture = None if made.image is None else where.place or folder / where.picture
    return Result(folder, picture, record, made.hints)


def say_result(config: DictConfig, result: Path) -> None:
    """Print where the result is; under quiet that and nothing else."""
    kind = "Masks in" if config.stage == "masks" else "Picture"
    if config.quiet:
        terminal.say_place(result)
    else:
        terminal.say(f"{kind}: {result}")
