from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.conversations.kept import Place, places_of
from rag.embedding.embedder import Embedder
from rag.indexing.ingest import ingest
from rag.settings import Settings
from rag.transcripts.corpus import read_corpus
from rag.types import Page, Range, Role, Transcript, Turn
from ui.links import at_of
from ui.markup import marked_html
from ui.source import (
    attribution_html,
    context_turns,
    elsewhere_html,
    transcript_html,
)

PARTS: tuple[tuple[str, Role, str, int | None], ...] = (
    ("Moderator Person", "moderator", "The floor is open.", None),
    ("Lantern Daily", "reporter", "How many <b>lanterns</b> are lit?", 2),
    ("First Official", "official", "I hand over to my colleague.", 2),
    ("Second Official", "official", "Thank you. We lit 4,200 & more.\n\n多谢。", 2),
    ("Third Official", "official", "I add a word.", 2),
    ("Fourth Official", "official", "x" * 9_000, 2),
)

SPEECHES = (
    ("Moderator Person", "The floor is open for questions."),
    ("Lantern Daily", "How many harbour lanterns were lit in the city last year?"),
    ("Official Person", "Thank you for your question. The harbour office lit 4,200 lanterns last "
     "year. We will keep the lanterns in good order."),
)  # fmt: skip
LANTERNS = "How many lanterns did the harbour office light last year?"
SHIPS = "Which ships were sold to Brazil?"


def make_transcript(title: str = "Lanterns", url: str = "https://example.org/9") -> Transcript:
    text, turns = "", []
    for number, (speaker, role, words, exchange) in enumerate(PARTS, 1):
        text += f"{speaker}:\n"
        block = Range(len(text), len(text) + len(words))
        turns.append(Turn(number, speaker, role, 9, (block,), exchange, f"office {number}"))
        text += words + "\n\n"
    pages = (Page(9, "lanterns-p9.txt", url, 0, len(text)),)
    return Transcript(
        "lanterns", title, date(2024, 3, 3), "Example", url, text, pages, tuple(turns)
    )


def place_of(transcript: Transcript, quote: str, turn: int = 4) -> Place:
    start = transcript.text.index(quote)
    return Place("lanterns", turn, 9, start, start + len(quote), quote, "citation")


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@pytest.mark.parametrize("quote", [(0, 3), (3, 7), (2, 9), (0, 20), (9, 9), (15, 18)])
def test_marking_a_quote_neither_loses_nor_invents_a_character(quote: tuple[int, int]) -> None:
    text = "ab<c> & 河套\n“e”"
    markup = marked_html(text, [Range(*quote)], Range(2, len(text)))
    assert plain(markup) == text[2:]
    inside = re.findall("<mark>(.*?)</mark>", markup, re.DOTALL)
    assert plain("".join(inside)) == text[max(2, quote[0]) : max(2, quote[1])]


def test_a_quote_across_page_furniture_is_marked_in_both_blocks() -> None:
    text = "one two [photo] three four"
    blocks = (Range(0, 7), Range(16, len(text)))
    marked = [marked_html(text, [Range(4, 21)], block) for block in blocks]
    assert marked == ["one <mark>two</mark>", "<mark>three</mark> four"]


def test_the_source_shows_the_question_of_the_exchange_and_the_neighbours() -> None:
    transcript = make_transcript()
    numbers = [turn.number for turn in context_turns(transcript, transcript.turn(4))]
    assert numbers == [2, 3, 4, 5]
    assert [turn.number for turn in context_turns(transcript, transcript.turn(1))] == [1, 2]


def test_turns_that_are_left_out_are_counted() -> None:
    transcript = make_transcript()
    shown = transcript_html(transcript, transcript.turn(5), Range(0, 0))
    assert "… 1 turns between …" not in shown
    assert "… 1 turn between …" in shown
    assert "Lantern Daily" in shown


def test_a_reporters_turn_looks_different_from_an_officials() -> None:
    transcript = make_transcript()
    shown = transcript_html(transcript, transcript.turn(4), Range(0, 0))
    assert '<article class="hetao-turn hetao-turn-reporter"' in shown
    assert '<article class="hetao-cited hetao-turn hetao-turn-official"' in shown
    assert "Reporter · a question, not evidence" in shown


def test_the_cited_turn_is_whole_and_a_long_neighbour_is_cut() -> None:
    transcript = make_transcript()
    as_neighbour = transcript_html(transcript, transcript.turn(5), Range(0, 0))
    cited = transcript_html(transcript, transcript.turn(6), Range(0, 0))
    assert as_neighbour.count("x" * 4_000 + " …") == 1
    assert "x" * 9_000 in cited


def test_words_of_a_transcript_are_escaped() -> None:
    transcript = make_transcript('<img src=x onerror="x">', 'https://example.org/"x')
    place = place_of(transcript, "4,200")
    shown = transcript_html(transcript, transcript.turn(4), Range(place.start, place.end))
    shown += attribution_html(transcript, transcript.turn(4), place)
    assert "&lt;b&gt;lanterns&lt;/b&gt;" in shown
    assert "<img" not in shown
    assert 'org/"x' not in shown


def test_an_attribution_names_office_event_date_page_and_original() -> None:
    transcript = make_transcript()
    shown = attribution_html(transcript, transcript.turn(4), place_of(transcript, "4,200"))
    assert "Example · 3 March 2024 · page 9Open the original page" in plain(shown)
    assert "office 4" in shown
    assert "In answer to Lantern Daily: How many <b>lanterns</b> are lit?" in plain(shown)
    assert "✓ Verbatim" in shown


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    transcript = make_transcript(url="javascript:alert(1)")
    shown = attribution_html(transcript, transcript.turn(4), place_of(transcript, "4,200"))
    assert "javascript" not in shown
    assert "No web address is known" in shown


def test_another_place_is_told_by_event_publisher_date_page_and_site() -> None:
    transcript = make_transcript()
    shown = elsewhere_html(transcript, place_of(transcript, "4,200"))
    assert "Lanterns" in shown
    assert "Example · 3 March 2024 · page 9 · example.org" in plain(shown)
    assert '<a href="https://example.org/9"' in shown


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "https://[", 'https://a.org/"x'])
def test_another_place_with_a_hostile_name_or_address_is_shown_as_text(url: str) -> None:
    transcript = make_transcript("<b>:red[x]</b>", url)
    shown = elsewhere_html(transcript, place_of(transcript, "4,200"))
    assert "<b>" not in shown
    assert 'org/"x' not in shown
    assert ("<a " in shown) == url.startswith("https://a.org")
    assert plain(shown).removesuffix(" · a.org").endswith("page 9")


@pytest.fixture
def lanterns(
    real_copy: Settings,
    real_embedder: Embedder,
    tmp_path: Path,
    page: Any,
    open_app: Callable[[Path], AppTest],
) -> Callable[..., AppTest]:
    """Asks over a briefing that was held once a year in the same words."""

    def run(years: int, question: str = LANTERNS) -> AppTest:
        folder = tmp_path / "lanterns"
        for year in range(2025 - years, 2025):
            page(folder / f"lanterns-{year}.txt", *SPEECHES, day=f"March 1, {year}")
        ingest(read_corpus((folder,)), real_copy, real_embedder)
        app = open_app(real_copy.data_dir)
        return app.chat_input[0].set_value(question).run()

    return run


def page_html(app: AppTest) -> str:
    return "\n".join(element.body for element in app.html)


def copies_shown(app: AppTest) -> list[str]:
    """The days of the other places."""
    bodies = [element.body for element in app.html if "hetao-attribution" in element.body]
    found = [re.search(r"1 March (20\d\d)", body) for body in bodies[1:]]
    return [f"{day[1]}-03-01" for day in found if day]


def listed_days(found: Any) -> list[str]:
    return [str(copy.date) for copy in found.copies]


@pytest.mark.model
def test_a_copy_is_one_click_from_the_citation_and_the_cited_place_one_click_back(
    lanterns: Callable[..., AppTest], kept: Any
) -> None:
    app = lanterns(3)
    (cited,) = kept.answers(app)[0].citations
    app.button(key="cite-1-0-1").click().run()
    assert "The same words also stand in 2 other places:" in page_html(app)
    assert copies_shown(app) == listed_days(cited)
    assert len(cited.copies) == 2
    app.button(key="copy-1").click().run()
    assert app.query_params["at"] == at_of(places_of(cited)[2])
    assert "<mark>The harbour office lit 4,200 lanterns last year.</mark>" in page_html(app)
    assert copies_shown(app) == [str(cited.date), str(cited.copies[0].date)]
    app.button(key="copy-0").click().run()
    assert app.query_params["at"] == at_of(places_of(cited)[0])
    assert not app.exception


@pytest.mark.model
def test_an_opened_copy_keeps_the_translation_and_dates_the_note_anew(
    lanterns: Callable[..., AppTest], kept: Any
) -> None:
    app = lanterns(2)
    (answer,) = kept.answers(app)
    (citation,) = answer.citations
    translated = replace(citation, translation="港务局点亮了四千二百盏灯")
    kept.change(app, replace(answer, citations=(translated,)))
    app.button(key="cite-1-0-1").click().run()
    assert f"“last year”: {citation.date.year - 1}" in page_html(app)
    app.button(key="copy-0").click().run()
    assert f"“last year”: {citation.copies[0].date.year - 1}" in page_html(app)
    assert "港务局点亮了四千二百盏灯" in page_html(app)


@pytest.mark.model
@pytest.mark.parametrize(("years", "folded"), [(4, False), (5, True)])
def test_more_than_three_copies_are_folded_away(
    lanterns: Callable[..., AppTest], years: int, folded: bool
) -> None:
    app = lanterns(years).button(key="cite-1-0-1").click().run()
    labels = [box.label for box in app.expander if "same words" in box.label]
    assert labels == (["The same words also stand in 4 other places"] if folded else [])
    assert len(copies_shown(app)) == years - 1


@pytest.mark.model
def test_what_stands_in_one_place_names_no_other(lanterns: Callable[..., AppTest]) -> None:
    app = lanterns(1).button(key="cite-1-0-1").click().run()
    assert "<mark>" in page_html(app)
    assert "same words" not in page_html(app)


@pytest.mark.model
def test_a_copy_that_has_left_the_corpus_is_not_listed(
    lanterns: Callable[..., AppTest], kept: Any
) -> None:
    app = lanterns(3)
    (answer,) = kept.answers(app)
    (citation,) = answer.citations
    gone = replace(citation.copies[0], transcript_id="gone")
    cited = replace(citation, copies=(gone, citation.copies[1]))
    kept.change(app, replace(answer, citations=(cited,)))
    app.button(key="cite-1-0-1").click().run()
    assert copies_shown(app) == [str(citation.copies[1].date)]


@pytest.mark.model
def test_the_copies_of_a_nearest_passage_are_listed_too(
    lanterns: Callable[..., AppTest], kept: Any
) -> None:
    app = lanterns(3, SHIPS)
    nearest = kept.answers(app)[0].nearest[0]
    app.button(key="nearest-1-0").click().run()
    assert copies_shown(app) == listed_days(nearest)
    assert len(nearest.copies) == 2
    app.button(key="copy-0").click().run()
    assert "Nearest passage, not an answer" in page_html(app)
    assert app.query_params["at"] == at_of(places_of(nearest)[1])
