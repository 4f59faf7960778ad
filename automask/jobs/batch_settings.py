"""What was typed, as the keys of the batch and one configuration for each style."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from hydra import compose
from omegaconf import DictConfig, OmegaConf

from automask.cli.command_line import folders_of, rewrite
from automask.cli.compose import composed, opened
from automask.config import photograph, plain
from automask.images.formats import is_picture_name
from automask.io.filenames import expanded, literal
from automask.io.folders import cut_to
from automask.io.urls import absolute, is_local
from automask.jobs.items import Variant, digest_of
from automask.jobs.plan import Job
from automask.jobs.results import Results
from automask.keys import BatchKeys, check_values
from automask.pipeline.checks import check
from automask.pipeline.read_only import check_apart, files_read
from automask.pipeline.sources import sources_of
from automask.pipeline.style_spec import parts_of, source_of, style_files

PLAIN = ("content", "style", "out", "manifest")  # texts that no grammar may touch
BATCH = [each.name for each in fields(BatchKeys)]
REGIONS = "regions"  # stands for a style where each region names its own
NAME, NAME_BYTES = 60, 90  # of a style in the names of its pictures, at most
ITS_OWN = ("content", "out", "quiet", "style")  # differ among the items of a batch
PLACEHOLDER = "astronaut"  # configurations are checked with a picture named


@dataclass(frozen=True)
class Settings:
    """A batch as it was asked for.

    Args:
        keys: Of configs/batch.yaml.
        job: What the runner does.
        labels: What the names of pictures end in, by the variant's name.
    """

    keys: DictConfig
    job: Job
    labels: dict[str, str]


def read_settings(argv: Sequence[str]) -> Settings:
    """Compose the batch's configuration and that of each style.

    Args:
        argv: What was typed, without the program's name.

    Raises:
        ValueError: If something is unknown, missing, or cannot be used.
    """
    texts, mine, theirs, flags = _sorted_out(argv)
    with opened(flags) as searched:
        keys = OmegaConf.merge(batch_keys([*searched, *mine]), literal(texts))
        assert isinstance(keys, DictConfig)
        regions = any(word.lstrip("+").startswith("regions") for word in theirs)
        if regions and OmegaConf.is_missing(keys, "style"):
            keys.style = REGIONS
        _check(keys)
    styles = _styles(keys.style, flags)
    configs = [_composed(style, theirs, flags) for style in styles]
    manifest = Path(keys.manifest or _manifest(keys.out))
    variants = []
    for style, config in zip(styles, configs, strict=True):
        check(config)
        read = files_read(config, sources_of(config)) - {photograph(PLACEHOLDER)}
        check_apart({"manifest": str(manifest)}, read)
        words = (*flags, *([f"style={style}"] if style != REGIONS else []), *theirs)
        whole = [
            os.path.abspath(p) if os.path.isfile(p) else p for p in parts_of(style)
        ]
        yaml, digest = OmegaConf.to_yaml(config), digest_of(config, read, keys.suffix)
        variants.append(Variant("+".join(whole), yaml, words, digest))
    shared = {k: v for k, v in plain(configs[0]).items() if k not in ITS_OWN}
    job = Job(
        "batch",
        Results(absolute(keys.out), keys.suffix),
        manifest,
        tuple(variants),
        retry=keys.retry,
        fresh=keys.fresh,
        quiet=keys.quiet,
        keys=shared | {"suffix": keys.suffix},
    )
    return Settings(keys, job, _labels(styles, variants))


def batch_keys(overrides: Sequence[str]) -> DictConfig:
    """The keys of configs/batch.yaml, within ``opened()``.

    Raises:
        ValueError: If one has a value that it may not have.
    """
    keys = compose("batch", list(overrides))
    check_values(BatchKeys, keys)
    return keys


def _sorted_out(
    argv: Sequence[str],
) -> tuple[dict[str, str], list[str], list[str], list[str]]:
    """Plain texts, overrides of the batch's other keys, those of run.yaml, flags."""
    known = {*BATCH} - {*PLAIN}
    texts: dict[str, str] = {}
    mine, theirs, flags = [], [], []
    words = iter(argv)
    for word in words:
        key, equals, value = word.partition("=")
        if word in ("-q", "--quiet"):
            mine.append("quiet=true")
        elif word in ("--config-dir", "-cd"):
            flags += ["--config-dir", os.path.abspath(next(words, ""))]
        elif word.startswith("-"):
            raise ValueError(f"unknown option '{word}'; see automask.batch --help")
        elif key in PLAIN and equals:
            texts[key] = expanded(value) if key in ("out", "manifest") else value
        elif key.split(".")[0] in known:
            mine.append(word)
        else:
            theirs.append(word)
    return texts, mine, theirs, flags


def _check(keys: DictConfig) -> None:
    for key, example in (("content", "portraits/"), ("style", "monet,vangogh")):
        if OmegaConf.is_missing(keys, key) or not keys[key]:
            raise ValueError(f"no {key} given; add {key}={example}")
    if OmegaConf.is_missing(keys, "out") or not keys.out:
        raise ValueError("no folder for the pictures given; add out=results/")
    if is_picture_name(keys.out):
        raise ValueError(f"out={keys.out} names a picture; a batch needs a folder")


def _styles(value: str, flags: list[str]) -> list[str]:
    """The styles, each once; a file with a comma in its own name is one."""
    whole = os.path.exists(value) or value in style_files(folders_of(flags))
    parts = [value] if whole else value.split(",")
    return list(dict.fromkeys(expanded(p.strip()) for p in parts if p.strip()))


def _composed(style: str, overrides: list[str], flags: list[str]) -> DictConfig:
    chosen = [f"style={style}"] if style != REGIONS else []
    typed = [*chosen, f"content={PLACEHOLDER}", *overrides, *flags]
    return composed(rewrite(typed), BATCH)


def _labels(styles: Sequence[str], variants: Sequence[Variant]) -> dict[str, str]:
    """A label for each style; those of one name, a/sky.jpg and b/sky.jpg, differ."""
    labels = [_label(style) for style in styles]
    folded = [label.casefold() for label in labels]
    return {
        variant.name: label
        if folded.count(label.casefold()) == 1
        else f"{label}-{variant.digest[:6]}"
        for label, variant in zip(labels, variants, strict=True)
    }


def _label(style: str) -> str:
    named = "+".join(source_of(part).name for part in parts_of(style))
    return cut_to(NAME_BYTES, named.replace("/", "_")[:NAME]) or REGIONS


def _manifest(out: str) -> str:
    """Beside the pictures; for a URL, where nothing can be appended to, right here."""
    if is_local(absolute(out)):
        return f"{out.removeprefix('file://').rstrip('/')}/manifest.jsonl"
    return f"batch-{hashlib.sha256(absolute(out).encode()).hexdigest()[:8]}.jsonl"
