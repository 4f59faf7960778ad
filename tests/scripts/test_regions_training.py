"""What scripts/train_regions.py learns from: labels follow every alteration."""

from __future__ import annotations

from importlib import import_module

import cv2
import numpy as np
import pytest
import torch

from automask.masks.sources.region_net import CLASSES, RegionNet, load_region_net

SKY, GROUND, ANIMAL = (CLASSES.index(n) for n in ("sky", "ground", "animal"))


@pytest.fixture
def script(scripts):
    return import_module("train_regions")


@pytest.fixture
def folder(tmp_path):
    """Two landscapes of blue sky over brown ground, and a red animal to paste."""
    (tmp_path / "labels.txt").write_text("1 sky\n2 ground\n3 lamp post\n")
    for number, horizon in enumerate((40, 70)):
        rgb = np.zeros((120, 160, 3), np.uint8)
        rgb[:horizon], rgb[horizon:] = (60, 120, 230), (120, 80, 40)
        labels = np.ones((120, 160), np.uint8)
        labels[horizon:] = 2
        labels[:, :8] = 3
        cv2.imwrite(str(tmp_path / f"{number}.jpg"), rgb[..., ::-1])
        cv2.imwrite(str(tmp_path / f"{number}_labels.png"), labels)
    (tmp_path / "painted").mkdir()
    cv2.imwrite(str(tmp_path / "painted" / "0__oil.jpg"), 255 - rgb)
    cut = np.zeros((40, 40, 4), np.uint8)
    cut[8:32, 8:32] = (0, 0, 255, 255)
    (tmp_path / "cutouts" / "animal").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "cutouts" / "animal" / "red.png"), cut)
    return tmp_path


def test_scenes_are_read_with_their_paintings_and_unknown_classes_count_as_nothing(
    script, folder
):
    data = script.read_scenes(folder)
    first, second = data.scenes
    assert len(first.versions) == 2 and len(second.versions) == 1
    assert first.shown == {SKY, GROUND}
    assert (first.labels[:, :8] == 255).all()
    assert data.cutouts[0].row == ANIMAL


def test_labels_follow_the_picture_through_window_and_mirror(script, folder):
    from training.scene_sample import window

    scene = script.read_scenes(folder).scenes[1]
    rng = np.random.default_rng(0)
    for _ in range(20):
        rgb, labels = window(scene.versions[0], scene.labels, (64, 96), rng)
        blue = rgb[..., 2].astype(int) > 150
        assert (blue == (labels == SKY))[labels != 255].mean() > 0.95


def test_what_is_pasted_is_labelled_where_it_shows(script, folder):
    from training.scene_sample import pasted

    data = script.read_scenes(folder)
    scene = data.scenes[0]
    rgb, labels = pasted(
        scene.versions[0], scene.labels, data.cutouts[0], np.random.default_rng(1)
    )
    red = (rgb[..., 0] > 200) & (rgb[..., 1] < 60)
    assert red.any()
    assert (labels[red] == ANIMAL).mean() > 0.95
    assert not (labels == ANIMAL)[~red].mean() > 0.01


def test_sky_and_ground_are_learned_from_their_labels(script, folder, tmp_path):
    data = script.read_scenes(folder)
    torch.manual_seed(0)
    net = script.train(RegionNet(), data, steps=12, seed=0)
    confusion = script.judge(net, data.scenes)
    assert confusion.shape == (len(CLASSES), len(CLASSES))
    assert confusion.sum() == pytest.approx(2)
    assert confusion[SKY].argmax() in (SKY, GROUND)


def test_what_is_no_network_is_refused_in_one_line(tmp_path):
    file = tmp_path / "empty.safetensors"
    file.write_bytes(b"no")
    with pytest.raises(ValueError, match="train_regions.py") as error:
        load_region_net(file)
    assert "\n" not in str(error.value)
