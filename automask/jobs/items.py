"""The list of work: items, each with a configuration and a name of its own."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from omegaconf import DictConfig, OmegaConf

from automask.config import plain
from automask.io.files import file_sha256

NO_SETTINGS = ("content", "out", "quiet", "checkpoint", "models")  # of a variant


PENDING, DONE, FAILED = "pending", "done", "failed"
REPLACED = "replaced"  # its result is that of another item by now


@dataclass(frozen=True, slots=True)
class Item:
    """One picture to be painted, and how far it is.

    Args:
        key: Its identity, in 20 hexadecimal digits: what is read, and all settings.
        content: Absolute path or URL of the photograph; empty where there is none.
        variant: Name of the configuration.
        name: Of the result below ``out``, without a suffix.
        state: pending, done, failed, or replaced.
        reason: Why it failed.
        seconds: That painting it took.
        stamp: Of its photograph when that was last looked at.
    """

    key: str
    content: str
    variant: str
    name: str = ""
    state: str = PENDING
    reason: str | None = None
    seconds: float | None = None
    stamp: str | None = None


@dataclass(frozen=True)
class Variant:
    """A configuration that items are painted with: a batch's style, a sweep's cell.

    Args:
        name: What it is called in messages and in the manifest.
        config: The keys of configs/run.yaml, as YAML; each machine resolves them.
        words: That repeat it with automask.run; a batch's items add their content.
        digest: Hash of the settings, and of paths and contents of the files it reads.
    """

    name: str
    config: str
    words: tuple[str, ...] = ()
    digest: str = ""

    def composed(self) -> DictConfig:
        """The configuration, for a run to change."""
        config = OmegaConf.create(self.config)
        assert isinstance(config, DictConfig)
        return config

    def item(self, content: str) -> Item:
        """A photograph in this variant, without a name."""
        text = f"{content}\0{self.digest}".encode("utf-8", "surrogateescape")
        return Item(hashlib.sha256(text).hexdigest()[:20], content, self.name)


def digest_of(
    config: DictConfig,
    read: Iterable[str],
    more: str,
    sha256: Callable[[str], str] = file_sha256,
) -> str:
    """The digest of a variant.

    Args:
        config: The keys of configs/run.yaml.
        read: Files that it reads.
        more: What else makes it another one.
        sha256: Of a file.
    """
    settings = {k: v for k, v in plain(config).items() if k not in NO_SETTINGS}
    files = {file: sha256(file) for file in read if os.path.isfile(file)}
    text = json.dumps([more, settings, files], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


Request = tuple[Item, Iterator[str]]
"""An item without a name, and names for it, the best first, the last one free."""


def named(
    requests: Iterable[Request],
    earlier: Iterable[Item],
    is_taken: Callable[[str, str], bool],
    inherits: bool,
) -> list[Item]:
    """Give each item a name that no other has, on no file system.

    Args:
        requests: In order.
        earlier: Items of earlier starts, which keep their names.
        is_taken: Whether a name is that of something which is none of these items, nor
            the result of the item with that key.
        inherits: Whether what is painted with other settings now takes the name over
            from the earlier item of that photograph and variant.
    """
    before = list(earlier)
    names = {item.key: item.name for item in before}
    pairs = {(i.content, i.variant): i.name for i in before} if inherits else {}
    taken = {_folded(name) for name in names.values()}
    items = []
    for item, wanted in requests:
        name = names.get(item.key) or pairs.get((item.content, item.variant))
        if name is None:
            name = next(
                each
                for each in wanted
                if _folded(each) not in taken and not is_taken(each, item.key)
            )
            taken.add(_folded(name))
        items.append(replace(item, name=name))
    return items


def _folded(name: str) -> str:
    """What two names have in common that some file systems cannot tell apart."""
    return unicodedata.normalize("NFC", name).casefold()
