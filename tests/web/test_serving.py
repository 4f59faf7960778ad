"""The server as people use it: pictures in, masks, jobs, events, pictures out."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from planted_pictures import disc, png
from served import API, ROOT, SMALL, Served

from automask.images.image_files import encoded

pytestmark = pytest.mark.slow
LONG = {"size": 192, "quality": "best"}  # a second or two


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("page with a blank") / "own")
    served.photo = served.json("/pictures", {"sample": "astronaut"})["id"]
    served.painting = served.json("/pictures", {"style": "portrait"})["id"]
    yield served
    served.close()


def submit(server: Served, keys: object = SMALL, **more: object) -> str:
    wish = {"content": server.photo, "style": server.painting, "keys": keys}
    return server.json("/jobs", wish | more)["id"]


def run(command: str, folder: Path, *more: str) -> None:
    """Run a command line of ours in a folder."""
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "automask.run"]
    done = subprocess.run(
        [sys.executable, *words[1:], *more],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def dead(process: psutil.Process) -> bool:
    """Whether it does nothing any more, be it that nobody has asked how it ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def begun(server: Served, id: str, level: int = 2) -> None:
    """Once painting has reached that level."""
    for job in server.events(id):
        assert job["state"] in ("waiting", "running"), job
        if job["level"] >= level:
            return


def test_masks_are_found_with_objects_before_their_parts(server):
    masks = server.json(f"/pictures/{server.photo}/masks")
    names = [mask["name"] for mask in masks]
    assert names.index("person") < names.index("skin") < names.index("eyes")
    levels = {mask["name"]: mask["level"] for mask in masks}
    assert (levels["person"], levels["hair"], levels["eyes"]) == (0, 1, 2)
    hair = next(mask for mask in masks if mask["name"] == "hair")
    grey = Image.open(io.BytesIO(server.ask(hair["url"]).body))
    assert (grey.format, grey.mode, grey.size) == ("PNG", "L", (512, 512))
    assert np.asarray(grey).mean() / 255 == pytest.approx(hair["mean"], abs=0.01)
    small = Image.open(io.BytesIO(server.ask(hair["thumbnail"]).body))
    assert max(small.size) == 160


def test_a_pair_uses_what_both_pictures_show(server):
    told = server.json(f"/pairs?content={server.photo}&style={server.painting}")
    used = [mask["name"] for mask in told["used"]]
    assert {"person", "skin", "hair", "background"} <= {*used}
    rocket = server.json("/pictures", {"sample": "rocket"})["id"]
    told = server.json(f"/pairs?content={rocket}&style={server.painting}")
    assert "person" not in [mask["name"] for mask in told["used"]]
    assert "person" in told["hint"] and told["hint"].endswith(".")


def test_a_job_is_followed_and_its_command_paints_the_same_bytes(server, tmp_path):
    mask = server.ask(
        f"{API}/pictures/{server.photo}/drawn",
        png(disc(512, 512)),
        Content_Type="image/png",
    ).json
    drawn = {"hair": {"drawn": mask["id"]}, "skin": {"weight": 0.5}}
    id = submit(server, SMALL | {"gamma": 30}, masks=drawn, label="one")
    seen = [*server.events(id)]
    assert seen[-1]["state"] == "done" and seen[-1]["error"] is None
    shares = [job["done"] for job in seen]
    assert shares == sorted(shares) and shares[-1] == 1
    assert (seen[-1]["width"], seen[-1]["height"], seen[-1]["label"]) == (64, 64, "one")

    png_file = server.ask(f"{API}/jobs/{id}/picture.png?download=1")
    assert png_file.headers["Content-Type"] == "image/png"
    assert "attachment" in png_file.headers["Content-Disposition"]
    command = server.json(f"/jobs/{id}/command")["command"]
    assert "masks.weights={skin: 0.5}" in command and "checkpoint" not in command
    run(command, tmp_path, "out=a.png")
    assert (tmp_path / "a.png").read_bytes() == png_file.body
    jpg = server.ask(f"{API}/jobs/{id}/picture.jpg").body
    assert encoded(Image.open(tmp_path / "a.png"), ".jpg") == jpg

    record = server.json(f"/jobs/{id}/run.json")
    again = json.loads((tmp_path / "a.run" / "run.json").read_text())
    assert record["command"] == command and record["masks"] == again["masks"]
    own = {"out": "a.png", "quiet": False}  # what the command line was told beside
    assert record["config"] | own == again["config"]
    assert "hair" in [mask["name"] for mask in record["masks"]]


def test_a_bundle_paints_the_same_bytes_where_it_is_unpacked(server, tmp_path):
    mask = server.ask(
        f"{API}/pictures/{server.photo}/drawn",
        png(disc(512, 512)),
        Content_Type="image/png",
    ).json
    other = server.ask(
        f"{API}/pictures/{server.painting}/drawn",
        png(disc(640, 768)),
        Content_Type="image/png",
    ).json
    id = submit(
        server,
        masks={"my round thing": {"drawn": mask["id"]}},
        style_masks={"my round thing": {"drawn": other["id"]}},
    )
    assert server.ended(id)["error"] is None
    packed = server.ask(f"{API}/jobs/{id}/bundle.zip").body
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(tmp_path)
    command = (tmp_path / "command.txt").read_text().strip()
    assert str(server.folder) not in command
    run(command, tmp_path)
    repainted = (tmp_path / "painted-again.png").read_bytes()
    assert repainted == (tmp_path / "picture.png").read_bytes()
    with zipfile.ZipFile(
        io.BytesIO(server.ask(f"{API}/jobs/{id}/masks.zip").body)
    ) as archive:
        assert "content/my round thing.png" in archive.namelist()


def test_a_painted_mask_comes_back_as_it_was_sent(server):
    sent = png(disc(512, 512))
    path = f"{API}/pictures/{server.photo}/drawn"
    mask = server.ask(path, sent, Content_Type="image/png").json
    assert server.ask(mask["url"]).body == sent


def test_a_mask_of_weight_0_is_not_used(server):
    id = submit(server, masks={"hair": {"weight": 0}})
    assert server.ended(id)["state"] == "done"
    used = [mask["name"] for mask in server.json(f"/jobs/{id}/run.json")["masks"]]
    assert "skin" in used and "hair" not in used


def test_what_cannot_be_painted_fails_with_the_command_lines_sentence(server):
    mask = server.ask(
        f"{API}/pictures/{server.photo}/drawn",
        png(disc(512, 512)),
        Content_Type="image/png",
    ).json
    id = submit(server, masks={"mine": {"drawn": mask["id"]}})
    failed = server.ended(id)
    assert failed["state"] == "failed" and "the other side has not" in failed["error"]
    photo = server.json("/pictures", {"sample": "coffee"})["id"]
    failed = server.ended(submit(server, {"stylizer": "fast"}, style=photo))
    assert "none is of the painting" in failed["error"]
    assert str(server.folder) not in failed["error"]
    assert server.ask(f"{API}/jobs/{id}/picture.png").status == 409


@pytest.fixture(scope="module")
def whole(server: Served) -> bytes:
    """The picture of a long job that nothing has disturbed."""
    id = submit(server, LONG)
    assert server.ended(id)["state"] == "done"
    return picture(server, id)


def picture(server: Served, id: str) -> bytes:
    return server.ask(f"{API}/jobs/{id}/picture.png").body


def test_a_preview_comes_before_the_final_that_is_being_painted(server, whole):
    final = submit(server, LONG)
    begun(server, final)
    first = submit(server, {"gamma": 5, "size": 64}, preview=True, group="slider")
    second = submit(server, {"gamma": 9, "size": 64}, preview=True, group="slider")
    done = server.ended(second)
    assert done["state"] == "done" and done["keys"]["quality"] == "preview"
    assert server.json(f"/jobs/{final}")["state"] == "running"  # it was held
    assert server.ask(f"{API}/jobs/{first}").status == 404  # the second came
    assert first not in [job["id"] for job in server.json("/jobs?previews=true")]
    assert second not in [job["id"] for job in server.json("/jobs")]
    assert server.ended(final)["state"] == "done"
    assert picture(server, final) == whole


def test_a_job_that_is_paused_lets_others_pass_and_ends_the_same(server, whole):
    paused = submit(server, LONG)
    begun(server, paused)
    assert server.ask(f"{API}/jobs/{paused}/sofar.jpg").body[:2] == b"\xff\xd8"
    assert server.json(f"/jobs/{paused}/pause", method="POST")["state"] == "paused"
    share = server.json(f"/jobs/{paused}")["done"]
    assert server.ended(submit(server))["state"] == "done"
    assert server.json(f"/jobs/{paused}")["done"] == share
    again = server.ask(f"{API}/jobs/{paused}/pause", b"")
    assert again.status == 409 and "paused" in again.json["detail"]
    server.json(f"/jobs/{paused}/resume", method="POST")
    assert server.ended(paused)["state"] == "done"
    assert picture(server, paused) == whole


def test_the_picture_so_far_is_there_for_a_page_that_asks_late(server):
    first = submit(server, LONG)
    begun(server, first)
    server.ended(first)
    late = server.ask(f"{API}/jobs/{first}/sofar.jpg")
    assert late.status == 200 and late.body[:2] == b"\xff\xd8"


def test_a_job_is_cancelled_in_its_middle_or_in_the_queue(server):
    running, waiting = submit(server, LONG), submit(server, LONG)
    begun(server, running, 1)
    assert server.json(f"/jobs/{waiting}")["place"] == 1
    for id in (waiting, running):
        begun_at = time.monotonic()
        assert server.json(f"/jobs/{id}/cancel", method="POST")["state"] == "cancelled"
        assert time.monotonic() - begun_at < 5
        assert server.ask(f"{API}/jobs/{id}/cancel", b"").status == 409
    assert server.ended(submit(server))["state"] == "done"


def test_a_worker_that_does_not_stop_is_killed_and_the_next_one_works(server):
    hanging = submit(server, LONG)
    begun(server, hanging, 1)
    (worker,) = server.workers()
    worker.suspend()
    asked = time.monotonic()
    told = server.json(f"/jobs/{hanging}/cancel", method="POST")
    assert told["state"] == "cancelled" and time.monotonic() - asked < 5
    assert dead(worker)
    assert server.ended(submit(server))["state"] == "done"


def test_a_killed_worker_fails_its_job_and_the_next_one_works(server):
    failing, next_one = submit(server, LONG), submit(server)
    begun(server, failing, 1)
    for worker in server.workers():
        worker.kill()
    failed = server.ended(failing)
    assert failed["state"] == "failed" and "worker was killed" in failed["error"]
    assert server.ended(next_one)["state"] == "done"


def test_all_jobs_are_followed_in_one_stream(server):
    import urllib.request

    done = submit(server)
    server.ended(done)
    seen: dict[str, list[str]] = {}
    with urllib.request.urlopen(f"{server.address}{API}/events", timeout=30) as stream:
        id = None
        for line in stream:
            if line.startswith(b"event: "):
                kind = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                told = json.loads(line[6:])
                seen.setdefault(told["id"], []).append(told.get("state", kind))
                if told["id"] == id and kind == "gone":
                    break
                if told["id"] == id and told["state"] == "done":
                    server.ask(f"{API}/jobs/{id}", method="DELETE")
            elif done in seen and id is None:
                id = submit(server)
    assert seen[done] == ["done"]
    assert seen[id][0] in ("waiting", "running") and seen[id][-2:] == ["done", "gone"]


def test_the_history_outlives_a_server_that_is_killed_in_the_middle(server, whole):
    done, broken_off = submit(server), submit(server, LONG)
    begun(server, broken_off)
    (worker,) = server.workers()
    server.process.kill()
    server.close()
    end = time.monotonic() + 5
    while not dead(worker):
        assert time.monotonic() < end
        time.sleep(0.05)
    server.start()
    states = {job["id"]: job["state"] for job in server.json("/jobs")}
    assert states[done] == "done" and states[broken_off] in ("waiting", "running")
    assert server.ended(broken_off)["state"] == "done"
    assert picture(server, broken_off) == whole


def test_a_second_server_on_the_folder_and_a_busy_port_are_refused_in_one_line(
    server, tmp_path
):
    port = server.address.rpartition(":")[2]
    for words, said in (
        (["--folder", str(server.folder)], "another page is open"),
        (["--folder", str(tmp_path), "--port", port], "choose another --port"),
    ):
        done = refused(*words)
        assert said in done


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--folder", "/proc/nowhere"], "/proc"),
        (["--port", "70000"], "from 0 to 65535"),
        (["--port", "x"], "--port"),
        (["--host", "nowhere.invalid"], "no address"),
        (["--prot", "80"], "--prot"),
        (["x"], "automask web"),
    ],
)
def test_words_that_cannot_be_used_get_one_line(words, said, tmp_path):
    folder = [] if "--folder" in words else ["--folder", str(tmp_path)]
    assert said in refused(*words, *folder)


def refused(*words: str) -> str:
    """The one line that a server ends with which cannot serve."""
    done = subprocess.run(
        [sys.executable, "-m", "automask.web", "--no-open", *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith("automask: ") and done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_example_of_the_docs_works(server, tmp_path):
    (example,) = re.findall(
        r"```bash\n(.*?)```", (ROOT / "docs" / "web.md").read_text(), re.S
    )
    skimage_file = server.ask(f"{API}/pictures/{server.photo}/image?side=256").body
    (tmp_path / "photo.jpg").write_bytes(skimage_file)
    script = example.replace("http://127.0.0.1:8000", server.address)
    assert script != example
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert '"state":"done"' in done.stdout and '"name":"hair"' in done.stdout
    newest = server.json("/jobs")[0]
    assert newest["masks"]["hair"]["weight"] == 0.5
    assert newest["command"] in done.stdout
    assert (tmp_path / "result.png").read_bytes() == picture(server, newest["id"])


def test_it_ends_soon_after_a_signal_in_the_middle_of_everything(server):
    id = submit(server, LONG)
    begun(server, id, 1)
    stream = server.events(id)
    next(stream)
    workers = server.workers()
    code, said, seconds = server.stop(signal.SIGINT)
    assert code == 130 and seconds < 4
    assert said == (
        "automask: stopped; the page's jobs go on when it is started again\n"
    )
    assert all(map(dead, workers))
    assert not [*server.folder.glob(".automask*")]
    assert len([*stream]) < 10  # it ends
