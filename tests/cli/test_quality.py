"""One word says how long to paint."""

from __future__ import annotations

import pytest

from automask.cli.compose import composed
from automask.config import register, steps

STYLIZERS = "softmask cnnmrf gram guided_gram guided_mean photo cnnmrf_paper".split()


def iterations(*words: str) -> list[int]:
    register()
    config = composed(["content=astronaut", "style=monet", *words])
    return list(config.stylizer.iterations)


@pytest.mark.parametrize("stylizer", STYLIZERS)
def test_best_takes_more_steps_and_a_preview_fewer_on_each_level(stylizer: str):
    preview, normal, best = (
        iterations(f"stylizer={stylizer}", f"quality={quality}")
        for quality in ("preview", "normal", "best")
    )
    assert normal == iterations(f"stylizer={stylizer}")
    assert all(a < b < c for a, b, c in zip(preview, normal, best, strict=True))


def test_steps_that_are_set_stand_whatever_the_quality():
    assert iterations("quality=preview", "stylizer.iterations=[7,3]") == [7, 3]


def test_each_level_has_a_step_and_words_are_left_to_their_part():
    assert steps("preview", [1, 10]) == [1, 5]
    assert steps("none", 10) == 10


def test_an_unknown_quality_is_one_line_with_the_known_ones():
    from automask.pipeline.checks import check

    register()
    config = composed(["content=astronaut", "style=monet", "quality=fast"])
    with pytest.raises(ValueError, match=r"quality.*preview.*best"):
        check(config)
