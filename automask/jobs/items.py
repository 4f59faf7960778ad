"""The list of work: each photograph in each style, under a name of its own."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from omegaconf import DictConfig, OmegaConf

from automask.io.folders import cut_to
from automask.jobs.find_photos import Photograph

NAME_BYTES = 230  # of a picture's name; most systems allow 255 with what comes behind


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to be painted.

    Args:
        key: What it is, in 20 hexadecimal digits: photograph, style, configuration.
        content: Absolute path or URL of the photograph.
        style: As its variant has it.
        name: Of the picture below ``out``, without its suffix.
    """

    key: str
    content: str
    style: str
    name: str


@dataclass(frozen=True)
class Variant:
    """A style with all that it is painted with.

    Args:
        style: Names and absolute paths of pictures, joined by +.
        label: What the names of its pictures end in.
        config: The keys of configs/run.yaml, as YAML; each machine resolves them.
        command: Overrides that repeat it with automask.run.
        digest: Hash of the configuration and of the style's files.
    """

    style: str
    label: str
    config: str
    command: tuple[str, ...]
    digest: str

    def composed(self) -> DictConfig:
        """The configuration, for a run to change."""
        config = OmegaConf.create(self.config)
        assert isinstance(config, DictConfig)
        return config


def work_list(
    photos: Sequence[Photograph],
    variants: Iterable[Variant],
    earlier: Iterable[Item] = (),
    is_taken: Callable[[str, str], bool] = lambda name, key: False,
) -> list[Item]:
    """Every photograph in every style; style by style, for styles are kept in memory.

    Args:
        photos: In any order.
        variants: Likewise.
        earlier: Items of an earlier start. They keep their names, and what is painted
            with other settings now takes theirs over.
        is_taken: Whether something that is none of these items, nor the one of that
            key, has a name.
    """
    before = list(earlier)
    names = {item.key: item.name for item in before}
    others = {(item.content, item.style): item.name for item in before}
    taken = {_plain(name) for name in names.values()}
    items = []
    for variant in variants:
        for photo in photos:
            key, pair = item_key(photo.place, variant), (photo.place, variant.style)
            name = names.get(key) or others.get(pair)
            if name is None:
                name = next(
                    name
                    for name in _names(photo, variant, key)
                    if _plain(name) not in taken and not is_taken(name, key)
                )
                taken.add(_plain(name))
            items.append(Item(key, *pair, name))
    return items


def item_key(place: str, variant: Variant) -> str:
    """Hash of where the photograph is and of what it is painted with."""
    text = f"{place}\0{variant.digest}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:20]


def _names(photo: Photograph, variant: Variant, key: str) -> Iterator[str]:
    """Names for a picture, the plainest first, the last its own for certain."""
    path, label = PurePosixPath(photo.name), variant.label
    yield _named(path, path.stem, label)
    yield _named(path, path.name.replace(".", "-"), label)
    yield _named(path, path.stem, f"{label}-{key}")


def _named(path: PurePosixPath, stem: str, end: str) -> str:
    """A name beside others, short enough for what is put behind it."""
    room = NAME_BYTES - len(os.fsencode(end))
    return str(path.with_name(f"{cut_to(room, stem) or '_'}_{end}"))


def _plain(name: str) -> str:
    """What two names have in common that some file systems cannot tell apart."""
    return unicodedata.normalize("NFC", name).casefold()
