from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from eval.catalogue import add_set
from eval.listing import list_runs
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from tests.ui.shown import first_shown, is_drawn, shown_text

pytestmark = [pytest.mark.browser, pytest.mark.model]

UNIVERSITIES = "How many of the world's top 100 universities are in Hong Kong?"
# Each line of the quote: what lies at its middle is the quote itself, not something above it.
IN_VIEW = """
return [...arguments[0].getClientRects()].every(line => arguments[0].contains(
  document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2)));
"""


def wait_for(browser: Chrome, selector: str) -> WebElement:
    found = WebDriverWait(browser, 60, 0.1).until(
        lambda driver: driver.find_elements(By.CSS_SELECTOR, selector),
        f"Nothing on the page matches {selector}.",
    )
    return found[0]


def ask(browser: Chrome, question: str) -> None:
    wait_for(browser, "[data-testid='stChatInputTextArea']").send_keys(question, Keys.ENTER)


def open_first_source(browser: Chrome) -> WebElement:
    chip = wait_for(browser, "[class*='st-key-cite-'] button")
    assert chip.accessible_name.startswith("Source 1: ")
    chip.click()
    wait_for(browser, ".hetao-transcript mark")
    WebDriverWait(browser, 20, 0.1).until(
        lambda driver: driver.execute_script(IN_VIEW, mark(driver)),
        "The highlighted quote is not in view.",
    )
    return mark(browser)


def mark(browser: Chrome) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, ".hetao-transcript mark")


def hosts_asked(browser: Chrome) -> set[str | None]:
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    return {urlsplit(url).hostname for url in urls if url.startswith("http")}


@pytest.mark.parametrize(
    "question",
    [UNIVERSITIES, "香港有多少所世界百强大学？"],
    ids=["en", "zh"],
)
def test_a_person_asks_clicks_the_citation_and_sees_the_quote_highlighted(
    browser: Chrome, address: str, question: str, screenshot_file: Path | None
) -> None:
    browser.get(address)
    ask(browser, question)
    quote = open_first_source(browser)
    assert "five of the world's top 100 universities" in quote.text
    if screenshot_file and question.isascii():
        browser.save_screenshot(str(screenshot_file))
    assert hosts_asked(browser) == {"127.0.0.1"}


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((390, 844), id="telephone"),
        pytest.param((820, 1180), id="tablet", marks=pytest.mark.slow),
        pytest.param((1280, 900), id="desk"),
    ],
)
def test_a_quote_is_brought_into_view_and_again_by_a_click_and_can_be_closed(
    browser: Chrome, address: str, size: tuple[int, int]
) -> None:
    set_page_size(browser, *size)
    browser.get(address)
    ask(browser, UNIVERSITIES)
    assert "five of the world's top 100 universities" in open_first_source(browser).text
    assert not browser.execute_script(IS_CUT)
    if size[0] > 1000:
        WebDriverWait(browser, 20, 0.1).until(is_drawn)
        browser.execute_script("document.querySelector('.hetao-transcript').scrollTop = 0")
        assert not browser.execute_script(IN_VIEW, mark(browser))
        open_first_source(browser)
    close = wait_for(browser, ".st-key-close-source button")
    assert browser.execute_script(IN_VIEW, close)
    close.click()
    WebDriverWait(browser, 20, 0.1).until(
        lambda driver: not driver.find_elements(By.CSS_SELECTOR, ".st-key-source"),
        "The source stayed open.",
    )


IS_CUT = """
const pane = document.querySelector('.hetao-transcript');
return pane.scrollWidth > pane.clientWidth;
"""


def set_page_size(browser: Chrome, width: int, height: int) -> None:
    """The size of the page itself; a window cannot be made as narrow as a telephone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


SPEAKERS = "[data-testid='stMultiSelect']"


def choose_speaker(browser: Chrome, letters: str) -> None:
    wait_for(browser, ".st-key-filters summary").click()
    field = wait_for(browser, f"{SPEAKERS} input")
    WebDriverWait(browser, 20).until(lambda _: field.is_displayed(), "The filters stayed folded.")
    field.send_keys(letters, Keys.ENTER)


def chosen_speakers(browser: Chrome) -> list[str]:
    return [tag.text for tag in browser.find_elements(By.CSS_SELECTOR, f"{SPEAKERS} [data-tag]")]


@pytest.mark.slow
def test_typing_a_part_of_a_name_and_enter_chooses_that_speaker_and_no_other(
    browser: Chrome, own_address: str, real_copy: Settings, real_embedder: Embedder, page: Any
) -> None:
    # Each outlet has the letters of "Chan" in their order, as loose matching wants them.
    page(
        real_copy.corpus_dir / "outlets.txt",
        ("Channel Nine", "When will the lantern bridge open?"),
        ("China Harbour News", "Who pays for the lantern bridge?"),
        ("Wu Lan", "The lantern bridge will open in May. The city pays for it."),
    )
    ingest(read_corpus((real_copy.corpus_dir,)), real_copy, real_embedder)
    browser.get(own_address)
    choose_speaker(browser, "Chan")
    WebDriverWait(browser, 20).until(chosen_speakers)
    assert chosen_speakers(browser) == ["Chan Kwok-ki"]
    ask(browser, UNIVERSITIES)
    wait_for(browser, "[class*='st-key-cite-'] button")
    assert chosen_speakers(browser) == ["Chan Kwok-ki"]
    assert "only from Chan Kwok-ki" in wait_for(browser, ".st-key-chat").text


@pytest.mark.slow
def test_the_same_words_on_another_page_are_shown_there_by_one_click(
    browser: Chrome, own_address: str, real_copy: Settings, real_embedder: Embedder
) -> None:
    (page,) = real_copy.corpus_dir.glob("*p10.txt")
    spaced = page.read_text(encoding="utf-8").replace("world's top", "world's  top")
    (real_copy.corpus_dir / "mirror-p7.txt").write_text(spaced, encoding="utf-8")
    ingest(read_corpus((real_copy.corpus_dir,)), real_copy, real_embedder)
    browser.get(own_address)
    ask(browser, UNIVERSITIES)
    cited = open_first_source(browser).get_property("textContent")
    show = wait_for(browser, ".st-key-copy-0 button")
    assert show.accessible_name.startswith("Show SCIO briefing")
    assert show.find_element(By.TAG_NAME, "strong").text == "Show"
    show.click()
    WebDriverWait(browser, 20, ignored_exceptions=[WebDriverException]).until(
        lambda driver: (
            mark(driver).get_property("textContent") != cited
            and driver.execute_script(IN_VIEW, mark(driver))
        ),
        "The same words of the other page are not in view.",
    )
    copy = mark(browser).get_property("textContent")
    assert isinstance(copy, str)
    assert isinstance(cited, str)
    assert copy.split() == cited.split()


@pytest.mark.slow
def test_a_hostile_transcript_and_question_run_nothing_and_fetch_nothing(
    browser: Chrome, hostile_address: str
) -> None:
    browser.get(hostile_address)
    example = wait_for(browser, ".st-key-question-0 button")
    assert ":red[x]" in example.text.replace("\u2060", "")
    ask(browser, "How many lanterns did the harbour office light last year?")
    assert "<script>window.harmed=1</script>" in open_first_source(browser).text
    ask(browser, '<img src=x onerror="window.harmed=1"> ![x](http://evil.example/q) lanterns')
    wait_for(browser, ".st-key-claim-1-0, .hetao-refusal")
    assert browser.execute_script("return window.harmed") is None
    assert hosts_asked(browser) == {"127.0.0.1"}


def click(browser: Chrome, label: str) -> None:
    def click_it(driver: Chrome) -> bool:
        wanted = "button:not([disabled]), [role='tab']"
        button = first_shown(driver, wanted, label, as_line=True)
        if button:
            button.click()
        return button is not None

    # Streamlit may draw a button anew between its being found and clicked.
    WebDriverWait(browser, 90, ignored_exceptions=[WebDriverException]).until(
        click_it, f"There is no button {label}."
    )


def wait_for_words(browser: Chrome, words: str) -> None:
    WebDriverWait(browser, 60, ignored_exceptions=[WebDriverException]).until(
        lambda driver: words in shown_text(driver),
        f"The page does not say: {words}",
    )


def run_the_set(browser: Chrome) -> None:
    click(browser, "Run")
    wait_for(browser, "[data-testid='stProgress']")
    # Until then the button of the run before may still be there.
    WebDriverWait(browser, 20, 0.1).until(is_drawn)
    click(browser, "Read the report")
    wait_for_words(browser, "Question by question")


# The elements in which some text is cut off, and whether something is wider than the page.
CLIPPED = """
const main = document.querySelector("[data-testid='stMain']");
const cut = [...main.querySelectorAll("*")].filter(one => one.clientWidth > 0
  && one.scrollWidth > one.clientWidth + 1
  && ["hidden", "clip"].includes(getComputedStyle(one).overflowX)
  && [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
return [...cut.map(one => one.textContent), ...main.scrollWidth > main.clientWidth ? ["page"] : []];
"""


def clipped(browser: Chrome, width: int) -> list[str]:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    time.sleep(1)
    found: list[str] = browser.execute_script(CLIPPED)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return found


def chosen_runs(browser: Chrome) -> list[str]:
    boxes = browser.find_elements(By.CSS_SELECTOR, ".stMain [data-testid='stSelectbox']")
    fields = [box.find_element(By.TAG_NAME, "input").get_attribute("value") for box in boxes]
    return [field or box.text.split("\n")[-1] for field, box in zip(fields, boxes, strict=True)]


@pytest.mark.slow
def test_a_person_runs_a_set_names_it_reads_its_report_compares_deletes_and_undoes(
    browser: Chrome, own_address: str, real_copy: Settings
) -> None:
    questions = [
        {"id": "a", "question": UNIVERSITIES, "must_include": [["five"]],
         "evidence": [{"quote": "home to five of the world's top 100 universities"}]},
        {"id": "b", "question": "<img src=x onerror=window.harmed=1>?", "answerable": False},
        {"id": "c", "question": "火星上有多少所大学？", "answerable": False},
    ]  # fmt: skip
    add_set(real_copy, "three.jsonl", "\n".join(json.dumps(q) for q in questions).encode())
    browser.get(f"{own_address}/evaluation")
    wait_for(browser, "input[aria-label^='Name of the run']").send_keys("as it is")
    run_the_set(browser)
    click(browser, "Run a set")
    run_the_set(browser)
    assert not browser.find_elements(By.TAG_NAME, "iframe")
    line = wait_for(browser, "[class*='st-key-question-'] summary")
    assert UNIVERSITIES in line.text
    line.click()
    wait_for_words(browser, "It's home to five of the world's top 100 universities")
    assert browser.execute_script("return window.harmed") is None
    click(browser, "Give it a name")
    wait_for(browser, "[role='dialog'] input").send_keys("with a change")
    click(browser, "Keep")
    wait_for_words(browser, "Rename")
    assert [clipped(browser, width) for width in (390, 1280)] == [[], []]
    click(browser, "Compare two runs")
    wait_for_words(browser, "Right before, wrong now")
    assert "the same" in wait_for(browser, "[data-testid='stMain']").text
    assert chosen_runs(browser) == ["as it is", "with a change"]
    assert [clipped(browser, width) for width in (390, 1280)] == [[], []]
    click(browser, "Reports")
    click(browser, "Delete")
    wait_for_words(browser, "Deleted: with a change")
    assert chosen_runs(browser)[0] == "as it is"
    click(browser, "Undo")
    WebDriverWait(browser, 60).until(lambda driver: "Deleted: " not in shown_text(driver))
    assert sorted(run.name for run in list_runs(real_copy.data_dir / "runs").finished) == [
        "as it is", "with a change",
    ]  # fmt: skip
    assert hosts_asked(browser) == {"127.0.0.1"}


@pytest.mark.slow
def test_the_speaker_filter_and_the_conversation_outlive_a_look_at_the_evaluation(
    browser: Chrome, address: str
) -> None:
    browser.get(address)
    choose_speaker(browser, "Chan")
    ask(browser, UNIVERSITIES)
    open_first_source(browser)
    wait_for(browser, "[data-testid='stSidebarNav'] a[href$='/evaluation']").click()
    click(browser, "Compare two runs")
    wait_for(browser, "[data-testid='stSidebarNav'] a").click()
    wait_for(browser, f"{SPEAKERS} [data-tag]")
    assert chosen_speakers(browser) == ["Chan Kwok-ki"]
    open_first_source(browser)
