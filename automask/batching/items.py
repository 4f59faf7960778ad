"""The list of work: each photograph in each style, under a name of its own."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from omegaconf import DictConfig, OmegaConf

from automask.batching.photographs import Photograph


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to be painted.

    Args:
        key: What it is, in 20 hexadecimal digits: photograph, style, configuration.
        content: Absolute path or URL of the photograph.
        style: As given on the command line.
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
        style: As given on the command line.
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
    is_taken: Callable[[str], bool] = lambda name: False,
) -> list[Item]:
    """Every photograph in every style; style by style, for styles are kept in memory.

    Args:
        photos: In any order.
        variants: Likewise.
        earlier: Items of an earlier start, which keep their names.
        is_taken: Whether something that is none of these items has a name.
    """
    known = {item.key: item for item in earlier}
    names = {_plain(item.name) for item in known.values()}
    items = []
    for variant in variants:
        for photo in photos:
            key = item_key(photo.place, variant)
            if key not in known:
                name = next(
                    name
                    for name in _names(photo, variant, key)
                    if _plain(name) not in names and not is_taken(name)
                )
                known[key] = Item(key, photo.place, variant.style, name)
                names.add(_plain(name))
            items.append(known[key])
    return items


def item_key(place: str, variant: Variant) -> str:
    """Hash of where the photograph is and of what it is painted with."""
    text = f"{place}\0{variant.digest}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(text).hexdigest()[:20]


def _names(photo: Photograph, variant: Variant, key: str) -> Iterator[str]:
    """Names for a picture, the plainest first, the last its own for certain."""
    path = PurePosixPath(photo.name)
    yield f"{path.with_suffix('')}_{variant.label}"
    yield f"{path.with_name(path.name.replace('.', '-'))}_{variant.label}"
    yield f"{path.with_suffix('')}_{variant.label}-{key}"


def _plain(name: str) -> str:
    """What two names have in common that some file systems cannot tell apart."""
    return unicodedata.normalize("NFC", name).casefold()
