from __future__ import annotations

from dataclasses import replace
from datetime import date

from rag.conversations.kept import Place, found_again, place_now
from rag.types import Page, Range, Transcript, Turn

TEXT = "A: Lanterns are lit. Lanterns are lit.\nB: They will be lit again.\n"
TRANSCRIPT = Transcript(
    "lanterns", "Briefing", date(2024, 3, 3), "", "", TEXT, (Page(4, "a.txt", "", 0, len(TEXT)),),
    (
        Turn(1, "A", "official", 4, (Range(3, 38),)),
        Turn(2, "B", "official", 4, (Range(42, 65),)),
    ),
)  # fmt: skip


def place(quote: str, start: int) -> Place:
    return Place("lanterns", 1, 1, start, start + len(quote), quote, "citation")


def test_words_that_stand_where_they_stood_are_found_there() -> None:
    there = place("Lanterns are lit.", 21)
    assert place_now(TRANSCRIPT, there) == replace(there, page=4)


def test_words_that_moved_are_found_where_they_are_now_the_nearest_place_first() -> None:
    moved = place_now(TRANSCRIPT, place("Lanterns are lit.", 30))
    assert moved == replace(place("Lanterns are lit.", 21), page=4)
    other_turn = place_now(TRANSCRIPT, place("They will be lit again.", 3))
    assert other_turn is not None
    assert (other_turn.turn, TEXT[other_turn.start : other_turn.end]) == (2, other_turn.quote)


def test_words_that_are_gone_or_stand_in_no_turn_have_no_place() -> None:
    assert place_now(TRANSCRIPT, place("Lanterns are dark.", 3)) is None
    assert place_now(TRANSCRIPT, place("B: They", 40)) is None
    assert place_now(TRANSCRIPT, place("", 3)) is None


def test_a_transcript_whose_file_was_renamed_is_known_by_its_words() -> None:
    there = place("Lanterns are lit.", 21)
    renamed = replace(TRANSCRIPT, id="lamps")
    assert found_again({"lamps": renamed}, there) == replace(there, transcript_id="lamps", page=4)
    # Words that were corrected are not looked for with others, who may say the same.
    corrected = replace(TRANSCRIPT, text=TEXT.replace("lit", "dim"))
    assert found_again({"lanterns": corrected, "lamps": renamed}, there) is None
    assert found_again({}, there) is None
