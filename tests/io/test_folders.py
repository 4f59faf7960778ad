"""Hidden folders of processes that die at any moment."""

import subprocess
import sys

from batch_jobs import one_kind_of_lock

from automask.io.folders import sweep_dead

FOLDER_THEN_DEATH = """
import os, sys
from pathlib import Path
from automask.io.folders import hidden_folder

CALLS = ("os.", "open", "shutil.", "fcntl.")
left = -1

def die(event, arguments):
    global left
    if event.startswith(CALLS):
        left -= 1
        if left == 0:
            os._exit(9)

sys.addaudithook(die)
for number in range(1, 200):
    child = os.fork()
    if not child:
        left = number
        with hidden_folder(Path("out")) as folder:
            (folder / "half").touch()
        os._exit(0)
    if not os.waitpid(child, 0)[1]:
        break
print(number)
"""


@one_kind_of_lock
def test_whenever_a_process_dies_its_hidden_folder_is_swept(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    program = [sys.executable, "-c", FOLDER_THEN_DEATH]
    run = subprocess.run(program, cwd=tmp_path, capture_output=True, check=True)
    assert int(run.stdout) > 10, run.stderr  # so many moments
    assert len(list(out.iterdir())) > 10
    sweep_dead(out)
    assert not list(out.iterdir())
