"""What a configuration may name as ``_target_``: our own parts, and who builds them.

A file of a stranger, given by ``--config-dir``, describes pictures and numbers. It can
start nothing else: every name is looked at before anything is built.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from automask.keys import renamed
from automask.signatures import check_arguments, check_complete

TARGET, PARTIAL = "_target_", "_partial_"
SETTINGS = ("_convert_", "_recursive_")  # of Hydra's, which change nothing here
MISSING = "???"
PARTS = "AUTOMASK_PARTS"  # in the environment: modules of the user's own, with commas
ENCODERS = "automask.pipeline.encoder_weights"
FAST_NETS = "automask.pipeline.fast_nets"
OURS = ("stylize", ENCODERS, FAST_NETS, "automask.masks", "automask.jobs")
"""Modules that export our parts."""
HYDRAS = "hydra._internal.core_plugins.basic_"  # its own, which we never start
CLOSED = ("callbacks", "job.env_set", "job.chdir", "output_subdir", "sweeper.params")
"""Hydra's keys that run code, or write beyond our folders."""
LOGGING = ("job_logging", "hydra_logging")


def check_targets(config: Any, path: str = "") -> None:
    """Refuse a configuration that names anything but our own parts, however deep.

    Args:
        config: Any part of a run's or a batch's configuration.
        path: Its key, for the message.

    Raises:
        ValueError: If it does.
    """
    for key, name in _named(_plain(config), path):
        if not _is_ours(name):
            raise ValueError(_refused(key, name))


def check_hydra(hydra: DictConfig) -> None:
    """Refuse settings of Hydra's that would start anything.

    Raises:
        ValueError: If there are such.
    """
    for key in CLOSED:
        if OmegaConf.select(hydra, key):
            raise ValueError(f"hydra.{key} cannot be set here; leave it out")
    for key in LOGGING:
        told = OmegaConf.to_container(hydra[key]) if hydra.get(key) else {}
        if isinstance(told, dict) and told.get("root") is not None:
            raise ValueError(f"hydra.{key} cannot be set here; leave it out")
    described = OmegaConf.to_container(hydra, resolve=False)
    for key, name in _named(described, "hydra"):
        if not str(name).startswith(HYDRAS):
            raise ValueError(_refused(key, name))


def build(config: Any, path: str, **given: Any) -> Any:
    """The part that a configuration describes, with the parts within it.

    Args:
        config: With a ``_target_``.
        path: Its key, for messages.
        given: Arguments that no configuration can hold.

    Raises:
        ValueError: If it names anything but our own parts, or a part refuses what it
            is given; the message starts with the key.
    """
    described = _plain(config)
    check_targets(described, path)
    return _built(described, path, given)


def _built(described: Any, path: str, given: Mapping[str, Any]) -> Any:
    if isinstance(described, list):
        return [_built(e, f"{path}.{i}", {}) for i, e in enumerate(described)]
    if not isinstance(described, dict):
        return described
    arguments = {
        str(key): _built(value, f"{path}.{key}", {})
        for key, value in described.items()
        if key not in (TARGET, PARTIAL, *SETTINGS) and value != MISSING
    }
    if TARGET not in described:
        return arguments
    target = _part(described[TARGET], path)
    check_arguments(target, path, arguments, given)
    if described.get(PARTIAL):
        return partial(target, **arguments, **given)
    check_complete(target, path, arguments, given)
    try:
        return target(**arguments, **given)
    except TypeError as error:
        raise ValueError(f"{path} cannot be used: {error}") from error
    except ValueError as error:
        if "." in path:
            raise ValueError(f"{path}: {error}") from error
        raise


def _plain(config: Any) -> Any:
    """Without interpolations: what they stand for is looked at, and is used."""
    if isinstance(config, DictConfig | ListConfig):
        return OmegaConf.to_container(config, resolve=True)
    return config


def _named(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Key and value of each ``_target_`` in plain dicts and lists."""
    if isinstance(node, list):
        for number, child in enumerate(node):
            yield from _named(child, f"{path}.{number}")
    elif isinstance(node, dict):
        for key, child in node.items():
            place = f"{path}.{key}".lstrip(".")
            if key == TARGET:
                yield place, child
            else:
                yield from _named(child, place)


def _is_ours(name: object) -> bool:
    """Whether it lies in one of our modules, or of those that the user lets in."""
    module, _, last = str(name).rpartition(".")
    return bool(last) and (module in OURS or _is_own(module))


def _is_own(module: str) -> bool:
    return bool(module) and module in os.environ.get(PARTS, "").split(",")


def _part(name: object, path: str) -> Any:
    """What is to be called, if its module exports it."""
    module, _, last = str(name).rpartition(".")
    part = getattr(found := import_module(module), last, None)
    exported = _is_own(module) or last in found.__all__
    if exported and (inspect.isclass(part) or inspect.isroutine(part)):
        return part
    raise ValueError(_refused(path, name))


def _refused(key: str, name: object) -> str:
    if told := renamed(str(name)):
        return f"{key}: {told}"
    return (
        f"{key} names '{name}', which is no part of automask; "
        f"parts of your own need {PARTS}=MODULE in the environment"
    )
