"""The page around the mask editor: its words, colours, controls and shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import chromium, offline_page
from planted_pictures import png, waves
from served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE = Path(__file__).parents[2] / "automask" / "web" / "page"
MODULES = sorted(PAGE.glob("*.js"))
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
FOCUSABLE = "button, input, select, summary, a[href], [tabindex='0']"
NOT_SHOWN = {  # keys, headers and types that begin as words do
    *("Arrow", "Content", "Delete", "Enter", "Escape", "Files", "Home", "End", "Page"),
}
GROUNDS = ("ground", "panel", "raised", "well", "editor-surround")
PAIRS = [  # text on its ground, and the least contrast
    *((text, ground, 4.5) for text in ("text", "muted") for ground in GROUNDS),
    *(("accent", ground, 4.5) for ground in ("panel", "accent-soft")),
    ("danger", "danger-soft", 4.5),
    ("danger", "panel", 4.5),
    ("on-primary", "primary", 4.5),
    ("on-accent", "accent", 4.5),
    ("edge", "panel", 3.0),
    ("edge", "editor-surround", 3.0),
    ("strong", "panel", 3.0),
    ("focus", "panel", 3.0),
    ("focus", "editor-surround", 3.0),
]


def without_comments(source: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<=\s)//[^\n]*", "", source, flags=re.DOTALL)


@pytest.mark.parametrize("module", MODULES, ids=lambda file: file.name)
def test_what_people_read_stands_in_words_alone(module: Path) -> None:
    if module.name == "words.js":
        return
    source = without_comments(module.read_text())
    literals = re.findall(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`", source)
    capital = [re.match(r"[A-Z][a-z]+", "".join(each)) for each in literals]
    said = [each.string for each in capital if each and each[0] not in NOT_SHOWN]
    assert said == []


class Html(HTMLParser):
    """Texts, attributes and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.attributes: list[tuple[str, str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.tags[-1], data.strip()))


@pytest.fixture(scope="module")
def html() -> Html:
    parser = Html()
    parser.feed((PAGE / "index.html").read_text())
    return parser


def test_the_html_says_nothing_but_the_title(html: Html) -> None:
    assert html.texts == [("title", "automask")]


def test_the_html_has_no_inline_handler_style_or_script(html: Html) -> None:
    names = {name for _, name, _ in html.attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"style"})
    assert "style" not in html.tags
    scripts = [
        value
        for tag, name, value in html.attributes
        if (tag, name) == ("script", "src")
    ]
    assert html.tags.count("script") == len(scripts) == 1


def test_nothing_is_asked_for_elsewhere() -> None:
    files = [
        file
        for file in PAGE.rglob("*")
        if file.suffix in {".html", ".css", ".js", ".svg"}
    ]
    for file in files:
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(
            r"https?:|//[a-z]+\.|@import|@font-face", without_comments(text)
        ), file


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'symbol id="([^"]+)"', (PAGE / "icons.svg").read_text()))
    source = "\n".join(file.read_text() for file in MODULES)
    named = set(re.findall(r'icon(?:Button)?\(\s*"([^"]+)"', source))
    assert named and named <= drawn


def colors() -> dict[str, dict[str, str]]:
    """The custom properties of both schemes that are plain colours."""
    source = (PAGE / "css" / "colors.css").read_text()
    light, dark = source.split("@media (prefers-color-scheme: dark)")
    found = [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", each)) for each in (light, dark)
    ]
    return {"light": found[0], "dark": found[0] | found[1]}


def luminance(color: str) -> float:
    """WCAG's relative luminance of #rrggbb."""
    codes = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in codes
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_text_and_marks_stand_out_from_their_ground(
    scheme: str, text: str, ground: str, least: float
) -> None:
    known = colors()[scheme]
    lighter, darker = sorted(
        (luminance(known[text]), luminance(known[ground])), reverse=True
    )
    assert (lighter + 0.05) / (darker + 0.05) >= least


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("web") / "page")
    yield served
    served.close()


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    with offline_page(browser, viewport={"width": 1280, "height": 720}) as page:
        yield opened(page, server)


def opened(page: Page, server: Served) -> Page:
    page.goto(server.address)
    page.wait_for_selector("html[data-ready=yes]")
    return page


def send(page: Page, side: str, content: bytes, name: str = "waves.png") -> None:
    """A picture, by the file dialog of its well."""
    file: Any = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator(f"#file-{side}-small").set_input_files([file])


def wish(page: Page, state: dict[str, Any]) -> Any:
    """The masks of a job that this state asks for."""
    return page.evaluate(
        """async (state) => {
          const { EMPTY } = await import("./state.js");
          const { jobWish } = await import("./wish.js");
          const pictures = { photo: { id: "p" }, art: { id: "a" } };
          const { masks, style_masks } = jobWish({ ...EMPTY, pictures, ...state });
          return [masks, style_masks];
        }""",
        state,
    )


def found(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "level": 0, "confidence": 1} for name in names]


@pytest.mark.browser
@pytest.mark.slow
class TestInABrowser:
    def test_a_phone_needs_no_horizontal_scroll(
        self, browser: Browser, server: Served
    ) -> None:
        seen = {}
        with offline_page(browser, **PHONE) as page:
            opened(page, server)
            for section in ("pictures", "masks", "painting", "history"):
                page.click(f"#section-{section}")
                outside = page.evaluate(
                    """() => [...document.querySelectorAll("body *")].filter((each) => {
                      const { right, width } = each.getBoundingClientRect();
                      const scrolls = each.closest(".offered, .hidden");
                      return width && right > innerWidth + 1 && !scrolls;
                    }).map((each) => each.id || each.className)"""
                )
                wide = page.evaluate("() => document.documentElement.scrollWidth")
                seen[section] = (wide, outside)
        assert seen == dict.fromkeys(seen, (390, []))

    @pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
    def test_the_stage_stays_in_sight_without_scrolling(
        self, browser: Browser, server: Served, width: int, height: int
    ) -> None:
        with offline_page(browser, viewport={"width": width, "height": height}) as page:
            opened(page, server)
            box: Any = page.locator("#stage").bounding_box()
            tall = page.evaluate("() => document.documentElement.scrollHeight")
        assert tall == height
        assert box["width"] > width / 2 - 1 and box["y"] + box["height"] <= height

    def test_every_control_is_reached_by_tab(self, page: Page) -> None:
        page.click("#more-open")
        page.wait_for_selector(".offered img")
        page.evaluate("() => document.activeElement.blur()")
        there = page.evaluate(
            """(which) => [...document.querySelectorAll(which)].filter((each) =>
              each.checkVisibility({ visibilityProperty: true }) && !each.disabled
              && each.tabIndex >= 0).map((each) => each.id || each.dataset.testid)""",
            FOCUSABLE,
        )
        reached = set()
        for _ in range(2 * len(there)):
            page.keyboard.press("Tab")
            reached.add(
                page.evaluate(
                    "() => document.activeElement.id"
                    " || document.activeElement.dataset.testid"
                )
            )
        assert len(there) > 40 and set(there) <= reached

    def test_every_control_has_a_name(self, page: Page) -> None:
        nameless = page.evaluate(
            """(which) => [...document.querySelectorAll(which)].filter((each) =>
              !(each.getAttribute("aria-label") || each.textContent.trim()
                || each.labels?.[0]?.textContent.trim()
                || each.getAttribute("aria-labelledby")))
              .map((each) => each.outerHTML)""",
            FOCUSABLE,
        )
        assert nameless == []

    def test_a_tooltip_says_what_a_control_does_and_its_key(self, page: Page) -> None:
        page.focus("#control-gamma-about")
        tip = page.locator("#tip")
        assert tip.is_visible() and "gamma=20" in tip.inner_text()
        page.keyboard.press("Escape")
        assert not tip.is_visible()

    def test_a_file_name_is_text(self, page: Page) -> None:
        name = "&lt;<b>bold<b>.png"
        send(page, "photo", png(waves()), name)
        page.wait_for_selector("#well-photo-small.filled")
        shown = page.locator("#well-photo-small .well-name")
        assert "bold" in shown.inner_text()
        assert page.locator("b").count() == 0

    def test_a_file_that_is_too_large_is_refused_before_it_is_sent(
        self, page: Page
    ) -> None:
        page.evaluate(
            """() => {
              const file = new File([], "huge.png", { type: "image/png" });
              Object.defineProperty(file, "size", { value: 2 ** 30 });
              const files = { files: [file], types: ["Files"] };
              const event = new Event("drop", { bubbles: true });
              Object.defineProperty(event, "dataTransfer", { value: files });
              document.getElementById("well-art-small").dispatchEvent(event);
            }"""
        )
        trouble = page.locator("#trouble-art-small")
        trouble.wait_for()
        assert trouble.inner_text() == "huge.png is 1024 MB; at most 50 MB can be sent."

    def test_settings_survive_a_reload(self, page: Page) -> None:
        with page.expect_response(lambda answer: answer.request.method == "PUT"):
            page.focus("#control-gamma-number")
            page.keyboard.press("ArrowRight")
        page.reload()
        page.wait_for_selector("html[data-ready=yes]")
        assert page.input_value("#control-gamma-number") == "21"
        page.click("#control-gamma-reset")
        assert page.input_value("#control-gamma-number") == "20"

    def test_a_copy_of_a_tab_gets_a_name_of_its_own(
        self, page: Page, server: Served
    ) -> None:
        name = "() => sessionStorage.getItem('automask-tab')"
        with page.expect_popup() as opener:
            page.evaluate("() => void window.open(location.href)")  # copies the storage
        other = opener.value
        other.wait_for_selector("html[data-ready=yes]")
        names = page.evaluate(name), other.evaluate(name)
        page.reload()
        page.wait_for_selector("html[data-ready=yes]")
        assert names[0] != names[1]
        assert page.evaluate(name) == names[0]

    def test_a_region_is_sent_once_it_is_painted_on_both_pictures(
        self, page: Page
    ) -> None:
        state: dict[str, Any] = {
            "found": {"photo": found("sky"), "art": found("sky")},
            "regions": ["moon"],
            "drawn": {"photo": {"moon": {"id": "1", "empty": False}}, "art": {}},
        }
        assert wish(page, state) == [{}, {}]
        state["drawn"]["art"] = {"moon": {"id": "2", "empty": False}}
        sent = [{"moon": {"drawn": "1", "weight": 1}}, {"moon": {"drawn": "2"}}]
        assert wish(page, state) == sent

    def test_weights_and_switches_are_sent(self, page: Page) -> None:
        state = {
            "found": {"photo": found("sky", "rock", "water"), "art": found("sky")},
            "weights": {"sky": 0.25, "rock": 0.5},
            "off": ["rock"],
        }
        sky, rock = ({"drawn": None, "weight": weight} for weight in (0.25, 0))
        assert wish(page, state) == [{"sky": sky, "rock": rock}, {}]

    def test_a_job_gives_back_the_settings_that_it_was_asked_for(
        self, page: Page
    ) -> None:
        settings = page.evaluate(
            """async () => {
              const { settingsOf } = await import("./wish.js");
              const usual = { gamma: 20, size: 512 };
              const controls = Object.keys(usual).map(
                (key) => ({ key, default: usual[key] }));
              return settingsOf({
                keys: { gamma: 5, size: 512, other: 1 },
                masks: {
                  sky: { drawn: "1", weight: 0 },
                  rock: { drawn: null, weight: 0.5 },
                },
                style_masks: { sky: { drawn: "2" } },
              }, { controls });
            }"""
        )
        drawn = [{"sky": {"id": id, "empty": False}} for id in "12"]
        assert settings == {
            "values": {"gamma": 5},
            "drawn": {"photo": drawn[0], "art": drawn[1]},
            "weights": {"rock": 0.5},
            "off": ["sky"],
        }

    def test_the_border_between_two_pictures_is_moved_by_keys(self, page: Page) -> None:
        send(page, "photo", png(waves()))
        page.wait_for_selector("#well-photo-small.filled")
        send(page, "art", png(waves(phase=1.0)))
        page.wait_for_selector("#well-art-small.filled")
        page.wait_for_selector("#paint-button:not([disabled])")
        page.click("#view-result")
        page.wait_for_selector(".compare:not(.single)")
        handle = page.locator("#compare-handle")
        handle.focus()
        at = lambda: handle.get_attribute("aria-valuenow")  # noqa: E731
        seen = [at()]
        for key in ("ArrowRight", "Shift+ArrowLeft", "Home", "End"):
            page.keyboard.press(key)
            seen.append(at())
        assert seen == ["50", "52", "42", "0", "100"]
