"""What was typed, as the keys of the film and the configuration of its frames."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from automask.cli.command_line import rewrite
from automask.cli.compose import composed, opened
from automask.config import photograph
from automask.images.image_files import check_suffix
from automask.io.filenames import expanded, literal
from automask.io.urls import is_local
from automask.keys import VideoKeys, check_values
from automask.pipeline.checks import check
from automask.pipeline.read_only import check_apart, files_read
from automask.pipeline.sources import sources_of
from automask.video.encoding import Encoding
from automask.video.reading import Wanted

if TYPE_CHECKING:
    from automask.video.painting import Passes

PLAIN = ("content", "out", "preview", "start", "end")  # texts that no grammar may touch
VIDEO = [each.name for each in fields(VideoKeys)]
THEIRS = ("style",)  # of a run, though a film has it too
INLINE = "automask.jobs.Inline"
PLACEHOLDER = "astronaut"  # configurations are checked with a picture named
ONE_PICTURE = (
    "stage",
    "intermediates",
    "checkpoint",
    "map",
    "find_maps",
    "aspect",
    "init",
    "alpha",
)


@dataclass(frozen=True)
class Settings:
    """A film as it was asked for.

    Args:
        keys: Of configs/video.yaml.
        config: The keys of a run, of each frame.
        content: The clip's file, or the folder of its frames.
        out: The film's file, or the folder for its frames.
        wanted: Which part of the clip, and how large.
        encoding: Of the film; None where it becomes frames.
        words: That were typed.
        read: Files that the configuration names.
    """

    keys: DictConfig
    config: DictConfig
    content: str
    out: Path
    wanted: Wanted
    encoding: Encoding | None
    words: tuple[str, ...]
    read: frozenset[str]

    @property
    def how(self) -> Passes:
        """Which frames are painted, and how often."""
        from automask.video.painting import Passes  # with torch, which takes a while

        return Passes(self.keys.every, self.keys.passes)

    @property
    def inline(self) -> bool:
        """Whether this process paints."""
        return bool(self.keys.engine["_target_"] == INLINE)


def read_settings(argv: Sequence[str]) -> Settings:
    """Compose the film's configuration and that of its frames.

    Args:
        argv: What was typed, without the program's name.

    Raises:
        ValueError: If something is unknown, missing, or cannot be used.
    """
    texts, mine, theirs, flags = _sorted_out(argv)
    with opened(flags) as searched:
        keys = compose("video", [*searched, *mine])
        check_values(VideoKeys, keys)
        keys = cast(DictConfig, OmegaConf.merge(keys, literal(texts)))
    if OmegaConf.is_missing(keys, "content") or not keys.content:
        raise ValueError("no content given; add content=clip.mp4")
    typed = [f"content={PLACEHOLDER}", *theirs, *flags]
    config = composed(rewrite(typed), VIDEO)
    _check_frames(config)
    check(config)
    if not is_local(keys.content):
        raise ValueError(f"'{keys.content}' is a URL; download it, then give the file")
    content = os.path.abspath(expanded(keys.content))
    sources = sources_of(config)
    read = files_read(config, sources) - {photograph(PLACEHOLDER)}
    out = _out(keys, content, sources.style_name)
    written = {"out": str(out)}
    if keys.preview is not None:
        if keys.engine["_target_"] != INLINE:
            raise ValueError("preview needs engine=inline; leave one of them out")
        check_suffix(Path(keys.preview))
        os.stat(Path(keys.preview).parent)
        written["preview"] = keys.preview
    check_apart(written, {*read, content})
    encoding = None
    if not _is_folder(keys.out):
        encoding = Encoding(out.suffix.lower(), keys.bits, keys.codec, keys.crf)
    return Settings(
        keys,
        config,
        content,
        out,
        _wanted(keys, config, encoding),
        encoding,
        tuple(argv),
        frozenset(read),
    )


def _sorted_out(
    argv: Sequence[str],
) -> tuple[dict[str, str], list[str], list[str], list[str]]:
    """Plain texts, overrides of the film's other keys, those of a run, flags."""
    known = {*VIDEO} - {*PLAIN, *THEIRS}
    texts: dict[str, str] = {}
    mine, theirs, flags = [], [], []
    words = iter(argv)
    for word in words:
        key, equals, value = word.partition("=")
        name = key.lstrip("+~").split(".")[0]
        if word in ("-q", "--quiet"):
            mine.append("quiet=true")
        elif word in ("--config-dir", "-cd"):
            flags += ["--config-dir", os.path.abspath(next(words, ""))]
        elif word.startswith("-"):
            raise ValueError(f"unknown option '{word}'; see automask video --help")
        elif key in PLAIN and equals:
            texts[key] = expanded(value) if key in ("out", "preview") else value
        elif name in known:
            mine.append(word)
        elif name in ONE_PICTURE:
            raise ValueError(f"{name} is for a single picture, not for a film")
        else:
            theirs.append(word)
    texts = {key: value for key, value in texts.items() if value != "null"}
    return texts, mine, theirs, flags


def _check_frames(config: DictConfig) -> None:
    """Refuse methods that take no picture, or a map drawn for each.

    Raises:
        ValueError: If it is one.
    """
    masks = config.masks
    drawn_alone = masks.k and not masks.sources and masks.get("drawn") is not None
    if config.aspect is not None or config.find_maps or drawn_alone:
        raise ValueError(
            "this stylizer or mask source works on hand-drawn maps or on no picture at "
            "all; a film's frames have masks found: try stylizer=softmask masks=scene"
        )


def _out(keys: DictConfig, content: str, style: str) -> Path:
    """The film's file or folder, absolute."""
    if keys.out:
        return Path(os.path.abspath(keys.out))
    name = f"{Path(content).stem}_{style.replace('/', '_')[:60]}.mp4"
    return Path("outputs", name).absolute()


def _is_folder(out: str | None) -> bool:
    """Whether the film becomes frames; without ``out`` it becomes a file."""
    if not out:
        return False
    return out[-1] in "/\\" or os.path.isdir(out) or not Path(out).suffix


def _wanted(keys: DictConfig, config: DictConfig, encoding: Encoding | None) -> Wanted:
    start = seconds("start", keys.start)
    end = None if keys.end is None else seconds("end", keys.end)
    if end is not None and end <= start:
        raise ValueError(f"end={keys.end} must come after start={keys.start}")
    size = None if config.size == "own" else config.size
    even = encoding is not None and not encoding.lossless
    return Wanted(size, start, end, even)


def seconds(key: str, text: str) -> Fraction:
    """A time: seconds, m:s, or h:m:s.

    Raises:
        ValueError: If it is none.
    """
    total = Fraction(0)
    try:
        for part in str(text).split(":"):
            if not part.strip() or part.strip()[0] in "+-":
                raise ValueError
            total = 60 * total + Fraction(part.strip())
    except (ValueError, ZeroDivisionError):
        raise ValueError(
            f"{key} must be a time such as 12.5 or 1:02:30, got '{text}'"
        ) from None
    return total
