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
KINDS = {"bool": "true or false", "str | None": "file or null"}
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
    "masks.sources.classes.download": "masks.fetch",
    "masks.sources.scene.download": "masks.fetch",
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
QUALITIES = {"preview": 0.5, "normal": 1.0, "best": 2.5}  # to the share of the steps
AT_LEAST_ONE = Allowed((None,), int, least=1)
SIZE = Allowed(("own",), int, 32, 16384)  # px


@dataclass
class RunKeys:
    """Of a run."""

    content: str | None = key(
        MISSING, "the photograph, or a picture of scikit-image such as astronaut"
    )
    style: Any = choice(MISSING, "embedded styles and picture files, joined by +")
    stylizer: Any = choice("softmask", "the method")
    masks: Any = choice("scene", "the mask source")
    regions: Any = key(
        {}, "a style for each mask: regions.person=gogh.jpg regions.background=monet"
    )
    gamma: float = key(
        20.0, "weight of the masks in matching; masks=none uses no masks at all", AMOUNT
    )
    k: int = key(5, "object classes used, at most", COUNT)
    hold: Any = key(
        "auto",
        "how closely the photograph's shapes are kept",
        Allowed(("auto",), float, most=1.25),
    )
    strength: float = key(
        1.0, "strength of the style; 0 returns the photograph", Allowed((), float, 0, 1)
    )
    size: Any = key(
        512, "longer side of the result, px; own: the photograph's size", SIZE
    )
    style_scale: Any = key(
        "auto",
        "size of the style; auto makes faces equally large, own keeps its pixels",
        Allowed(("auto", "own"), float, most=8, above=True),
    )
    color: Any = choice("regions", "the colour transfer")
    keep_color: Any = key(
        [], "masks that keep the photograph's colours: keep_color=[skin]"
    )
    map: Any = key(
        None,
        "masks drawn by hand: a map, a folder, {skin: a.png}; style.map for the style",
    )
    find_maps: bool = key(False, "take NAME_sem.png beside a picture as its map")
    quality: str = key("normal", "how long to paint", Allowed((*QUALITIES,)))
    encoder: Any = choice("lite", "the feature network")
    refresh: Any = choice("held", "how often patches are matched")
    optimizer: Any = choice("lbfgs", "what moves the pixels")
    hardware: Any = choice("auto", "device and precision")
    init: str = key("content", "initial picture: content, noise, or a picture file")
    aspect: Any = key(None, "without a content: width:height, or map for the map's")
    alpha: str = key(
        "keep", "transparency, or a white background", Allowed(("keep", "white"))
    )
    seed: int = key(0, "random seed", Allowed(kind=int, most=2**63 - 1))
    out: str | None = key(
        None, "where the result goes: a folder, or a .png or .jpg; null: outputs/"
    )
    stage: str = key("all", "masks stops after the masks", Allowed(("all", "masks")))
    checkpoint: str | None = key(
        None, "a file, or FOLDER/: save the state, and resume from it"
    )
    intermediates: int = key(0, "save the picture every so many steps; 0: never", COUNT)
    balance: Any = key(
        {"correction": 1.0}, "weights in the energy; an encoder brings its own"
    )
    models: Any = key(
        {"fetch": True}, "models.fetch=false: MediaPipe's nets are not fetched"
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
    engine: Any = choice("pool", "who paints: inline, pool, ray, slurm")
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


@dataclass
class VideoKeys:
    """Of a film, beside those of a run, which hold for all of its frames."""

    content: str = key(MISSING, "a clip, or a folder of frames")
    style: str = key(MISSING, "embedded styles and picture files, joined by +")
    out: str | None = key(
        None,
        "the film: .mp4, .mov, .webm, .mkv, or a folder for frames; null: in outputs/",
    )
    start: str = key("0", "where to begin: seconds, or h:m:s")
    end: str | None = key(None, "where to end, likewise; null: where the clip ends")
    every: int = key(
        24,
        "frames from one key frame to the next at most; those between are blended",
        Allowed((), int, 1, 24),
    )
    passes: int = key(
        1, "2: look farther ahead before painting", Allowed((), int, 1, 2)
    )
    fps: float = key(25.0, "frames a second of a folder", Allowed((), float, 1, 240))
    codec: str | None = key(
        None,
        "of the film; null: h264 for .mp4, vp9 for .webm, ffv1 (lossless) for .mkv",
        Allowed((None, "h264", "vp9", "av1", "ffv1")),
    )
    crf: float | None = key(
        None,
        "quality of what is not lossless, less is better; null: the codec's usual",
        Allowed((None,), float, 0, 63),
    )
    bits: int = key(8, "a channel: 8 or 10", Allowed((), int, 8, 10))
    sound: bool = key(True, "copy the clip's sound")
    preview: str | None = key(
        None, "a .png or .jpg: the last painting, every few seconds (engine=inline)"
    )
    fresh: bool = key(False, "forget what an earlier start did")
    engine: Any = choice("inline", "who paints the shots: inline, pool, ray")
    workers: int | None = key(
        None, "processes of the pool; null: as many as fit", AT_LEAST_ONE
    )
    threads: int | None = key(
        None, "of each worker; null: those that fit", AT_LEAST_ONE
    )
    address: str | None = key(
        None, "of the Ray cluster: auto, or host:port; null: one of its own"
    )
    quiet: bool = key(False, "print nothing but where the film is")


def rows(keys: type) -> list[tuple[str, str, str]]:
    """Name, meaning, and default as people type it, of one of these classes."""
    return [
        (each.name, each.metadata["meaning"], _shown(each.metadata["default"]))
        for each in fields(keys)
    ]


def markdown(keys: type, configs: Path) -> str:
    """A table of keys, values, defaults and meanings.

    Args:
        keys: One of these classes.
        configs: Folder of the configurations, whose files are the values of choices.
    """
    lines = ["| key | values | default | meaning |", "|---|---|---|---|"]
    for each, (name, meaning, usual) in zip(fields(keys), rows(keys), strict=True):
        parts = sorted(file.stem for file in (configs / name).glob("*.yaml"))
        told = (
            ", ".join(parts) if usual and len(parts) <= FEW else "names" * bool(parts)
        )
        values = told or each.metadata.get("allowed") or KINDS.get(str(each.type), "")
        lines.append(f"| `{name}` | {values} | {usual} | {meaning} |")
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
    if default in (None, MISSING) or isinstance(default, dict | list):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)
