from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date

import pytest

from rag.errors import QuestionError
from rag.types import Page, Range, Role, Transcript, Turn
from ui.source import attribution_html, context_turns, marked_html, quoted_turn, transcript_html
from ui.state import Place

PARTS: tuple[tuple[str, Role, str, int | None], ...] = (
    ("Moderator Person", "moderator", "The floor is open.", None),
    ("Lantern Daily", "reporter", "How many <b>lanterns</b> are lit?", 2),
    ("First Official", "official", "I hand over to my colleague.", 2),
    ("Second Official", "official", "Thank you. We lit 4,200 & more.\n\n多谢。", 2),
    ("Third Official", "official", "I add a word.", 2),
    ("Fourth Official", "official", "x" * 9_000, 2),
)


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
    markup = marked_html(text, Range(2, len(text)), Range(*quote))
    assert plain(markup) == text[2:]
    inside = re.findall("<mark>(.*?)</mark>", markup, re.DOTALL)
    assert plain("".join(inside)) == text[max(2, quote[0]) : max(2, quote[1])]


def test_a_quote_across_page_furniture_is_marked_in_both_blocks() -> None:
    text = "one two [photo] three four"
    blocks = (Range(0, 7), Range(16, len(text)))
    marked = [marked_html(text, block, Range(4, 21)) for block in blocks]
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
    assert '<article class="hetao-turn hetao-turn-reporter">' in shown
    assert '<article class="hetao-turn hetao-turn-official hetao-cited">' in shown
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
    assert "Example · 2024-03-03 · page 9 · Open the original page" in plain(shown)
    assert "office 4" in shown
    assert "In answer to Lantern Daily: How many <b>lanterns</b> are lit?" in plain(shown)
    assert "✓ Verbatim" in shown


def test_an_address_that_is_no_web_page_is_no_link() -> None:
    transcript = make_transcript(url="javascript:alert(1)")
    shown = attribution_html(transcript, transcript.turn(4), place_of(transcript, "4,200"))
    assert "<a " not in shown
    assert "No web address is known" in shown


@pytest.mark.parametrize(
    ("shift", "turn"), [(1, 4), (0, 3), (0, 7)], ids=["other words", "other turn", "no turn"]
)
def test_a_quote_that_no_longer_stands_in_its_place_is_refused(shift: int, turn: int) -> None:
    transcript = make_transcript()
    place = place_of(transcript, "4,200", turn)
    moved = replace(place, start=place.start + shift, end=place.end + shift)
    with pytest.raises(QuestionError, match="Please ask again"):
        quoted_turn(transcript, moved)


def test_a_quote_that_stands_in_its_place_is_found_in_its_turn() -> None:
    transcript = make_transcript()
    assert quoted_turn(transcript, place_of(transcript, "4,200")).speaker == "Second Official"
