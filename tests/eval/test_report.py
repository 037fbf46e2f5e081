from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from eval.metrics import summarise
from eval.report import render_report
from eval.results import Result
from eval.runs import RunInfo

MakeResult = Callable[..., Result]
REQUIRE_BROWSER = os.environ.get("REQUIRE_BROWSER") == "1"
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> $title & "quoted" 香港'


def render(results: list[Result]) -> str:
    info = RunInfo(
        set_name="small", set_sha256="0" * 64, n=len(results), split=None, limit=None,
        corpus_sha256="c" * 64, transcripts=1, settings={"a": HOSTILE}, models={"embedding": "e5"},
        code_version="1", started="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    return render_report(info, results, summarise("run", "small", results))


class Tags(HTMLParser):
    """Collects start tags with their attributes, and all text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._raw = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._raw else data


@pytest.fixture
def hostile(make_result: MakeResult) -> Result:
    result = make_result(1, "right", question=HOSTILE, type=HOSTILE, answer=HOSTILE)
    assert result.answer is not None
    answer: dict[str, Any] = {**result.answer, "text": HOSTILE}
    answer["citations"] = [{**answer["citations"][0], "quote": HOSTILE, "speaker": HOSTILE}]
    return result.model_copy(update={"answer": answer, "why": (HOSTILE,)})


def test_all_text_is_shown_as_text(hostile: Result) -> None:
    page = Tags(render([hostile]))
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "img" not in [tag for tag, _ in page.tags]
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on")]
    assert page.text.count(HOSTILE) >= 6


def test_the_page_asks_nothing_of_the_network_and_allows_only_its_own_script(
    make_result: MakeResult,
) -> None:
    page = render([make_result(1, "right")])
    links = [a for _, attributes in Tags(page).tags for a in attributes if a in ("src", "href")]
    assert links == []
    assert "url(" not in page
    assert "@import" not in page
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page


def test_each_question_is_there_with_what_was_wrong(make_result: MakeResult) -> None:
    results = [
        make_result(1, "right", type="factual"),
        make_result(2, "wrong", type="list"),
        make_result(3, "refused", answerable=False, unanswerable_kind="near_miss"),
        make_result(4, "error"),
    ]
    page = Tags(render(results))
    bodies = [attributes for tag, attributes in page.tags if attributes.get("data-outcome")]
    assert [body["data-outcome"] for body in bodies] == ["answered", "answered", "refused", "error"]
    assert [body["data-verdict"] for body in bodies] == ["right", "wrong", "right", "wrong"]
    for words in ("Not in the answer: five.", "✓ five", "✗ five", "near_miss", "It broke."):
        assert words in page.text


def test_the_generator_its_tokens_and_its_failures_are_told(make_result: MakeResult) -> None:
    result = make_result(1, "right")
    assert result.answer is not None
    made = {"generator": "a:b", "usage": {"input_tokens": 7, "output_tokens": 5}, "notice": HOSTILE}
    page = Tags(render([result.model_copy(update={"answer": {**result.answer, **made}})]))
    assert "a:b · " + HOSTILE + " · 7 tokens read, 5 written" in page.text
    assert "1 answered by a:b" in page.text
    assert "1 questions, extractive" in page.text


def test_metrics_charts_and_dark_mode_are_there(make_result: MakeResult) -> None:
    text = render([make_result(1, "right", type="factual"), make_result(2, "wrong", type="list")])
    page = Tags(text)
    assert [tag for tag, _ in page.tags].count("svg") == 4
    assert "nugget_recall" in page.text
    assert "prefers-color-scheme: dark" in text
    assert "width=device-width" in text


def test_a_run_of_errors_alone_still_makes_a_page(make_result: MakeResult) -> None:
    assert "No warm question was timed." in Tags(render([make_result(1, "error")])).text


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        if REQUIRE_BROWSER:
            pytest.fail("Chromium and its driver are required, and are not installed.")
        pytest.skip("Chromium or its driver is not installed.")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        f"--user-data-dir={tmp_path / 'profile'}",
    ):  # fmt: skip
        options.add_argument(flag)
    session = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield session
    session.quit()


@pytest.mark.browser
def test_a_reader_can_filter_sort_and_open_questions(
    make_result: MakeResult, browser: Any, tmp_path: Path
) -> None:
    results = [
        make_result(1, "wrong", question="How many halls?", confidence=0.2),
        make_result(2, "right", question="How many bridges?", confidence=0.1),
        make_result(3, "right", question="香港有几条线路？", confidence=0.3, language="zh-Hans"),
    ]
    (tmp_path / "report.html").write_text(render(results), encoding="utf-8")
    browser.set_window_size(390, 800)
    browser.get((tmp_path / "report.html").as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390

    def shown() -> list[str]:
        rows = browser.find_elements("css selector", "tbody.question button")
        return [row.text for row in rows if row.is_displayed()]

    browser.set_window_size(1200, 900)
    assert len(shown()) == 3
    browser.find_element("id", "words").send_keys("how many")
    assert shown() == ["How many halls?", "How many bridges?"]
    browser.find_elements("css selector", "#questions thead button")[8].click()
    assert shown() == ["How many bridges?", "How many halls?"]
    browser.find_element("css selector", "#verdict option:last-child").click()
    assert shown() == ["How many halls?"]
    detail = browser.find_element("css selector", "tbody[data-verdict=wrong] .detail")
    assert not detail.is_displayed()
    browser.find_element("css selector", "tbody[data-verdict=wrong] button").click()
    assert detail.is_displayed()
    assert "Not in the answer: five." in detail.text
