"""CNNMRF is the method without masks, and its variants are configurations."""

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from planted import TinyEncoder, generator

from automask.config import config_folder, register
from stylize import LBFGS, Adam, Picture, without_masks

QUICK = ("style=monet", "stylizer.iterations=[4]", "stylizer.pyramid.smallest=40")


def configured(*words):
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        return compose("run", [*QUICK, *words])


def planted(seed, *, masked):
    """A picture, half of it a region, if it is to be told apart at all."""
    image = torch.rand(1, 3, 64, 48, generator=generator(seed))
    masks = torch.zeros(2, 64, 48)
    masks[0, :, :24], masks[1, :, 24:] = 1, 1
    names = ("background", "eyes")  # of which the content term counts one fourfold
    return Picture(image, masks, names) if masked else without_masks(image)


def painted(config, *, masked):
    stylizer = instantiate(config.stylizer, encoder=TinyEncoder(), _convert_="all")
    content, style = planted(0, masked=masked), planted(1, masked=masked)
    return stylizer(content, [style]).image


@pytest.mark.slow
def test_cnnmrf_is_the_method_without_masks_bit_for_bit():
    plain = painted(configured("stylizer=cnnmrf"), masked=False)
    assert plain.equal(painted(configured("masks=none"), masked=False))
    for gamma in (0, 20):  # 0 still tells regions apart in colours and faces
        assert not plain.equal(painted(configured(f"gamma={gamma}"), masked=True))


def test_cnnmrf_seeks_no_masks_unless_asked():
    assert configured("stylizer=cnnmrf").masks.k == 0
    assert configured("stylizer=cnnmrf", "masks=portrait").masks.sources


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cnnmrf_paper", "cnnmrf_code"])
def test_the_variants_have_nothing_that_goes_beyond_the_papers(name):
    config = configured(f"stylizer={name}")
    assert (config.size, config.color) == (384, None)
    stylizer = instantiate(config.stylizer, encoder=TinyEncoder(), _convert_="all")
    assert stylizer.optimizer == LBFGS(history=25, preconditioner=0)
    for term in (stylizer.terms["fine"], stylizer.terms["coarse"]):
        assert not term.center and not term.blocks and term.gamma == 0
        assert term.by_count == (name == "cnnmrf_paper")
    assert (stylizer.copies.rotations > 0) == (name == "cnnmrf_paper")
    assert configured(f"stylizer={name}", "size=256").size == 256
    other = configured(f"stylizer={name}", "optimizer=adam").stylizer.optimizer
    assert instantiate(other) == Adam()
