"""The nets find the same by MediaPipe's tasks as by its solutions."""

from __future__ import annotations

import zipfile
from pathlib import Path

import mediapipe
import numpy as np
import pytest
import skimage.data
from planted_faces import needs_nets

from automask.masks.arrays import resized
from automask.mediapipe import net_file, solutions, tasks
from automask.mediapipe.bundles import REFINED, places_of_landmarks
from automask.mediapipe.net_file import FILES, LICENCE, MODULES, come_along
from automask.mediapipe.opening import opened
from automask.mediapipe.silence import quiet

bundled = pytest.mark.skipif(not come_along(), reason="no nets come along to compare")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory):
    """A cache with the nets of the installed MediaPipe, put into a wheel."""
    folder = tmp_path_factory.mktemp("nets")
    modules = Path(mediapipe.__file__).parent / "modules"
    with zipfile.ZipFile(folder / "m.whl", "w") as wheel:
        wheel.writestr(LICENCE, b"")
        for name in FILES:
            wheel.write(modules / name, f"{MODULES}/{name}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        net_file.read.cache_clear()
        net_file.take_from(folder / "m.whl")
        yield
    net_file.read.cache_clear()


def found(version, net: str, pixels: np.ndarray) -> np.ndarray:
    with quiet(), version.opened(net, 0.5) as run:
        return run(pixels)


@bundled
def test_landmarks_are_the_same_to_a_tenth_of_a_pixel(kept):
    face = resized(skimage.data.astronaut()[:230, 110:340], 384, 384)
    old, new = (found(version, "landmarks", face) for version in (solutions, tasks))
    assert old.shape == new.shape == (478, 2)
    assert np.abs(384 * (old - new)).max() < 0.1
    assert found(tasks, "landmarks", np.zeros_like(face)).shape == (0, 2)


@needs_nets
@pytest.mark.parametrize("net", ["short", "full"])
@pytest.mark.parametrize(("left", "within"), [(100, 5), (205, 8)])  # whole, cut off
def test_a_face_is_seen_where_it_is_also_at_the_border(net, left, within):
    """The middle of the box in the photograph, by several views."""
    view = np.ascontiguousarray(skimage.data.astronaut()[:200, left : left + 200])
    with opened(net) as run:
        (box,) = run(view)
    middle = 200 * (box[:2] + box[2:4] / 2) + [left, 0]
    assert np.abs(middle - [225, 121]).max() < within


@bundled
def test_the_boxes_of_faces_are_the_same_also_at_the_border(kept):
    """Of the one detector that the tasks of early versions take."""
    for left, within in ((100, 1.5), (205, 8)):
        view = np.ascontiguousarray(skimage.data.astronaut()[:200, left : left + 200])
        (old,), (new,) = (found(each, "short", view) for each in (solutions, tasks))
        assert new[4] == pytest.approx(old[4], abs=1e-3)
        assert 200 * np.abs(old[:2] - new[:2] + (old - new)[2:4] / 2).max() < within
        assert 200 * abs(old[2:4].max() - new[2:4].max()) < 1
    assert (old[:2] < 0).any()  # else the second view shows the whole face


@bundled
@pytest.mark.parametrize(
    ("net", "shape"), [("square", (256, 256)), ("landscape", (144, 256))]
)
def test_persons_are_the_same(kept, net, shape):
    small = resized(skimage.data.astronaut(), *shape)
    old, new = (found(version, net, small) for version in (solutions, tasks))
    assert old.shape == new.shape == shape
    assert np.abs(old - new).max() < 1e-3


@bundled
def test_a_body_is_in_the_same_place(kept):
    pixels = skimage.data.astronaut()
    old, new = (found(version, "pose", pixels) for version in (solutions, tasks))
    assert old.shape == new.shape == (33, 2)
    shown = (old > 0).all(1) & (old < 1).all(1)
    assert np.abs(512 * (old - new))[shown].max() < 8


def test_every_landmark_is_read_from_its_own_place():
    """Each output is planted with the numbers of the landmarks that it refines."""
    mesh = np.repeat(np.arange(468), 3)
    outputs = [mesh, *(1000 + np.repeat(points, 2) for points in REFINED.values())]
    values = np.concatenate(outputs)[places_of_landmarks()].reshape(478, 3)
    refined = sorted({point for points in REFINED.values() for point in points})
    assert len(refined) == 80 + 2 * 71 + 10
    assert (values[refined, :2] == 1000 + np.array(refined)[:, None]).all()
    others = np.setdiff1d(np.arange(478), refined)
    assert (values[others, :2] == others[:, None]).all()
    assert (values[:468, 2] == np.arange(468)).all()
