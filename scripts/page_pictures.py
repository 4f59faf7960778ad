"""Take pictures of the page for the documentation, and record it for the README.

python scripts/page_pictures.py stills docs/images/page
python scripts/page_pictures.py stills /tmp/looked-at --screens 390 1280-dark
python scripts/page_pictures.py recording docs/images/page.webp

Needs pip install -e '.[browser]' and Chromium.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from showing.recording import record
from showing.stills import SCENES, SCREENS, stills, write
from showing.tab import chromium, page_address


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["stills", "recording"])
    parser.add_argument("out", type=Path, help="a folder, or the recording's file")
    parser.add_argument("--scenes", nargs="+", default=[*SCENES], choices=[*SCENES])
    parser.add_argument("--screens", nargs="+", default=[*SCREENS], choices=[*SCREENS])
    asked = parser.parse_args()
    with page_address() as address, chromium() as browser:
        if asked.what == "recording":
            record(browser, address, asked.out)
            return
        asked.out.mkdir(parents=True, exist_ok=True)
        for scene in asked.scenes:
            for screen in asked.screens:
                taken = stills(browser, address, SCENES[scene], SCREENS[screen])
                for moment, image in taken:
                    write(asked.out / f"{scene}-{moment}-{screen}.webp", image)


if __name__ == "__main__":
    main()
