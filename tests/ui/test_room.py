"""What lasts and who can use it: walks through the real product in a real browser."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import docx
import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from tests.ui.shown import first_shown, is_drawn, shown_text

pytestmark = [pytest.mark.browser, pytest.mark.model]

UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"
RELEASE = "When will the plan for the Hong Kong park be released?"
FIVE = "five of the world's top 100 universities"
CHIP = "[class*='st-key-cite-'] button"
FIELD = "[data-testid='stChatInputTextArea']"
AXE = (Path(__file__).with_name("vendor") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


class Room:
    """A browser on the product, and what a person does in it."""

    def __init__(self, browser: Chrome, address: str) -> None:
        self.browser = browser
        self.address = address

    def opens(self, path: str = "/") -> Room:
        self.browser.get(self.address + path)
        return self

    def asks(self, question: str) -> None:
        self.sees(FIELD).send_keys(question, Keys.ENTER)
        self.until(lambda: question in self.text(".hetao-question"), "The question never showed.")
        self.sees("[class*='st-key-tools-']")

    def sees(self, selector: str, words: str = "") -> WebElement:
        return self.until(
            lambda: first_shown(self.browser, selector, words),
            f"Nothing on the page matches {selector} and says {words!r}.",
        )

    def clicks(self, selector: str, words: str = "") -> None:
        def clicked() -> bool:
            element = self.sees(selector, words)
            if drawn := is_drawn(self.browser):
                element.click()
            return drawn

        self.until(clicked, f"{selector} could not be clicked.")

    def goes_to(self, page: str, heading: str) -> None:
        """By the side bar; a click that met a page being drawn is made again."""

        def there() -> bool:
            if heading in self.text("h1"):
                return True
            if is_drawn(self.browser):
                self.sees("[data-testid='stSidebarNav'] a", page).click()
            return False

        self.until(there, f"The page {page} is never drawn.")

    def text(self, selector: str = "body") -> str:
        return shown_text(self.browser, selector)

    def until(self, happens: Callable[[], Any], otherwise: str) -> Any:
        from selenium.common.exceptions import WebDriverException

        def tried(_: Chrome) -> Any:
            try:
                return happens()
            except WebDriverException:
                return None  # drawn anew between being found and used

        return WebDriverWait(self.browser, 40, 0.1).until(tried, otherwise)

    def focus_is_on(self, selector: str) -> None:
        script = "return document.activeElement.closest(arguments[0]) !== null"
        self.until(
            lambda: self.browser.execute_script(script, selector),
            f"The focus is not on {selector}.",
        )

    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.browser.current_url).query)

    def has_no_faults(self) -> None:
        """By axe-core, on the page as it is once nothing is faded any more."""
        self.until(
            lambda: not self.browser.find_elements(By.CSS_SELECTOR, "[data-stale='true']"),
            "The page is never drawn to its end.",
        )
        self.browser.execute_script(AXE)
        faults = self.browser.execute_async_script(
            "const [rules, done] = arguments;"
            "axe.run(document, {runOnly: rules}).then(found => done(found.violations.map("
            "  fault => [fault.id, ...fault.nodes.map(node => node.html + node.failureSummary)])))",
            RULES,
        )
        assert faults == []


@pytest.fixture
def room(browser: Chrome, address: str) -> Room:
    return Room(browser, address).opens()


@pytest.fixture
def own_room(browser: Chrome, own_address: str) -> Room:
    """Over a corpus that the test changes."""
    return Room(browser, own_address).opens()


def narrow(browser: Chrome, width: int = 390, height: int = 844) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@pytest.mark.slow
def test_a_conversation_is_found_again_after_a_reload_and_after_the_server_was_started_anew(
    browser: Chrome, real_copy: Settings, serving: Any
) -> None:
    with serving(real_copy.data_dir) as address:
        room = Room(browser, address).opens()
        room.asks(UNIVERSITIES)
        link = browser.current_url.removeprefix(address)
        browser.refresh()
        room.sees(".hetao-claim", FIVE)
        room.clicks(CHIP)
        room.sees(".st-key-source mark", FIVE)
        source = browser.current_url.removeprefix(address)
    with serving(real_copy.data_dir) as address:
        room = Room(browser, address).opens()
        room.clicks(".hetao-list a", UNIVERSITIES)
        room.sees(".hetao-claim", FIVE)
        assert room.query()["chat"] == parse_qs(urlsplit(link).query)["chat"]
        room.opens(source).sees(".st-key-source mark", FIVE)
        room.asks(RELEASE)
        assert FIVE in room.text(".hetao-claim")


@pytest.mark.slow
def test_two_tabs_hold_two_conversations_and_each_can_be_opened_in_the_other(
    room: Room, browser: Chrome
) -> None:
    room.asks(UNIVERSITIES)
    first = room.query()["chat"]
    browser.switch_to.new_window("tab")
    room.opens().asks(RELEASE)
    second = room.query()["chat"]
    assert first != second
    assert FIVE not in room.text(".hetao-claim")
    browser.switch_to.window(browser.window_handles[0])
    room.sees(".hetao-claim", FIVE)
    browser.refresh()
    room.clicks(".hetao-list a", RELEASE)
    room.sees(".hetao-claim", "next few months")
    assert room.query()["chat"] == second
    browser.back()
    room.sees(".hetao-claim", FIVE)
    assert room.query()["chat"] == first


def test_conversations_are_renamed_searched_deleted_and_brought_back(room: Room) -> None:
    room.asks(UNIVERSITIES)
    room.clicks(".st-key-chat-menu button")
    title = room.sees("[data-testid='stPopoverBody'] input")
    title.send_keys(Keys.CONTROL, "a")
    title.send_keys("Universities", Keys.ENTER)
    room.sees("h1.hetao-title", "Universities")
    room.sees(".hetao-list a", "Universities")
    room.sees(".st-key-delete-chat button").click()
    room.sees(".st-key-undo", "Deleted: Universities")
    room.until(lambda: "Universities" not in room.text(".hetao-list"), "It is listed still.")
    room.clicks(".st-key-undo-delete button")
    room.sees(".hetao-claim", FIVE)
    room.sees(".hetao-list a", "Universities")


@pytest.mark.slow
def test_a_link_to_a_source_says_when_its_words_moved_and_when_they_are_gone(
    own_room: Room, real_copy: Settings, real_embedder: Embedder
) -> None:
    own_room.asks(UNIVERSITIES)
    own_room.clicks(CHIP)
    own_room.sees(".st-key-source mark", FIVE)
    link = own_room.browser.current_url.removeprefix(own_room.address)
    (page,) = real_copy.corpus_dir.glob("*p10.txt")
    text = page.read_text(encoding="utf-8")
    corrected = text.replace("Thank you for your questions.", "Thank you very much indeed.")
    assert corrected != text
    page.write_text(corrected, encoding="utf-8")
    ingest(read_corpus((real_copy.corpus_dir,)), real_copy, real_embedder)
    own_room.opens(link).sees(".st-key-source mark", FIVE)
    own_room.sees(".st-key-source .hetao-note", "have moved")
    page.write_text(corrected.replace(FIVE, "many good universities"), encoding="utf-8")
    ingest(read_corpus((real_copy.corpus_dir,)), real_copy, real_embedder)
    own_room.opens(link).sees(".st-key-source", "no longer stand in the transcript")
    own_room.sees(".hetao-gone", FIVE)
    own_room.sees(".hetao-claim", FIVE)


def test_an_answer_is_copied_and_a_conversation_is_saved_and_opened_again(
    room: Room, browser: Chrome, tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    permit = {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
        "origin": room.address,
    }
    browser.execute_cdp_cmd("Browser.grantPermissions", permit)
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
    )
    room.asks(UNIVERSITIES)

    def copied(button: str) -> str:
        room.clicks("[class*='st-key-tools-'] .hetao-copy", button)
        room.sees(".hetao-done", button)
        read = "navigator.clipboard.readText().then(arguments[0])"
        return str(browser.execute_async_script(read))

    plain = copied("Copy")
    assert FIVE in plain
    assert "[1] Chan Kwok-ki (official)" in plain
    assert "> “It" in copied("Copy as Markdown")
    link = copied("Copy the link")
    assert link.startswith(room.address)
    room.clicks(".st-key-chat-menu button")
    for ending in ("md", "docx", "json"):
        room.clicks(f".st-key-export-{ending} button")
    files = room.until(
        lambda: (
            len(found := [p for p in folder.iterdir() if p.suffix != ".crdownload"]) == 3
            and {path.suffix: path for path in found}
        ),
        "The three files were never saved.",
    )
    assert FIVE in files[".md"].read_text(encoding="utf-8")
    document = docx.Document(io.BytesIO(files[".docx"].read_bytes()))
    assert any(FIVE in paragraph.text for paragraph in document.paragraphs)
    saved = json.loads(files[".json"].read_text(encoding="utf-8"))
    assert FIVE in json.dumps(saved)
    room.opens(link.removeprefix(room.address)).sees(".hetao-claim", FIVE)


def test_by_keyboard_alone_a_question_is_asked_a_source_opened_and_closed(
    room: Room, browser: Chrome
) -> None:
    room.focus_is_on(FIELD)
    ActionChains(browser).send_keys(UNIVERSITIES, Keys.ENTER).perform()
    room.sees(CHIP)
    room.until(
        lambda: (
            FIVE
            in browser.execute_script("return document.querySelector('.hetao-live').textContent")
        ),
        "The answer was not announced.",
    )
    room.sees("[class*='st-key-tools-']")
    for _ in range(60):
        focused = "return document.activeElement.closest(\"[class*='st-key-cite-']\") !== null"
        if browser.execute_script(focused):
            break
        ActionChains(browser).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    room.focus_is_on(CHIP)
    room.sees(f"{CHIP} em", "SCIO briefing")  # what a hover shows, the focus shows too
    ActionChains(browser).send_keys(Keys.ENTER).perform()
    room.sees(".st-key-source mark", FIVE)
    room.focus_is_on(".st-key-source")
    ActionChains(browser).send_keys(Keys.ESCAPE).perform()
    room.until(lambda: not browser.find_elements(By.CSS_SELECTOR, ".st-key-source"), "Still open.")
    room.focus_is_on(CHIP)


@pytest.mark.slow
def test_on_a_telephone_the_source_lies_over_the_answer_which_stays_where_it_was(
    room: Room, browser: Chrome
) -> None:
    narrow(browser)
    room.opens()
    room.asks(UNIVERSITIES)
    room.asks(RELEASE)
    room.sees("[class*='st-key-cite-2-'] button")
    time.sleep(1)  # the page scrolls to the question asked last
    chip = room.sees("[class*='st-key-cite-2-'] button")
    at = (
        chip.rect["y"],
        browser.execute_script("return document.querySelector('[data-testid=stMain]').scrollTop"),
    )
    browser.execute_script("arguments[0].click()", chip)
    sheet = room.sees(".st-key-source")
    room.sees(".st-key-source mark")
    assert sheet.rect["width"] >= 380
    bottom = "return arguments[0].getBoundingClientRect().bottom"
    assert abs(browser.execute_script(bottom, sheet) - 844) < 3
    wide = "return document.documentElement.scrollWidth"
    assert browser.execute_script(wide) <= 390
    room.clicks(".st-key-close-source button")
    room.until(lambda: not browser.find_elements(By.CSS_SELECTOR, ".st-key-source"), "Still open.")
    scrolled = browser.execute_script(
        "return document.querySelector('[data-testid=stMain]').scrollTop"
    )
    assert abs(scrolled - at[1]) < 5


def test_the_language_is_chosen_and_goes_along_to_the_other_pages(
    browser: Chrome, address: str
) -> None:
    room = Room(browser, address).opens("/?lang=zh-Hant")
    room.sees(".st-key-new-chat button", "新對話")
    room.asks("香港有多少所世界百強大學？")
    room.sees(".hetao-claim", "「It's home to five")
    room.sees("[class*='st-key-tools-']", "複製連結")
    room.clicks(".hetao-list a", "SCIO briefing")
    room.sees(".st-key-reader-tools button", "就這份實錄提問")
    room.goes_to("評測", "評測")
    room.until(lambda: room.query().get("lang") == ["zh-Hant"], "The address forgot it.")


def test_filters_stand_in_the_address_are_seen_and_are_one_click_from_gone(
    browser: Chrome, address: str
) -> None:
    chosen = "speaker=Chan+Kwok-ki&speaker=Nobody&role=official&since=2023-01-01&until=x"
    room = Room(browser, address).opens(f"/?{chosen}")
    room.sees(".st-key-in-force button", "Chan Kwok-ki")
    room.sees(".st-key-in-force button", "from 1 January 2023")
    room.asks(UNIVERSITIES)
    room.sees(".hetao-note", "only from Chan Kwok-ki, official, from 1 January 2023")
    assert room.query()["speaker"] == ["Chan Kwok-ki"]
    room.clicks(".st-key-in-force button", "Chan Kwok-ki")
    room.until(lambda: "Chan Kwok-ki" not in room.text(".st-key-in-force"), "Still set.")
    room.until(lambda: "speaker" not in room.query(), "Still in the address.")
    room.sees(".st-key-in-force button", "from 1 January 2023")
    room.goes_to("Evaluation", "Evaluation")
    room.clicks("[data-testid='stSidebarNav'] a", "Ask")
    room.sees(".st-key-in-force button", "Officials")
    room.until(lambda: room.query()["role"] == ["official"], "The address forgot it.")


@pytest.mark.slow
def test_a_transcript_is_read_whole_searched_linked_and_asked_about(
    room: Room, browser: Chrome
) -> None:
    room.opens("/read").clicks(".hetao-events a", "SCIO briefing")
    room.sees(".hetao-turn-official", "Thank you for your questions.")
    room.sees(".hetao-outline a", "Chan Kwok-ki").click()
    room.until(lambda: room.query().get("turn") == ["3"], "The link names no turn.")
    room.sees(".stMain [data-testid='stTextInput'] input").send_keys("hong  kong PARK", Keys.ENTER)
    room.sees(".hetao-note", "Found in 6 places")
    room.until(
        lambda: set(room.text(".hetao-whole mark").split("\n")) == {"Hong Kong park"},
        "The places are not marked.",
    )
    room.clicks(".st-key-reader-tools button", "Ask about this transcript")
    room.sees(".st-key-in-force button", "SCIO briefing")
    room.asks(UNIVERSITIES)
    room.sees(".hetao-claim", FIVE)
    room.clicks(CHIP)
    room.sees(".st-key-source .hetao-copy", "Copy the link")
    link = room.sees(".st-key-source .hetao-copy").get_attribute("data-link")
    assert link
    room.opens(f"/{link.removeprefix('./')}").sees(".hetao-whole mark", FIVE)
    room.opens(f"/{link.removeprefix('./')}0").sees(".stMain", "no longer stand in")
    room.opens("/read?id=nothing").sees(".stMain", "No transcript has the id")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "light"), (1280, "dark")])
def test_no_page_has_a_fault_of_contrast_labels_or_names(
    room: Room, browser: Chrome, width: int, theme: str
) -> None:
    narrow(browser, width, 900)
    feature = {"name": "prefers-color-scheme", "value": theme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    room.opens().sees(".st-key-questions button")
    room.has_no_faults()
    room.asks(UNIVERSITIES)
    room.sees(".st-key-questions button")
    room.has_no_faults()
    browser.execute_script("arguments[0].click()", room.sees(CHIP))
    room.sees(".st-key-source mark")
    room.has_no_faults()
    room.opens().asks("What is the population of Brazil?")
    room.sees("[class*='st-key-nearest-'] button")
    room.has_no_faults()
    for path, shows in (
        ("/read", ".hetao-events a"),
        ("/read?id=scio-2023-09-21-hetao", ".hetao-whole"),
        ("/evaluation", "[data-testid='stTabs']"),
    ):
        room.opens(path).sees(shows)
        room.has_no_faults()


def test_the_browser_is_told_the_language_of_the_page_and_writes_each_its_own_way(
    room: Room, browser: Chrome
) -> None:
    in_force = "return document.documentElement.lang"
    for language in ("zh-Hant", "en", "zh-Hans"):
        room.opens(f"/?lang={language}").sees(FIELD)
        room.until(lambda: browser.execute_script(in_force) == language, "It is another.")  # noqa: B023
    room.sees(FIELD).send_keys("كم سفينة دخلت الميناء؟", Keys.ENTER)
    ends = (
        "const words = document.querySelector('.hetao-question'), range = new Range();"
        "range.selectNodeContents(words);"
        "return words.getBoundingClientRect().right - range.getBoundingClientRect().right"
    )
    room.until(lambda: browser.execute_script(ends) < 1, "Arabic does not begin at the right.")


@pytest.mark.slow
def test_a_timeline_is_read_and_checked_and_its_link_opens_it_again(
    browser: Chrome, bridge_settings: Settings, serving: Any
) -> None:
    with serving(bridge_settings.data_dir) as address:
        room = Room(browser, address).opens("/timeline")
        room.sees(".st-key-topic input").send_keys("cost of the new bridge", Keys.ENTER)
        room.sees(".st-key-differences", "1.2 billion")
        room.has_no_faults()
        room.clicks(".st-key-event-0 [class*='st-key-cite-'] button")
        room.sees(".st-key-source mark", "900 million")
        room.has_no_faults()
        link = browser.current_url.removeprefix(address)
        assert room.query()["topic"] == ["cost of the new bridge"]
        Room(browser, address).opens(link).sees(".st-key-source mark", "900 million")
        room.clicks(".hetao-when a")
        room.sees(".hetao-whole", "900 million")
        assert "topic" not in room.query()
