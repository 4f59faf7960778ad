"""Threads that share an encoder: the same pictures, in fewer passes, and no waiting."""

import gc
import json
import logging
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from batch_jobs import Planted, items_named, run_batch, states_of
from conftest import STANDINS
from PIL import Image
from planted import TinyEncoder, generator, vgg19

from automask.batching import Inline
from automask.batching.worker import warnings_kept
from stylize import MRF, Content, Lite, Pyramid, Stylizer, Tiles, without_masks
from stylize.meeting import Meeting, Stopped
from stylize.together import Severed, Together

LAYERS = ["relu3_1", "relu4_1"]
LONG = 60.0  # s; who waits as long as this fails the test
SOON = 20.0


class Counted:
    """An encoder that notes how many images came at once."""

    def __init__(self, encoder):
        self.encoder, self.sizes = encoder, []
        self.name, self.sha256 = encoder.name, encoder.sha256
        self.stride, self.radius = encoder.stride, encoder.radius

    def __call__(self, image, layers):
        self.sizes.append(len(image))
        return self.encoder(image, layers)


def exact(make=TinyEncoder):
    """In double precision: single rounds differently by the size of a batch.

    And a match that tips over changes a picture visibly.
    """
    encoder = make()
    if isinstance(encoder, torch.nn.Module):
        return encoder.double()
    encoder.near, encoder.far = encoder.near.double(), encoder.far.double()
    return encoder


def images(count, height=48, width=40):
    return [
        torch.rand(1, 3, height, width, generator=generator(n)) for n in range(count)
    ]


def at_once(meeting, *jobs):
    """Results of jobs that all sit at the meeting before the first begins."""
    barrier = threading.Barrier(len(jobs))

    def run(job):
        with meeting.joined():
            barrier.wait()
            return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        futures = [threads.submit(run, job) for job in jobs]
        try:
            return [future.result(SOON) for future in futures]
        finally:
            meeting.close()


def energy_and_slope(encoder, image):
    pixels = image.clone().requires_grad_(True)
    features = encoder(pixels, LAYERS)
    energy = sum((f.square() * (n + 1)).mean() for n, f in enumerate(features.values()))
    (energy + pixels.square().mean()).backward()
    if isinstance(features, Severed):
        features.pull()
    return float(energy.detach()), pixels.grad


@pytest.mark.parametrize("make", [TinyEncoder, vgg19, Lite])
def test_three_threads_get_their_own_gradients_from_one_pass(make):
    torch.manual_seed(0)
    counted, meeting = Counted(exact(make)), Meeting(LONG)
    together = Together(counted, meeting)
    three = [image.double() for image in images(3)]
    jobs = [lambda i=i: energy_and_slope(together, i) for i in three]
    found = at_once(meeting, *jobs)
    assert counted.sizes == [3]
    for (energy, slope), image in zip(found, three, strict=True):
        alone, alone_slope = energy_and_slope(counted.encoder, image)
        assert energy == pytest.approx(alone, rel=1e-5)
        torch.testing.assert_close(slope, alone_slope, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("tiles", [Tiles(), Tiles(64, 64, 16)], ids=["whole", "tiled"])
def test_three_pictures_at_once_are_those_painted_one_by_one(tiles):
    counted, meeting = Counted(exact()), Meeting(LONG)
    terms = {"style": MRF(1.0, LAYERS, 0.0), "content": Content(0.3, ["relu4_1"])}
    contents = [image.double() for image in images(3, 96, 72)]
    style = without_masks(images(4, 64, 56)[3].double())

    def painted(encoder, image):
        painter = Stylizer(encoder, terms, Pyramid(2, smallest=24), [6], tiles=tiles)
        return painter(without_masks(image), [style]).image

    shared = Together(counted, meeting)
    found = at_once(meeting, *[lambda i=i: painted(shared, i) for i in contents])
    assert set(counted.sizes) == {3}
    for picture, image in zip(found, contents, strict=True):
        alone = painted(exact(), image)
        assert (alone - image).abs().mean() > 0.01
        assert (picture - alone).abs().max() < 1e-9


def test_fixed_images_are_encoded_together_and_keep_no_batch_alive():
    counted, meeting = Counted(TinyEncoder()), Meeting(LONG)
    together = Together(counted, meeting)
    found = at_once(meeting, *[lambda i=i: together(i, LAYERS) for i in images(3)])
    assert counted.sizes == [3]
    for features, image in zip(found, images(3), strict=True):
        for layer, alone in counted.encoder(image, LAYERS).items():
            torch.testing.assert_close(features[layer], alone)
            assert features[layer].untyped_storage().nbytes() == alone.nbytes


def test_a_thread_outside_the_meeting_has_the_encoder_to_itself():
    counted = Counted(TinyEncoder())
    _, slope = energy_and_slope(Together(counted, Meeting(LONG)), images(1)[0])
    assert counted.sizes == [1]
    assert slope.equal(energy_and_slope(counted.encoder, images(1)[0])[1])


def test_images_of_two_shapes_do_not_wait_for_each_other():
    counted, meeting = Counted(TinyEncoder()), Meeting(LONG)
    together = Together(counted, meeting)
    both = images(2) + images(1, 64, 64)
    at_once(meeting, *[lambda i=i: energy_and_slope(together, i) for i in both])
    assert sorted(counted.sizes) == [1, 2]


def test_a_thread_that_is_busy_elsewhere_holds_nobody_up():
    counted, meeting = Counted(TinyEncoder()), Meeting()
    together, done = Together(counted, meeting), threading.Event()

    def quick():
        energy_and_slope(together, images(1)[0])
        done.set()

    assert at_once(meeting, quick, lambda: done.wait(SOON / 2))[1]


def test_a_thread_that_ends_between_its_passes_holds_nobody_up():
    counted, meeting = Counted(TinyEncoder()), Meeting(LONG)
    together = Together(counted, meeting)
    first, second = images(2)

    def leaves():
        together(second.clone().requires_grad_(True), LAYERS)

    (_, slope), _ = at_once(meeting, lambda: energy_and_slope(together, first), leaves)
    alone = energy_and_slope(counted.encoder, first)[1]
    torch.testing.assert_close(slope, alone, rtol=1e-4, atol=1e-7)
    assert counted.sizes == [2]


def test_a_gradient_that_is_never_asked_for_holds_nobody_up():
    counted, meeting = Counted(TinyEncoder()), Meeting()
    together = Together(counted, meeting)
    first, second = images(2)

    def twice():
        together(second.clone().requires_grad_(True), LAYERS)
        energy_and_slope(together, second)

    at_once(meeting, lambda: energy_and_slope(together, first), twice)


def test_a_failed_pass_is_not_kept_in_memory():
    kept, meeting = [], Meeting(LONG)

    def fails(image, layers):
        kept.append(weakref.ref(image))
        raise MemoryError

    counted = Counted(TinyEncoder())
    counted.encoder = fails
    gc.disable()
    try:
        with meeting.joined(), pytest.raises(MemoryError) as caught:
            Together(counted, meeting)(images(1)[0], LAYERS)
        del caught
        assert kept[0]() is None
    finally:
        gc.enable()


def test_what_a_pass_raises_reaches_everyone_in_it():
    def fails(image, layers):
        raise MemoryError(f"no room for {len(image)}")

    tiny, meeting = TinyEncoder(), Meeting(LONG)
    counted = Counted(tiny)
    counted.encoder = fails
    together, said = Together(counted, meeting), []

    def tried(image):
        with pytest.raises(MemoryError) as error:
            together(image, LAYERS)
        said.append(str(error.value))

    at_once(meeting, *[lambda i=i: tried(i) for i in images(2)])
    assert said == ["no room for 2"] * 2


@pytest.mark.parametrize("together", [1, 3])
def test_a_bad_item_fails_alone_among_those_painted_at_once(together, tmp_path):
    names = ("a", "bad", "once", "short", "b", "bad2")
    engine = Inline(together=together)
    outcomes = list(engine(Planted(str(tmp_path)), items_named(*names)))
    found = {outcome.item.name: outcome.reason for outcome in outcomes}
    assert len(outcomes) == len(names)
    assert {name for name, reason in found.items() if reason} == {
        "bad",
        "short",
        "bad2",
    }
    assert len(list(tmp_path.glob("load.*"))) == 1


@dataclass(frozen=True)
class Endless:
    """Jobs that encode for ever, but for the first."""

    counted: Counted

    def __call__(self, share):
        together = Together(self.counted, share.meeting)

        def job(item):
            while item.name != "first":
                energy_and_slope(together, images(1)[0])

        return job


def test_ending_early_stops_those_at_work():
    before = threading.active_count()
    items = items_named("first", "endless1", "endless2", "never")
    outcomes = Inline(together=3)(Endless(Counted(TinyEncoder())), items)
    assert next(outcomes).item.name == "first"
    begun = time.monotonic()
    outcomes.close()
    assert time.monotonic() - begun < SOON / 2
    assert threading.active_count() == before


def test_a_closed_meeting_stops_whoever_comes():
    meeting = Meeting(LONG)
    together = Together(TinyEncoder(), meeting)
    meeting.close()
    with meeting.joined(), pytest.raises(Stopped):
        together(images(1)[0], LAYERS)


def test_warnings_go_to_the_picture_they_are_about_and_to_no_terminal(caplog):
    logger, shown = logging.getLogger("automask"), logging.StreamHandler()
    heard = []
    shown.emit = lambda record: heard.append(record.getMessage())
    logger.addHandler(shown)
    barrier = threading.Barrier(2)

    def painted(name):
        with warnings_kept() as kept:
            barrier.wait()
            logging.getLogger("automask.masks").warning(name)
            barrier.wait()
        return kept

    try:
        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(painted, "ab")) == [["a"], ["b"]]
        assert heard == []
        logger.warning("later")
    finally:
        logger.removeHandler(shown)
    assert heard == ["later"] and shown not in logger.handlers


@pytest.fixture
def batch(tmp_path, monkeypatch, capfd):
    """Paint three photographs for real, but small and short; returns the pictures."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name, image in zip("abc", images(3, 64, 64), strict=True):
        smooth = torch.nn.functional.avg_pool2d(image, 8, 1, 4)[0, :, :64, :64]
        pixels = (smooth * 255).byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(f"photos/{name}.png")

    def call(out, *more):
        typed = ("content=photos", "style=monet", f"out={out}", "engine=inline")
        return run_batch((*typed, "size=64", "masks=none", *more), monkeypatch, capfd)

    return call


def pictures(out):
    return {file.name: np.asarray(Image.open(file)) for file in Path(out).glob("*.png")}


def test_a_batch_at_once_leaves_the_pictures_of_one_by_one(batch, monkeypatch):
    sizes = []
    forward = Lite.forward

    def counting(self, image, layers):
        sizes.append(len(image))
        return forward(self, image, layers)

    monkeypatch.setattr(Lite, "forward", counting)
    monkeypatch.setattr("stylize.meeting.WAIT", LONG)
    short = "stylizer.iterations=[3]"
    alone, most = batch("alone", short), max(sizes)
    together = batch("together", short, "engine.together=3")
    assert alone.code == together.code == 0, together.err
    assert (most, max(sizes)) == (1, 3)
    assert len(alone.out.splitlines()) == len(together.out.splitlines()) == 4
    assert all(line.split()[1] == "done" for line in together.out.splitlines()[:3])
    found, wanted = pictures("together"), pictures("alone")
    assert len(wanted) == 3 and found.keys() == wanted.keys()
    for name, picture in wanted.items():
        assert np.abs(found[name].astype(int) - picture).max() <= 1  # 8-bit codes
    assert (
        json.loads(Path("together/a_monet.json").read_text())["item"]["warnings"] == []
    )


def test_a_broken_photograph_fails_alone_in_a_batch_at_once(batch, standins):
    Path("photos/b.png").write_text("I am no picture")
    quick = ("--config-dir", str(standins), *STANDINS)
    run = batch("out", "engine.together=3", *quick)
    assert run.code == 1
    states = states_of(Path("out/manifest.jsonl"))
    assert states == {"a_monet": "done", "b_monet": "failed", "c_monet": "done"}
    assert not list(Path("out").glob(".automask*"))


def test_fewer_than_one_at_once_is_refused():
    with pytest.raises(ValueError, match="together must be"):
        Inline(together=0)
