"""The Timeline page: statements of all events, what differs side by side, each with its source."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from rag.settings import Settings
from ui import language

pytestmark = pytest.mark.model


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, bridge_settings: Settings) -> Callable[..., AppTest]:
    """Draws the page alone, which a test of the app cannot switch to."""
    monkeypatch.setenv("HETAO_DATA_DIR", str(bridge_settings.data_dir))

    def script() -> None:
        from ui import filters, timeline

        filters.take_up()
        timeline.page()

    def draw(**query: str) -> AppTest:
        app = AppTest.from_function(script, default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return draw


def words_of(app: AppTest) -> str:
    bodies = (re.sub(r"<[^>]+>", " ", element.body) for element in app.html)
    return " ".join(html.unescape(" ".join(bodies)).split())


def test_a_topic_is_told_event_by_event_from_the_oldest(page: Callable[..., AppTest]) -> None:
    app = page()
    app.text_input(key="topic").set_value("cost of the new bridge").run()
    shown = words_of(app)
    told = shown[shown.index("Where figures differ") :]
    assert not app.exception
    assert app.query_params["topic"] in ("cost of the new bridge", ["cost of the new bridge"])
    # Both figures stand side by side first, then in their events.
    assert told.count("“The new bridge will cost 900 million yuan.”") == 2
    assert told.index("2 May 2024") < told.index("9 September 2024")
    assert "Another figure in [" in told


def test_a_chip_opens_the_source_at_its_words(page: Callable[..., AppTest]) -> None:
    app = page(topic="cost of the new bridge")
    app.button(key="cite-statement-1").click().run()
    [source] = [e.body for e in app.html if "hetao-transcript" in e.body]
    assert "<mark>The new bridge will cost 900 million yuan.</mark>" in source
    app.button(key="close-source").click().run()
    assert not [e for e in app.html if "hetao-transcript" in e.body]


def test_another_topic_closes_the_source(page: Callable[..., AppTest]) -> None:
    app = page(topic="cost of the new bridge")
    app.button(key="cite-statement-1").click().run()
    app.text_input(key="topic").set_value("ferries").run()
    assert not [e for e in app.html if "hetao-transcript" in e.body]
    assert not app.error


def test_what_nobody_spoke_of_is_said_in_a_sentence(page: Callable[..., AppTest]) -> None:
    app = page(topic="lunar mining")
    assert "Nothing about “lunar mining” was found" in words_of(app)


def test_a_topic_without_a_word_is_a_sentence_too(page: Callable[..., AppTest]) -> None:
    app = page(topic="?!")
    assert not app.exception
    assert "no word or number" in app.error[0].value.replace("\\", "")


def test_the_filters_hold_for_the_timeline(page: Callable[..., AppTest]) -> None:
    app = page(topic="cost of the new bridge", since="2024-06-01")
    shown = words_of(app)
    assert "900 million" not in shown
    assert "1.2 billion" in shown


def test_the_page_speaks_chinese(page: Callable[..., AppTest]) -> None:
    app = page(topic="大桥通车", lang="zh-Hans")
    shown = words_of(app)
    assert language.catalogue("zh-Hans").gettext("Timeline") in shown
    assert "“大桥将于明年五月通车。”" in shown
    assert "2024年12月3日" in shown


def test_what_a_topic_says_is_shown_as_text(page: Callable[..., AppTest]) -> None:
    app = page(topic="<img src=x onerror=alert(1)> lanterns")
    assert not any("<img" in element.body for element in app.html)


def test_another_address_brings_its_own_topic(page: Callable[..., AppTest]) -> None:
    app = page(topic="lunar mining")
    app.text_input(key="topic").set_value("deep sea mining").run()
    app.query_params["topic"] = "lunar mining"
    app.run()
    assert app.text_input(key="topic").value == "lunar mining"
    assert "Nothing about “lunar mining” was found" in words_of(app)
