"""Which pictures a run takes: several styles, styles by region, no content."""

from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from outcomes import record, refused
from PIL import Image

from automask.cli import command_line
from automask.config import config_folder, register
from automask.pipeline.sources import sources_of


def drawn(name: str, size: tuple[int, int], left: str, right: str) -> None:
    """Save a map of two halves."""
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    picture.save(name)


def test_names_and_files_are_styles_at_once(automask, photo, painting):
    told = record(automask("style=monet+painting.png", "content=photo.png", "size=48"))
    paths = [style["path"] for style in told["styles"]]
    assert [Path(path).name for path in paths] == ["monet.jpg", "painting.png"]
    assert "style=monet+painting.png" in told["command"]
    (folder,) = Path("outputs").iterdir()
    assert folder.name.endswith("_photo_monet+painting")
    assert (folder / "masks" / "style-2.png").is_file()


def test_a_picture_with_a_plus_in_its_name_is_one_style(automask, photo, painting):
    painting.rename("a+b.png")
    told = record(automask("style=a+b.png", "content=photo.png", "size=48"))
    assert [style["path"] for style in told["styles"]] == ["a+b.png"]


def test_each_of_several_styles_must_be_there(automask, photo, painting):
    run = automask("style=painting.png+none.png", "content=photo.png", "size=48")
    refused(run, "no style picture 'none.png'")


def test_styles_by_region_need_no_other_style(automask, photo, painting):
    drawn("sides.png", (48, 48), "black", "white")
    drawn("wide.png", (96, 64), "black", "white")
    painting.with_name("other.png").write_bytes(painting.read_bytes())
    told = record(
        automask(
            *("regions.left=painting.png", "regions.background=other.png"),
            *("content=photo.png", "map={left: sides.png}", "masks=maps", "size=48"),
            "style.map=[{left: wide.png},{left: wide.png}]",
        )
    )
    assert [s["path"] for s in told["styles"]] == ["painting.png", "other.png"]
    assert told["config"]["regions"] == {
        "left": "painting.png",
        "background": "other.png",
    }


def test_a_style_that_a_region_names_as_well_is_read_once(
    tmp_path, monkeypatch, photo, painting
):
    monkeypatch.chdir(tmp_path)
    words = ["content=photo.png", "style=monet", "regions.cow=monet+painting.png"]
    register()
    with initialize_config_dir(str(config_folder()), version_base="1.3"):
        sources = sources_of(compose("run", command_line.rewrite(words)))
    assert sources.style_name == "monet+painting"
    assert sources.regions == {"cow": (0.5, 0.5)} and sources.rest == (1.0, 0.0)


def test_a_region_that_was_not_found_is_refused(automask, photo, painting):
    drawn("sides.png", (48, 48), "black", "white")
    drawn("wide.png", (96, 64), "black", "white")
    run = automask(
        *("content=photo.png", "style=painting.png", "regions.cow=painting.png"),
        *("masks=maps", "map={left: sides.png}", "style.map={left: wide.png}"),
        "size=48",
    )
    refused(run, "regions name 'cow'", "background, left")


def test_more_maps_than_styles_are_refused(automask, photo, painting):
    run = automask(
        "style=painting.png", "content=photo.png", "size=48", "style.map=[a.png,b.png]"
    )
    refused(run, "got 2 maps for 1 styles")


@pytest.mark.parametrize(
    ("aspect", "size"),
    [("1", (64, 64)), ("3:2", (64, 43)), ("0.75", (48, 64)), ("2:3", (43, 64))],
)
def test_a_picture_without_content_has_the_proportions_asked_for(
    automask, painting, aspect, size
):
    words = ("style=painting.png", "content=null", "init=noise", "size=64")
    told = record(automask(*words, f"aspect={aspect}", "out=a.png"))
    with Image.open("a.png") as picture:
        assert picture.size == size
        assert np.asarray(picture).std() > 20  # noise
    assert told["content"] is None
    assert "content=null" in told["command"]


def test_a_picture_without_content_has_the_proportions_of_its_map(program, painting):
    drawn("plan.png", (90, 60), "red", "blue")
    drawn("painting_sem.png", (96, 64), "red", "blue")
    words = ("style=painting.png", "map=plan.png", "size=60", "stylizer=analogy")
    told = record(program(*words, "stage=masks"))
    assert {mask["name"] for mask in told["masks"]} == {"#ff0000", "#0000ff"}
    (folder,) = Path("outputs").iterdir()
    assert folder.name.endswith("_plan_painting")
    with Image.open(folder / "masks" / "content.png") as picture:
        assert picture.size == (60, 40)


def test_noise_and_random_are_two_words_for_one_start(automask, photo, painting):
    words = ("style=painting.png", "content=photo.png", "size=48")
    for word in ("noise", "random"):
        assert record(automask(*words, f"init={word}"))["config"]["init"] == word


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["content=photo.png", "aspect=1", "init=noise"], "takes no content"),
        (["aspect=1"], "init=content needs a content"),
        (["aspect=wide", "init=noise"], "aspect must be width:height"),
        (["aspect=0:1", "init=noise"], "aspect must be width:height"),
        (["aspect=map", "init=noise"], "no map to paint from"),
        (["aspect=9:1", "init=noise"], "too narrow"),
        ([], "no content given"),
        (["content=photo.png", "init=nois"], "init must be content, noise"),
        (["content=photo.png", "regions=monet"], "regions must give styles to masks"),
    ],
)
def test_what_does_not_go_together_is_refused(automask, photo, painting, words, part):
    words = ("content=null", *words)  # of two contents the last one counts
    refused(automask("style=painting.png", "size=48", *words), part)


@pytest.mark.slow
def test_white_paper_is_a_mask_unless_regions_have_styles(program):
    page = Image.new("RGB", (96, 96), "white")
    page.paste((180, 40, 30), (20, 60, 70, 80))
    page.save("page.png")
    canvas = Image.new("RGB", (96, 96), (40, 60, 150))
    canvas.paste("white", (60, 0, 96, 96))
    canvas.save("canvas.png")
    words = ("content=page.png", "style=canvas.png", "size=96", "stage=masks")
    masks = record(program(*words))["masks"]
    assert ("paper", "white that is flat") in [(m["name"], m["content"]) for m in masks]
    for others in ("masks=none", "regions={background: canvas.png}"):
        masks = record(program(*words, others))["masks"]
        assert "paper" not in [mask["name"] for mask in masks]
