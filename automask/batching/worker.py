"""What a worker does with an item: fetch, paint, put in place."""

from __future__ import annotations

import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stdout,
)
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from automask import cli
from automask.batching.attempt import Job, Share
from automask.batching.items import Item, Variant
from automask.batching.places import is_local, local_copy, publish
from automask.config import register
from automask.digest import file_sha256
from automask.filenames import literal
from automask.folders import hidden_folder
from automask.room import share_room

if TYPE_CHECKING:
    from automask.paint import Result
    from automask.parts import Parts, Wrap
    from stylize.meeting import Meeting

MEMO = 64  # MiB of masks and features kept: those of the styles


@dataclass(frozen=True)
class Painting:
    """All that a worker must be told.

    Args:
        out: Absolute path or URL of the results.
        batch: Name of the batch, for the records.
        folder: That relative paths are from.
        suffix: Of the pictures.
        keep_masks: Whether masks stay too.
        variants: The styles.
    """

    out: str
    batch: str
    folder: str
    suffix: str
    keep_masks: bool
    variants: tuple[Variant, ...]

    def __call__(self, share: Share) -> Job:
        """Load what all pictures need, and set threads and the GPU."""
        from automask.hardware import chosen_device
        from automask.memo import Memo
        from automask.paint import load_painter
        from automask.parts import Parts
        from automask.remembering import remembering

        register()
        os.chdir(self.folder)
        compute_with(share)
        shared: dict[str, Any] = {}

        def loaded() -> Parts:
            wraps = remembering(Memo(memory=MEMO))
            if share.meeting is not None:
                wraps["encoder"] = gathered(wraps["encoder"], share.meeting, shared)
            parts, config = Parts(wraps=wraps), self.variants[0].composed()
            load_painter(config, chosen_device(config.hardware.device), parts)
            return parts

        own = _Own(loaded)
        return lambda item: paint_item(self, own.parts, item)


class _Own(threading.local):
    """What each thread has for itself: what finds masks can only do one at a time."""

    def __init__(self, loaded: Callable[[], Parts]) -> None:
        self.parts = loaded()


def gathered(wrap: Wrap, meeting: Meeting, shared: dict[str, Any]) -> Wrap:
    """What wraps an encoder so that all threads have the first of its configuration.

    Args:
        wrap: What else is put about it, for each thread anew.
        meeting: Of the threads.
        shared: Filled with the encoders.
    """
    from stylize.together import Together

    def wrapped(encoder: Any, config: DictConfig) -> Any:
        key = OmegaConf.to_yaml(config, resolve=True)
        return wrap(shared.setdefault(key, Together(encoder, meeting)), config)

    return wrapped


def compute_with(share: Share) -> None:
    """Use that many threads, that much memory, and of several GPUs one in turn."""
    import cv2
    import torch

    share_room(share.workers)
    if share.threads is not None:
        torch.set_num_threads(share.threads)
        cv2.setNumThreads(share.threads)
    if torch.cuda.device_count() > 1:
        torch.cuda.set_device(share.number % torch.cuda.device_count())


def paint_item(plan: Painting, parts: Parts, item: Item) -> None:
    """Paint one picture and put it in its place, its record last.

    Raises:
        ValueError: If the picture cannot be read or painted.
        OSError: If something cannot be fetched or written.
    """
    from automask.outputs import Destination
    from automask.paint import paint

    variant = next(each for each in plan.variants if each.style == item.style)
    with (
        hidden_folder(drafts_folder(plan.out)) as draft,
        local_copy(item.content, draft) as content,
    ):
        config = variant.composed()
        config.content, config.quiet = literal(item.content), True
        command = cli.paste_command([*variant.command, "content="], config)
        config.content = literal(content)
        sha256 = file_sha256(content) if os.path.isfile(content) else ""
        where = Destination(draft / "run", f"picture.{plan.suffix}")
        with quietly(), warnings_kept() as warnings:
            result = paint(config, command, parts, where)
        place_result(plan, item, result, warnings, sha256)


def quietly() -> AbstractContextManager[object]:
    """What parts print goes nowhere, unless threads paint, which share stdout."""
    alone = threading.current_thread() is threading.main_thread()
    return redirect_stdout(StringIO()) if alone else nullcontext()


@contextmanager
def warnings_kept() -> Iterator[list[str]]:
    """What automask warns of, kept for the record: a thousand lines help nobody.

    Of this thread alone, as others may be at other pictures.
    """
    logger, kept = logging.getLogger("automask"), _Kept(threading.get_ident())
    others = list(logger.handlers)
    for handler in others:
        handler.addFilter(kept.is_elsewhere)
    logger.addHandler(kept)
    try:
        yield kept.lines
    finally:
        logger.removeHandler(kept)
        for handler in others:
            handler.removeFilter(kept.is_elsewhere)


class _Kept(logging.Handler):
    def __init__(self, thread: int) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self.thread = thread

    def is_elsewhere(self, record: logging.LogRecord) -> bool:
        return record.thread != self.thread

    def emit(self, record: logging.LogRecord) -> None:
        if not self.is_elsewhere(record):
            self.lines.append(record.getMessage())


def place_result(
    plan: Painting, item: Item, result: Result, warnings: list[str], sha256: str
) -> None:
    """Move what a run left to its final names; whoever sees the record sees it all.

    Args:
        plan: Of the batch.
        item: That was painted.
        result: What the run left.
        warnings: That it gave.
        sha256: Of the photograph before it was read; it may be another one by now.
    """
    folder, picture = result.folder, result.picture
    place = f"{plan.out}/{item.name}"
    if plan.keep_masks or picture is None:
        for file in sorted((folder / "masks").rglob("*.png")):
            below = file.relative_to(folder / "masks").as_posix()
            publish(file, f"{place}.masks/{below}")
    if picture is not None:
        publish(picture, f"{place}.{plan.suffix}")
    record = folder / "run.json"
    told: dict[str, Any] = json.loads(record.read_bytes())
    told["item"] = {"batch": plan.batch, "key": item.key, "warnings": warnings}
    # Not the path of a copy.
    told["content"] |= {"path": item.content, "sha256": sha256}
    marked = folder / "marked.json"
    with open(marked, "w") as text:
        json.dump(told, text, indent=2)
        text.flush()
        os.fsync(text.fileno())
    publish(marked, f"{place}.json")


def drafts_folder(out: str) -> Path:
    """Where drafts lie: on the disk of the results, or a temporary one for URLs."""
    return Path(out) if is_local(out) else Path(tempfile.gettempdir())
