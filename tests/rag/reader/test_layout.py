from __future__ import annotations

from rag.reader.layout import (
    END,
    MOST_ABOUT,
    MOST_ASKED,
    MOST_BEFORE,
    MOST_READ,
    START,
    WINDOW,
    describe,
    lay,
)


def test_the_parts_lie_in_order_and_each_sentence_ends_with_its_mark() -> None:
    laid = lay([11], [12], [13], [[21, 22], [31]])
    assert laid.pieces == (START, 11, END, 12, END, 13, END, 21, 22, END, 31, END)
    assert [laid.pieces[a:b] for a, b in laid.spans] == [(21, 22, END), (31, END)]


def test_without_what_was_said_before_no_place_is_left_for_it() -> None:
    assert lay([11], [12], [], [[21]]).pieces == (START, 11, END, 12, END, 21, END)


def test_long_parts_are_cut_and_of_what_was_said_before_the_end_is_kept() -> None:
    laid = lay([11] * 500, [12] * 500, [*range(100, 600)], [[21]])
    assert laid.pieces.count(11) == MOST_ASKED
    assert laid.pieces.count(12) == MOST_ABOUT
    assert laid.pieces[-3 - MOST_BEFORE : -3] == tuple(range(600 - MOST_BEFORE, 600))
    assert laid.pieces[-2:] == (21, END)


def test_no_sequence_is_longer_than_the_window_and_what_does_not_fit_has_an_empty_span() -> None:
    laid = lay([11] * 500, [12] * 500, [13] * 500, [[21] * 300, [22] * 300, [23] * 300])
    assert len(laid.pieces) <= WINDOW
    (first, second, third) = laid.spans
    assert first[1] - first[0] == 301
    assert second[1] - second[0] < 301
    assert third[0] == third[1] == len(laid.pieces)
    assert len(lay([11], [], [], [[21] * 900]).pieces) <= 4 + MOST_READ


def test_who_speaks_where_and_when_stands_in_one_line() -> None:
    assert describe("Chen Tao", "official", "Briefing", "2024-03-01") == (
        "passage: Chen Tao (official), Briefing, 2024-03-01"
    )
    assert describe("", "narrator", "", "") == "passage: narrator"
