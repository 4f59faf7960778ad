"""What the API takes and gives, as OpenAPI describes it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
)

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*( [A-Za-z0-9_-]+)*")
"""Of a mask: it becomes a word of the command line and a file's name in a bundle."""

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}$", description="Random.")]
RESERVED = ("null", "true", "false", "inf", "nan")  # they mean something else there


def _usable(name: str) -> str:
    if not NAME.fullmatch(name) or len(name) > 40 or name.lower() in RESERVED:
        raise ValueError(
            "a mask's name begins with a letter from a to z and has up to 40 letters, "
            f"digits, single spaces, - and _; it cannot be {', '.join(RESERVED)}"
        )
    return name


def _plain(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str) or len(str(value)) > 64:
        raise ValueError("a key takes a number, a word, true or false")
    return value


MaskName = Annotated[str, AfterValidator(_usable)]
Label = Annotated[str, Field(max_length=64, description="Free text.")]
Value = Annotated[StrictBool | StrictInt | StrictFloat | str, BeforeValidator(_plain)]
Side = Annotated[int | None, Query(ge=16, le=16384, description="Longer side, px.")]
Share = Annotated[float, Field(ge=0, le=1)]
State = Literal["waiting", "running", "paused", "done", "failed", "cancelled"]


class Strict(BaseModel):
    """Other fields than these are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Loose(BaseModel):
    """What is given, and read again from disk: fields of later versions do no harm."""

    model_config = ConfigDict(frozen=True)


class Picture(Loose):
    """A picture that was sent."""

    id: Id
    name: str = Field(description="Its file's name, for showing only.")
    width: int = Field(description="Upright, px.")
    height: int = Field(description="Upright, px.")
    kind: Literal["photo", "art"] = Field(description="What it was sent as.")


class Bundled(Strict):
    """A picture that comes with automask: one of both."""

    sample: str | None = Field(default=None, max_length=64, description="A photograph.")
    style: str | None = Field(default=None, max_length=64, description="A painting.")


class Mask(Loose):
    """A mask that was found."""

    name: str
    confidence: Share = Field(description="How far it is to be trusted.")
    mean: Share = Field(description="Its mean over the picture.")
    level: int = Field(description="0: an object, 1: a part, 2: a part of a part.")
    url: str = Field(description="Grey PNG of the picture's own size.")
    thumbnail: str


class Drawn(Loose):
    """A painted mask."""

    id: Id
    url: str


class Confidence(Loose):
    """Of a mask in both pictures."""

    content: Share
    style: Share


class UsedMask(Loose):
    """A mask that a run uses."""

    name: str
    confidence: Confidence


class Pairing(Loose):
    """Masks that both pictures show, as a run chooses them."""

    used: list[UsedMask]
    hint: str = Field(description="What was left out, and why.")


class MaskWish(Strict):
    """What a job does with a mask of the photograph."""

    drawn: Id | None = Field(default=None, description="A painted mask in its place.")
    weight: Share = Field(default=1.0, description="How much it counts; 0: not at all.")


class StyleMaskWish(Strict):
    """What a job does with a mask of the painting."""

    drawn: Id | None = Field(default=None, description="A painted mask in its place.")


class JobWish(Strict):
    """A picture to be painted."""

    content: Id = Field(description="The photograph.")
    style: Id = Field(description="The painting.")
    preview: bool = Field(
        default=False, description="Small, quick, and before all others."
    )
    keys: dict[str, Value] = Field(
        default={}, description="Of the configuration, as `about` lists them."
    )
    masks: dict[MaskName, MaskWish] = Field(
        default={}, description="By name; others are as found."
    )
    style_masks: dict[MaskName, StyleMaskWish] = {}
    group: Label = ""
    label: Label = ""


class Job(Loose):
    """A picture that is being painted, or was."""

    id: Id
    state: State
    preview: bool
    group: str
    label: str
    created: str = Field(description="ISO 8601.")
    content: Picture
    style: Picture
    keys: dict[str, Value]
    masks: dict[str, MaskWish]
    style_masks: dict[str, StyleMaskWish]
    place: int | None = Field(default=None, description="In the queue, from 1.")
    done: Share = 0.0
    level: int = Field(default=0, description="From 1.")
    levels: int = 0
    iteration: int = 0
    iterations: int = 0
    seconds_left: float | None = None
    step: int = Field(default=0, description="Number of the picture so far.")
    error: str | None = None
    warnings: list[str] = []
    seconds: float | None = Field(default=None, description="That painting took.")
    width: int | None = None
    height: int | None = None
    command: str | None = Field(
        default=None, description="Paints the same bytes again."
    )


class Command(Loose):
    """A shell line."""

    command: str


class Shown(Loose):
    """A picture that comes with automask."""

    name: str
    title: str
    thumbnail: str


class Choice(Loose):
    """A word that a key may be."""

    value: str
    label: str


class Control(Loose):
    """A key that a page can set."""

    key: str
    label: str
    help: str
    type: Literal["number", "integer", "choice", "boolean"]
    default: Value
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: list[Choice] = Field(
        default=[], description="Words that it may be, also beside numbers."
    )


class Bounds(Loose):
    """What is taken at most."""

    bytes: int = Field(description="Of a picture's file.")
    pixels: int = Field(description="Of a picture.")
    jobs: int = Field(description="That wait at a time.")
    masks: int = Field(description="In a job, a picture.")


class About(Loose):
    """What there is to choose from."""

    version: str
    limits: Bounds
    samples: list[Shown]
    styles: list[Shown]
    controls: list[Control]


class Health(Loose):
    """Whether the server's worker can paint."""

    ok: bool
    worker: Literal["starting", "ready", "busy"]


class Problem(Loose):
    """Why a request was refused."""

    detail: str = Field(description="One sentence.")
