"""What the server tells its worker to do, and what it hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, ClassVar


@dataclass(frozen=True)
class WarmUp:
    """Load what pictures need, while nobody waits.

    Args:
        id: Of the task.
    """

    id: str = "warm-up"
    rank: ClassVar[int] = -1


@dataclass(frozen=True)
class Search:
    """Find all masks of a picture.

    Args:
        id: Of the task.
        picture: Its file.
        art: Whether it is the style.
        folder: That is made, with masks.json and a grey PNG a mask.
    """

    id: str
    picture: str
    art: bool
    folder: str
    rank: ClassVar[int] = 2


@dataclass(frozen=True)
class Pair:
    """Find out which masks a run of two pictures would use.

    Args:
        id: Of the task.
        content: File of the photograph.
        style: File of the painting.
    """

    id: str
    content: str
    style: str
    rank: ClassVar[int] = 2


@dataclass(frozen=True)
class Paint:
    """Paint a picture.

    Args:
        id: Of the job.
        content: File of the photograph.
        style: File of the painting.
        keys: Of the configuration.
        masks: Files of drawn masks of the photograph by name.
        style_masks: Likewise of the painting.
        folder: Of the job; ``result`` is made in it, and its state is kept there.
        preview: Whether it goes before finals, and keeps no state.
    """

    id: str
    content: str
    style: str
    folder: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    masks: Mapping[str, str] = field(default_factory=dict)
    style_masks: Mapping[str, str] = field(default_factory=dict)
    preview: bool = False

    @property
    def rank(self) -> int:
        """Which tasks it is held for: those of a higher one."""
        return 1 if self.preview else 0


Task = WarmUp | Search | Pair | Paint


@dataclass(frozen=True)
class Stop:
    """Stop a task, whether it is at work or waits.

    Args:
        id: Of the task.
    """

    id: str


@dataclass(frozen=True)
class Begun:
    """The task is at work; those begun before it are held."""

    id: str


@dataclass(frozen=True)
class Stepped:
    """Where painting stands.

    Args:
        id: Of the job.
        progress: Fields of the job.
        image: JPEG of the picture so far, from time to time.
    """

    id: str
    progress: Mapping[str, Any]
    image: bytes | None = None


@dataclass(frozen=True)
class Done:
    """The task has come to its end.

    Args:
        id: Of the task.
        result: What came of it.
    """

    id: str
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Failed:
    """The task cannot be done.

    Args:
        id: Of the task.
        reason: One sentence.
    """

    id: str
    reason: str


@dataclass(frozen=True)
class Stopped:
    """The task was stopped."""

    id: str


Report = Begun | Stepped | Done | Failed | Stopped


def without_paths(task: Task, line: str) -> str:
    """A message in which the task's files are called as people call them."""
    called: dict[str, str] = {}
    if isinstance(task, Search):
        called = {task.picture: "the picture"}
    elif isinstance(task, Pair | Paint):
        called = {task.style: "the painting", task.content: "the photograph"}
    if isinstance(task, Paint):
        for masks in (task.masks, task.style_masks):
            called |= {
                file: f"the painted mask of {name}" for name, file in masks.items()
            }
    for file, name in called.items():
        line = line.replace(f"'{file}'", name).replace(file, name)
    return line


def names_in_bundle(task: Paint) -> dict[str, str]:
    """Names of a job's files in its bundle, by their paths."""
    files = {task.style: f"style{PurePath(task.style).suffix}"}
    files[task.content] = f"content{PurePath(task.content).suffix}"
    for side, masks in (("content", task.masks), ("style", task.style_masks)):
        for name, file in masks.items():
            files[file] = f"drawn/{side}/{name}.png"
    return files
