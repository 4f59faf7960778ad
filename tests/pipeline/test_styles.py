"""The shipped style images and the brush that painted them."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from omegaconf import OmegaConf

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import paint_styles  # noqa: E402
from painting.brushwork import Brush, Canvas, extents, trace  # noqa: E402
from painting.fields import blend_angles, comb, edge_flow, swirl  # noqa: E402
from painting.layers import Scene, paint_layer  # noqa: E402

SHIPPED = sorted(
    set(ROOT.glob("configs/style/*.yaml")) - {ROOT / "configs/style/file.yaml"}
)
SHAPE = 96, 128


def flow_of(angle):
    return np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)


def painted(seed, color, angle=0.4, brush=None, gray_ground=0.5):
    canvas = Canvas(np.full((*SHAPE, 3), gray_ground, np.float32))
    scene = Scene(color.astype(np.float32), np.full(SHAPE, angle, np.float32))
    paint_layer(canvas, scene, brush or Brush(8, 30), np.random.default_rng(seed))
    return canvas


def two_halves():
    color = np.empty((*SHAPE, 3), np.float32)
    color[:, :64], color[:, 64:] = (0.8, 0.3, 0.2), (0.2, 0.4, 0.7)
    return color


def test_the_five_styles_are_there():
    names = {path.stem for path in SHIPPED}
    assert names >= {"monet", "vangogh", "seurat", "hokusai", "portrait"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_style_says_what_it_is_and_where_it_comes_from(path):
    style = OmegaConf.to_container(OmegaConf.load(path), resolve=False)
    assert list(style) == ["name", "image", "map", "title", "source", "license"]
    assert style["name"] == path.stem
    assert style["image"] == f"${{embedded:{path.stem}.jpg}}"
    assert "a study in the manner of" in style["title"]
    assert "scripts/paint_styles.py" in style["source"]
    assert path.read_text().startswith("# ")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_style_image_is_small_in_bytes_and_768_px_long(path):
    file = ROOT / "automask/styles" / f"{path.stem}.jpg"
    assert file.stat().st_size <= 250_000
    assert max(cv2.imread(str(file)).shape[:2]) == 768


def test_a_stroke_follows_a_circular_flow():
    y, x = np.mgrid[:200, :200].astype(np.float32)
    flow = flow_of(np.arctan2(y - 100, x - 100) + np.pi / 2)
    path = trace(flow, np.float32([[150, 100]]), length=150)[0]
    radius = np.hypot(*(path - 100).T)
    assert np.abs(radius - 50).max() < 4
    turned = np.unwrap(np.arctan2(*(path - 100).T[::-1]))
    assert abs(turned[-1] - turned[0]) == pytest.approx(150 / 50, rel=0.05)


def test_a_stroke_does_not_turn_back_where_the_flow_changes_sign():
    flow = np.zeros((40, 100, 2), np.float32)
    flow[:, :50, 0], flow[:, 50:, 0] = 1, -1  # one direction, written in two ways
    path = trace(flow, np.float32([[50, 20]]), length=60)[0]
    assert np.ptp(path[:, 0]) == pytest.approx(60, abs=1)


def test_a_run_ends_at_the_first_break_on_either_side_of_the_middle():
    good = np.array([[1, 0, 1, 1, 1, 1, 0], [1, 1, 1, 0, 1, 1, 1]], bool)
    assert extents(good)[0].tolist() == [2, 6]
    assert extents(good)[1].tolist() == [0, 7]  # the middle itself always counts


def test_bristles_run_along_the_planted_direction():
    canvas = painted(0, np.full((*SHAPE, 3), 0.6), angle=0.4)
    angle, _ = edge_flow(cv2.cvtColor(canvas.color(), cv2.COLOR_RGB2GRAY), 40)
    seen = angle[20:-20, 20:-20]
    off = np.angle(np.exp(2j * (seen - 0.4))) / 2
    assert np.abs(off).mean() < 0.15


@pytest.mark.slow
def test_the_same_seed_paints_the_same_picture_and_another_does_not():
    first, again, other = (painted(seed, two_halves()).lit() for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("finish", [Canvas.color, Canvas.lit])
def test_the_painted_colours_average_near_the_reference(finish):
    picture = finish(painted(0, two_halves()))
    for half in (slice(0, 60), slice(68, 128)):
        wanted = two_halves()[:, half].mean((0, 1))
        assert np.abs(picture[:, half].mean((0, 1)) - wanted).max() < 0.05


def test_strokes_stay_inside_their_part():
    canvas = Canvas(np.full((*SHAPE, 3), 0.5, np.float32))
    scene = Scene(np.ones((*SHAPE, 3), np.float32), np.zeros(SHAPE, np.float32))
    part = np.zeros(SHAPE, bool)
    part[:, :64] = True
    paint_layer(canvas, scene, Brush(6, 30, wander=0), np.random.default_rng(0), part)
    assert (canvas.color()[:, 64 + 6 :] == canvas.color()[0, -1]).all()
    assert canvas.color()[:, :56].mean() > 0.8


def test_a_place_already_right_is_not_painted_again():
    right = Canvas(two_halves())
    scene = Scene(two_halves(), np.zeros(SHAPE, np.float32))
    brush = Brush(6, 20, threshold=0.3)
    assert paint_layer(right, scene, brush, np.random.default_rng(0)) == 0
    wrong = Canvas(two_halves()[:, ::-1].copy())
    assert paint_layer(wrong, scene, brush, np.random.default_rng(0)) > 100


def test_a_stroke_is_as_wide_as_its_brush():
    canvas = Canvas(np.zeros((*SHAPE, 3), np.float32))
    path = np.stack([np.linspace(20, 100, 41), np.full(41, 48)], -1)
    canvas.stroke(path, np.ones(3), Brush(16, 80, dry=0), np.random.default_rng(0))
    assert (canvas.color()[:, 60].mean(-1) > 0.5).sum() == pytest.approx(16, abs=4)


def test_a_brush_without_width_is_refused():
    with pytest.raises(ValueError, match="positive width"):
        Brush(0, 10)


def test_opposite_angles_blend_as_the_one_direction_they_are():
    assert (
        np.cos(2 * blend_angles(np.float32(0.1), np.float32(np.pi - 0.1), 0.5)) > 0.99
    )


def test_a_vortex_turns_around_its_centre():
    y, x = np.mgrid[:120, :120].astype(np.float32)
    angle = swirl(x, y, [(60, 60, 20, 3.0)])
    around = np.arctan2(y - 60, x - 60) + np.pi / 2
    ring = np.abs(np.hypot(x - 60, y - 60) - 18) < 4
    assert np.cos(angle - around)[ring].mean() > 0.9


def test_combed_noise_varies_less_along_the_flow_than_across():
    noise = np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    streaks = comb(noise, np.zeros(SHAPE, np.float32), 12)
    along, across = np.diff(streaks, axis=1).std(), np.diff(streaks, axis=0).std()
    assert along < 0.5 * across


@pytest.mark.slow
def test_the_shipped_print_comes_from_the_shipped_code():
    file = cv2.imread(str(ROOT / "automask/styles/hokusai.jpg"))[..., ::-1]
    assert np.abs(paint_styles.paint("hokusai") - file / 255.0).mean() < 0.015


def test_a_jpeg_is_as_good_as_its_bytes_allow():
    picture = np.random.default_rng(0).random((64, 64, 3))
    best = len(paint_styles.encode(picture, 10**9))
    assert 0.4 * best < len(paint_styles.encode(picture, best // 2)) <= 0.5 * best
    with pytest.raises(ValueError, match="does not fit 500 bytes"):
        paint_styles.encode(picture, 500)
