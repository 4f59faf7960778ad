"""The keys that people set: type, default, allowed values and meaning of each.

Configurations, ``--help`` and README's table are made of these. What else can be set
stands in the groups of configs/.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from math import inf, isfinite
from pathlib import Path
from typing import Any

MISSING = "???"  # OmegaConf's word for a value that is not there
FEW = 8  # names of parts that a line can list
RENAMED = {
    "patience": "set stylizer.iterations",
    "engine.together": "engine=pool paints several pictures at once",
    "content.gamma": "gamma weighs matching alone; masks=none takes no masks",
    "color.gamma": "gamma weighs matching alone; masks=none takes no masks",
    "guides.gamma": "gamma weighs matching alone; masks=none takes no masks",
    "optimizer.rate": "optimizer.lr",
    "optimizer.halving": "optimizer.half_life",
    "optimizer.decay": "optimizer.preconditioner",
    "refresh.soonest": "refresh.min_steps",
    "refresh.rarest": "refresh.max_steps",
    "refresh.narrowest": "refresh.min_band",
    "style.rare": "style.coverage",
    "fine.above": "high_resolution.above",
    "fine.refresh": "high_resolution.refresh",
    "stylize.Fine": "stylize.HighResolution",
    "automask.encoders": "automask.pipeline.encoder_weights",
    "automask.batching": "automask.jobs",
}
"""Keys and parts by their earlier names, or by what these hold between dots; to the
name of now, or to a sentence on what to do instead: "patience": "set stylizer.…"."""


@dataclass(frozen=True)
class Allowed:
    """Values that a key may have: some words, and numbers of a range.

    Args:
        words: That are no numbers; None where there may be no value.
        kind: Of the numbers, int or float; None: there are none.
        least: Smallest of them.
        most: Largest of them.
        above: Whether the smallest one is left out.
    """

    words: tuple[str | None, ...] = ()
    kind: type | None = None
    least: float = 0
    most: float = inf
    above: bool = False

    def __contains__(self, value: Any) -> bool:
        if value is None or isinstance(value, str):
            return value in self.words
        if self.kind is None or type(value) not in (int, self.kind):
            return False
        from_least = value > self.least if self.above else value >= self.least
        return from_least and value <= self.most and isfinite(value)

    def __str__(self) -> str:
        """In words: "auto or a number from 0 to 1"."""
        said = [word for word in self.words if word is not None]
        if self.kind is not None:
            number = "an integer" if self.kind is int else "a number"
            up_to = "" if self.most == inf else f" to {self.most}"
            begins = "above" if self.above else "from" if up_to else ">="
            said.append(f"{number} {begins} {self.least}{up_to}")
        *others, last = said
        return f"{', '.join(others)} or {last}" if others else last


def key(default: Any, meaning: str, allowed: Allowed | None = None) -> Any:
    """A key with its default; ``allowed`` where a simple rule says what it may be."""
    told = {"default": default, "meaning": meaning, "allowed": allowed}
    return field(default_factory=partial(copy.copy, default), metadata=told)


def choice(chosen: str, meaning: str) -> Any:
    """A key that chooses from a folder of configs/, and what is chosen unasked."""
    return field(default=MISSING, metadata={"default": chosen, "meaning": meaning})


AMOUNT, COUNT = Allowed(kind=float), Allowed(kind=int)
AT_LEAST_ONE = Allowed((None,), int, least=1)
SIZE = Allowed(("own",), int, 32, 16384)  # px


@dataclass
class RunKeys:
    """Of a run."""

    content: str | None = key(
        MISSING,
        "the photograph: a file, or a picture of scikit-image (astronaut, chelsea, "
        "coffee, rocket)",
    )
    style: Any = choice(MISSING, "names of styles and picture files, joined by +")
    stylizer: Any = choice("softmask", "the method that paints the picture")
    regions: Any = key({}, "styles for masks: {person: gogh.jpg, background: monet}")
    gamma: float = key(20.0, "pull of the masks on matching; 0 ignores them", AMOUNT)
    k: int = key(5, "object classes that the two pictures may share", COUNT)
    hold: Any = key(
        "auto",
        "how firmly the photograph's shapes are held; 0: matches follow the picture as "
        "it becomes",
        Allowed(("auto",), float, most=1.25),
    )
    size: Any = key(512, "longer side of the result, px; own: the photograph's", SIZE)
    style_scale: Any = key(
        "auto",
        "size of the style to the content's; auto: faces equally large; own: its own "
        "pixels, at most size",
        Allowed(("auto", "own"), float, most=8, above=True),
    )
    seed: int = key(0, "of every random choice", Allowed(kind=int, most=2**63 - 1))
    out: str | None = key(
        None, "a folder, or a name that ends in .png or .jpg; null: outputs/"
    )
    stage: str = key(
        "all", "masks: stop once the masks are written", Allowed(("all", "masks"))
    )
    init: str = key(
        "content", "what painting starts from: content, noise, or a picture file"
    )
    alpha: str = key(
        "keep",
        "what is transparent stays so (keep), or is laid over white",
        Allowed(("keep", "white")),
    )
    strength: float = key(
        1.0, "of the style; 0 leaves the photograph as it is", Allowed((), float, 0, 1)
    )
    color: Any = choice("regions", "whose colours the picture has")
    checkpoint: str | None = key(
        None, "a file, or FOLDER/, that a stopped run goes on from"
    )
    intermediates: int = key(
        0, "write the picture into steps/ every so many steps; 0: never", COUNT
    )
    map: Any = key(
        None,
        "masks drawn by hand: a map, a folder, {skin: a.png}; style.map for the style",
    )
    find_maps: bool = key(False, "take NAME_sem.png beside a picture as its map")
    aspect: Any = key(None, "without a content: width:height, or map for the map's")
    masks: Any = choice("portrait", "where soft masks come from")
    encoder: Any = choice("lite", "the network whose features are compared")
    refresh: Any = choice("held", "when patches are matched anew")
    optimizer: Any = choice("lbfgs", "what moves the pixels")
    hardware: Any = choice("auto", "what it runs on, and how precisely")
    balance: Any = key(
        {"correction": 1.0},
        "weights in the energy; an encoder brings those that suit it",
    )
    quiet: bool = key(False, "print nothing but where the result is")


@dataclass
class BatchKeys:
    """Of a batch, beside those of a run, which hold for all of its pictures."""

    content: str = key(
        MISSING, "folders, globs, pictures, URLs of these, or a .txt list, with commas"
    )
    style: str = key(MISSING, "names and picture files, with commas")
    out: str = key(MISSING, "a folder, or a URL such as s3://bucket/results")
    recursive: bool = key(False, "look into the folders of folders as well")
    retry: bool = key(False, "paint again what has failed")
    fresh: bool = key(False, "forget what an earlier batch did in this folder")
    suffix: str = key("png", "of the pictures", Allowed(("png", "jpg")))
    keep_masks: bool = key(False, "keep the masks of each picture too")
    manifest: str | None = key(
        None, "the list of work; null: out/manifest.jsonl, or batch-….jsonl for a URL"
    )
    engine: Any = choice("pool", "who paints: inline, pool, ray")
    workers: int | None = key(
        None, "processes of the pool; null: as many as fit", AT_LEAST_ONE
    )
    threads: int | None = key(
        None, "of each worker; null: those that fit", AT_LEAST_ONE
    )
    address: str | None = key(
        None, "of the Ray cluster: auto, or host:port; null: one of its own"
    )
    quiet: bool = key(False, "print failures alone")


def rows(keys: type) -> list[tuple[str, str, str]]:
    """Name, meaning, and default as people type it, of RunKeys or BatchKeys."""
    return [
        (each.name, each.metadata["meaning"], _shown(each.metadata["default"]))
        for each in fields(keys)
    ]


def markdown(keys: type, configs: Path) -> str:
    """The same as a table, with the names of the parts where these are few.

    Args:
        keys: RunKeys or BatchKeys.
        configs: Folder of the configurations.
    """
    lines = ["| key | meaning | default |", "|---|---|---|"]
    for name, meaning, usual in rows(keys):
        parts = sorted(file.stem for file in (configs / name).glob("*.yaml"))
        listed = f": {', '.join(parts)}" if usual and 1 < len(parts) <= FEW else ""
        lines.append(f"| `{name}` | {meaning}{listed} | {usual} |")
    return "\n".join(lines)


def check_values(keys: type, config: Mapping[str, Any]) -> None:
    """Refuse values that a key may not have.

    Raises:
        ValueError: With the key, what it may be, and what it is.
    """
    for each in fields(keys):
        allowed = each.metadata.get("allowed")
        if allowed is not None and (value := config[each.name]) not in allowed:
            said = f"{value:g}" if isinstance(value, float) else repr(value)
            told = "null" if value is None else said
            raise ValueError(f"{each.name} must be {allowed}, got {told}")


def renamed(name: str) -> str | None:
    """What to say of a key or a part that earlier versions had; None of any other."""
    dotted = f".{name.replace('/', '.')}."
    for old, new in RENAMED.items():
        within = f".{old.replace('/', '.')}."
        if within in dotted and " " in new:
            return f"{name} is gone; {new}"
        if within in dotted:
            return f"{name} is {dotted.replace(within, f'.{new}.').strip('.')} now"
    return None


def _shown(default: Any) -> str:
    if default in (None, MISSING) or isinstance(default, dict):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
