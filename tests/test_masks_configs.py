"""Every file of configs/masks builds a PairMasks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from automask.masks import PairMasks, Portrait, SegmentationNet

CONFIGS = Path(__file__).parents[1] / "configs"
NAMES = sorted(path.stem for path in (CONFIGS / "masks").glob("*.yaml"))


def built(name: str, *overrides: str) -> PairMasks:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose(f"masks/{name}", ["+k=3", *overrides])
    return instantiate(config.masks, _convert_="all", k=config.masks.get("k"))


@pytest.mark.parametrize("name", NAMES)
def test_every_config_builds(name):
    assert isinstance(built(name), PairMasks)


def test_k_is_the_top_level_key_except_for_no_masks():
    assert [built(name).k for name in ("portrait", "deeplab", "none")] == [3, 3, 0]


def test_deeplab_adds_classes_to_the_bundled_models():
    sources = built("deeplab").sources
    assert isinstance(sources["portrait"], Portrait)
    assert isinstance(sources["classes"], SegmentationNet)


def test_a_source_can_be_swapped_off_from_the_command_line():
    assert list(built("deeplab", "~masks.sources.portrait").sources) == ["classes"]
