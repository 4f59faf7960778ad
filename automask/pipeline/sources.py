"""The files of a run: content, styles, their maps, and who paints which region."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from automask.config import photograph
from automask.io.filenames import (
    exists,
    expanded,
    group,
    hint,
    is_group,
    listed,
    literal,
)
from automask.pipeline.style_spec import (
    FILE,
    Source,
    parts_of,
    source_of,
    style_files,
    supplies,
)

MAP = "{}_sem.png"  # beside the picture of that name; as neural-doodle has it
NOTHING = "texture"  # what a picture without content and map is called


@dataclass(frozen=True)
class Sources:
    """The files of a run, and who paints what.

    Args:
        content: The photograph, if there is one.
        styles: One or more.
        regions: Share of each style in each region that has styles of its own.
        rest: Share of each style in what no region names.
    """

    content: Source
    styles: tuple[Source, ...]
    regions: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    rest: tuple[float, ...] = ()

    @property
    def style_name(self) -> str:
        """Of all styles together."""
        return "+".join(style.name for style in self.styles)

    @property
    def maps(self) -> list[Any]:
        """Those drawn for the content and its styles, in order; None for no map."""
        return [source.map for source in (self.content, *self.styles)]


def sources_of(config: DictConfig) -> Sources:
    """The files that the configuration names.

    Raises:
        ValueError: If there is no such file.
    """
    main = typed_styles(config)
    regions = _renamed(supplies(config.regions), main)
    others = [style for each in regions.values() for style in each]
    typed = list(dict.fromkeys([*main, *others]))
    if not typed:
        raise ValueError("no style given; add style=monet, or style=painting.jpg")
    maps = _style_maps(config, len(typed))
    return Sources(
        _content(config),
        tuple(_styled(*each, config) for each in zip(typed, maps, strict=True)),
        {
            name: tuple(given.get(s, 0.0) for s in typed)
            for name, given in regions.items()
        },
        tuple(float(style in main or not main) for style in typed),
    )


def typed_styles(config: DictConfig) -> list[str]:
    """The styles that ``style=`` names."""
    if OmegaConf.is_missing(config.style, "image"):
        return []
    image = str(config.style.image)
    return [image] if exists(image) else parts_of(image)


def _renamed(
    regions: dict[str, dict[str, float]], main: list[str]
) -> dict[str, dict[str, float]]:
    """Regions whose styles are called as ``style=`` calls the same picture."""
    called = {source_of(style).path: style for style in main}
    return {
        name: {called.get(source_of(s).path, s): share for s, share in given.items()}
        for name, given in regions.items()
    }


def masks_config(config: DictConfig, sources: Sources) -> DictConfig:
    """The part on masks, with all maps in their places.

    Raises:
        ValueError: If maps are all that masks come from, and they are missing.
    """
    bare = [each for each in (sources.content, *sources.styles) if each.map is None]
    needed = config.masks.get("drawn") and not config.masks.sources
    if needed and bare and (config.find_maps or not any(sources.maps)):
        more = f", or name it {beside(bare[0]).name}" if config.find_maps else ""
        raise ValueError(
            f"no map for '{bare[0].path}'; give map=FILE for the content and "
            f"style.map=FILE for the style{more}"
        )
    config = copy.deepcopy(config)
    content, *styles = literal(sources.maps)
    OmegaConf.update(config, "map", content, merge=False, force_add=True)
    OmegaConf.update(config, "style.map", styles, merge=False, force_add=True)
    return config.masks


def beside(source: Source) -> Path:
    """Where a map of a picture lies if nothing else is said."""
    path = Path(source.path)
    return path.with_name(MAP.format(path.stem))


def _style_maps(config: DictConfig, count: int) -> list[Any]:
    """One a style; a map that is given alone belongs to the first."""
    given = config.style.get("map")
    if isinstance(given, str) and given[:1] == "[" and not exists(given):
        given = listed(given)
    maps = list(given) if isinstance(given, list | ListConfig) else [given]
    if len(maps) > count:
        raise ValueError(f"got {len(maps)} maps for {count} styles; give one each")
    return [*maps, *[None] * (count - len(maps))]


def _styled(style: str, drawn: Any, config: DictConfig) -> Source:
    """A style by what was typed for it, with its map."""
    source = source_of(style)
    if style == config.style.get("image") and config.style.get("name"):
        source = replace(source, name=config.style.name)
    if not exists(source.path):
        close = get_close_matches(style, style_files().keys() - {FILE}, n=1)
        advice = f"did you mean '{close[0]}'?" if close else "check its name"
        raise ValueError(
            f"no style picture '{source.path}'; {hint(source.path, advice)}"
        )
    return _mapped(source, map_of(drawn, "style.map"), config)


def _content(config: DictConfig) -> Source:
    if config.aspect is not None:
        drawn = map_of(config.map, "map")
        name = Path(drawn).stem if isinstance(drawn, str) else NOTHING
        return Source("", name, drawn)
    path = photograph(config.content)
    return _mapped(Source(path, Path(path).stem), map_of(config.map, "map"), config)


def map_of(given: Any, key: str) -> Any:
    """A map as it is used: a file, or files by the names of their masks.

    Raises:
        ValueError: If it names a file that is not there.
    """
    if is_group(given):
        given = group(given)
    if isinstance(given, Mapping):
        files = {str(n): expanded(str(file)) for n, file in given.items()}
        if not files:
            raise ValueError(f"{key} names no mask; write {key}={{skin: skin.png}}")
    else:
        files = {} if given is None else {"": expanded(str(given))}
    for file in files.values():
        if not exists(file):
            raise ValueError(
                f"no such file: '{file}' for {key}; {hint(file, 'check its name')}"
            )
    return files if files.keys() - {""} else files.get("")


def _mapped(source: Source, drawn: Any, config: DictConfig) -> Source:
    """A picture with the map given for it, else its own, else the one beside it."""
    found = map_of(source.map, "map") if drawn is None else drawn
    if found is None and config.find_maps and beside(source).is_file():
        found = str(beside(source))
    return replace(source, map=found)
