from __future__ import annotations

import pytest

from rag.answering.model_text import Written, plain, sentences


def texts(text: str, size: int = 1) -> list[str]:
    """The sentences of a text that comes ``size`` characters at a time."""
    pieces = (text[i : i + size] for i in range(0, len(text), size))
    return [sentence.text for sentence in sentences(pieces)]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Mr. Lee spoke. It cost 3.5 billion yuan.",
            ["Mr. Lee spoke.", "It cost 3.5 billion yuan."],
        ),
        ("香港有五所大学。深圳园区在北边！", ["香港有五所大学。", "深圳园区在北边！"]),
        (
            "It is based in the U.S. Innovation fund act. It is old.",
            ["It is based in the U.S. Innovation fund act.", "It is old."],
        ),
        ("It is in the U.S. In May it opens.", ["It is in the U.S.", "In May it opens."]),
        ("No stop at the end", ["No stop at the end"]),
        ("**Five** _universities_ [1].", ["Five universities."]),
        ("It is five. [1][2] It is six【3】。", ["It is five.", "It is six。"]),
        ("They are:\n- AI\n- fintech\n- chips\n", ["They are: AI; fintech; chips"]),
        ("1. One is big.\n2. Two is small.", ["One is big.", "Two is small."]),
        ("## Answer\n\n> Five.", ["Answer", "Five."]),
        ("<think>Perhaps six. No.</think>Five.", ["Five."]),
        ("<think>Perhaps six. I never stop", []),
        ("A ![x](http://evil.example/?q=1) b.", ["A b."]),
        ("See [the site](https://evil.example) now.", ["See the site now."]),
        ("Go to https://evil.example/a?b=c today.", ["Go to today."]),
        ("Go to javascript:alert(1) today.", ["Go to today."]),
        ("A <img src=x onerror=alert(1)> b.", ["A b."]),
        ("A <script src=//evil.example", ["A"]),
        ("Five\u200b\u202e\x1b[31m of them.", ["Five[31m of them."]),
        ("3 < 5 and 6 > 4.", ["3 < 5 and 6 > 4."]),
        ("", []),
        ("\n\n  \n", []),
    ],
)
def test_a_text_becomes_plain_sentences_however_it_is_cut_into_pieces(
    text: str, expected: list[str], size: int
) -> None:
    assert [sentence for sentence in texts(text, size) if sentence] == expected


def test_a_sentence_comes_as_soon_as_the_next_has_begun() -> None:
    taken: list[str] = []

    def pieces() -> list[str]:
        for piece in ("One is big", ". ", "Tw", "o is small."):
            taken.append(piece)
            yield piece  # type: ignore[misc]

    first = next(sentences(pieces()))
    assert (first.text, taken) == ("One is big.", ["One is big", ". ", "Tw"])


def test_the_models_own_markers_become_hints() -> None:
    given = list(sentences(["It is five [2, 3]. It is six. [4]"]))
    assert given == [Written("It is five.", (2, 3)), Written("It is six.", (4,))]


@pytest.mark.parametrize(
    "text",
    [
        "The transcripts do not say.",
        "文字实录没有提到。",
        "文字實錄沒有提到。",
        "The passages do not state the answer.",
        "This is not mentioned in the transcripts.",
        "The provided text doesn't say who paid.",
        "段落中没有提到这一点。",
        "原文並未說明預算。",
    ],
)
def test_a_sentence_that_says_it_is_not_there_is_known(text: str) -> None:
    assert Written(text).says_not


@pytest.mark.parametrize(
    "text",
    [
        "The park will not open in May.",
        "In this context, Hong Kong must not be idle.",
        "香港没有提高税率。",
        "Mr. Lee did not mention the budget.",
    ],
)
def test_a_negative_statement_is_a_statement(text: str) -> None:
    assert not Written(text).says_not


@pytest.mark.parametrize(
    ("text", "has_link"),
    [
        ("See [the report](https://evil.example/login).", True),
        ("See www.evil.example today.", True),
        ("It is five ![x][1].", True),
        ("Add ！［ｘ］（ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ） to it.", True),
        ("It is five [1][2].", False),
        ("It is 5/10 <b>today</b>: five.", False),
    ],
)
def test_a_sentence_that_leads_away_is_known(text: str, has_link: bool) -> None:
    assert any(sentence.has_link for sentence in sentences([text])) is has_link


def test_a_huge_text_takes_no_huge_time() -> None:
    assert len(texts("[" * 5000 + "It is five. " * 400, 200)) >= 400
    numbers = f"[{', '.join(map(str, range(1, 60)))} and others]"
    assert plain(f"It is five {numbers}.") == f"It is five {numbers}."
    assert plain(f"It is five [{'1 ' * 5000}.").startswith("It is five [1 1")


def test_nothing_active_is_left_in_plain_text() -> None:
    assert plain("![a](b) [c](d) <b>e</b> http://f `g` | h |") == "c e g h"
