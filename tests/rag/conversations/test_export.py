from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.conversations.export import (
    answer_markdown,
    answer_text,
    conversation_json,
    conversation_markdown,
    file_name,
)
from rag.conversations.kept import Conversation, Round
from rag.types import Filters, Language

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARK = re.compile(r"(?<!\\)\[\^(\d+)\]")


def inner(markdown: str) -> list[Token]:
    """What stands inside the paragraphs, flat."""
    return [child for token in READER.parse(markdown) for child in token.children or ()]


def headings(markdown: str) -> list[str]:
    tokens = READER.parse(markdown)
    return [
        "".join(child.content for child in tokens[place + 1].children or ())
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def test_an_answer_as_text_names_who_said_what_where_and_each_source(quoted: Round) -> None:
    assert answer_text(quoted) == (
        """\
Question: How many?

Chan Kwok-ki, Harbour briefing, 3 March 2024

  “Five of them are here.” [1]

  “And more will come.” [2]

A speaker whose name the page does not give, Park briefing

  “三所。” [3]

Sources

[1] Chan Kwok-ki (official), Harbour briefing, 3 March 2024, page 10
    https://x.example/1
    Characters 20-42 of harbour-1: “Five of them are here.”

[2] Chan Kwok-ki (official), Harbour briefing, 3 March 2024, page 10
    https://x.example/1
    Characters 60-79 of harbour-1: “And more will come.”

[3] A speaker whose name the page does not give (official), Park briefing, date not given, page 10
    Characters 7-10 of park-2: “三所。”
    The same words also stand in: Mobile, 4 March 2024, page 1, https://m.example/
"""
    )


def test_an_answer_as_markdown_shows_the_quotes_with_their_marks(quoted: Round) -> None:
    text = answer_markdown(quoted)
    assert "**Chan Kwok-ki**, Harbour briefing, 3 March 2024\n\n> “Five" in text
    assert "> “And more will come.” [2]" in text
    assert "[2] **Chan Kwok-ki (official)**, Harbour briefing, 3 March 2024, page 10 <https" in text
    links = [token.attrGet("href") for token in inner(text) if token.type == "link_open"]
    assert links == ["https://x.example/1", "https://x.example/1"]


@pytest.mark.parametrize("write", [answer_text, answer_markdown])
def test_a_refusal_says_so_why_and_what_came_nearest_without_being_an_answer(
    write: object, refused: Round
) -> None:
    assert callable(write)
    text = write(refused)
    told = [
        "The transcripts do not say.", "Nowhere do the transcripts mention “Brazil”.",
        "Nearest passages (not an answer)", "Lee (reporter)", "Harbour briefing",
        "Characters 40-52 of harbour-1", "“Words. Words.”",
    ]  # fmt: skip
    places = [text.index(words) for words in told]
    assert places == sorted(places)
    assert "Sources" not in text


def test_a_round_without_an_answer_gives_its_error_or_says_that_there_is_none(
    failed: Round,
) -> None:
    assert answer_text(failed) == "Question: And then?\n\nThe index is gone. Run `hetao ingest`.\n"
    assert "This was not answered." in answer_text(replace(failed, error=""))


def test_an_uncertain_answer_says_so_before_it_and_a_half_supported_claim_after_it(
    uncertain: Round,
) -> None:
    text = answer_text(uncertain)
    assert text.index("It is uncertain whether this answers.") < text.index("五加六")
    assert "五加六 is eleven. (Partly supported by its source) [1] [2]" in text
    assert "Time: 2023" in text


def test_what_narrows_or_explains_an_answer_is_told(quoted: Round) -> None:
    assert quoted.answer is not None
    given = replace(
        quoted.answer, standalone_question="How many harbours?", notice="They differ.",
        generator="some-model",
    )  # fmt: skip
    filters = Filters(("Chan", ""), ("official",), ("harbour-1",), date(2024, 1, 1), None)
    text = answer_text(replace(quoted, answer=given, filters=filters))
    assert (
        "Only from: Chan, A speaker whose name the page does not give, official, harbour-1, "
        "from 1 January 2024 on"
    ) in text
    assert "Read as: How many harbours?" in text
    spaced = replace(given, question=" How  many\nharbours? \n")
    assert "Read as" not in answer_text(replace(quoted, answer=spaced))
    assert "They differ." in text
    assert "Written by some-model" in text
    assert "Written by" not in answer_text(quoted)


def test_a_conversation_numbers_its_sources_in_the_order_of_the_text_each_place_once(
    conversation: Conversation, rounds: tuple[Round, ...]
) -> None:
    text = conversation_markdown(conversation, rounds)
    body, notes = text[: text.index("\n[^1]: ")], text[text.index("\n[^1]: ") :]
    # The first place is cited again in the fourth round, beside a new one.
    assert MARK.findall(body) == ["1", "2", "3", "1", "4", "5"]
    assert re.findall(r"^\[\^(\d+)\]: ", notes, re.MULTILINE) == ["1", "2", "3", "4", "5"]
    first = next(line for line in notes.splitlines() if line.startswith("[^1]"))
    # The note that only the later answer has of the same place is not lost.
    assert first.endswith("Characters 20-42 of harbour-1: “Five of them are here.” (Time: 2023)")


def test_a_conversation_has_a_title_and_a_heading_for_each_question(
    conversation: Conversation, rounds: tuple[Round, ...]
) -> None:
    found = headings(conversation_markdown(conversation, rounds[:4]))
    assert found == [
        "How many? 河套有多少？",
        "Question 1: How many?",
        "Question 2: How many in Brazil?",
        "Question 3: And then?",
        "Question 4: 香港有多少所大學？",
    ]


def test_hostile_words_stay_words_in_markdown(conversation: Conversation, hostile: Round) -> None:
    named = replace(conversation, title=hostile.question)
    for text in (conversation_markdown(named, [hostile]), answer_markdown(hostile)):
        kinds = {token.type for token in (*READER.parse(text), *inner(text))}
        assert not kinds & {
            "html_inline", "html_block", "link_open", "image", "code_inline", "fence",
            "code_block", "table_open", "bullet_list_open", "ordered_list_open",
        }  # fmt: skip
        assert "\u202e" not in text
        assert "\x1b" not in text
        text.encode()
        shown = "".join(token.content for token in inner(text))
        assert "](javascript:alert(1)) <script>alert(2)</script> [^1]: taken over" in shown
    assert len(headings(conversation_markdown(named, [hostile]))) == 2
    assert MARK.findall(conversation_markdown(named, [hostile])) == ["1", "1"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "zh-Hans",
            ("问题 1：", "（官员）", "第 10 页", "2024年3月3日", "最接近的段落（不是回答）"),
        ),
        ("zh-Hant", ("問題 1：", "（官員）", "第 10 頁", "「三所。」", "不確定這是否回答了問題")),
    ],
)
def test_the_words_around_are_in_the_language_of_the_interface(
    conversation: Conversation, rounds: tuple[Round, ...], language: Language, told: tuple[str, ...]
) -> None:
    text = conversation_markdown(conversation, rounds[:4], language)
    assert [words for words in told if words not in text] == []
    frame = ("Question", "Only from", "page 1", "official", "not an answer", "Characters", "said:")
    assert [words for words in frame if words in text] == []


def test_json_has_all_of_it_under_its_schema(
    conversation: Conversation, rounds: tuple[Round, ...]
) -> None:
    narrowed = replace(rounds[0], filters=Filters(since=date(2024, 1, 1)))
    document = json.loads(conversation_json(conversation, (narrowed, *rounds[1:])))
    assert list(document)[:2] == ["schema", "version"]
    assert (document["schema"], document["version"]) == ("hetao-conversation", 1)
    assert document["changed"] == "2024-03-04T12:30:00+00:00"
    first, refused, failed, _, hostile = document["rounds"]
    assert first["filters"]["since"] == "2024-01-01"
    cited = first["answer"]["citations"][0]
    assert (cited["start"], cited["end"], cited["quote"]) == (20, 42, "Five of them are here.")
    assert refused["answer"]["status"] == "not_in_corpus"
    assert refused["answer"]["nearest"][0]["text"] == "Words.\nWords."
    assert (failed["answer"], failed["error"]) == (None, rounds[2].error)
    # Letter for letter, whatever is in it.
    assert hostile["answer"]["citations"][0]["quote"] == rounds[4].question


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("How many? 河套有多少？", "2024-03-04-How-many-河套有多少.md"),
        ("../../etc/passwd\x00\u202e", "2024-03-04-etc-passwd.md"),
        ("  … ", "2024-03-04-conversation.md"),
        ("𠀀" * 90, f"2024-03-04-{'𠀀' * 50}.md"),
    ],
)
def test_a_file_is_named_by_date_and_title_and_harmless(
    conversation: Conversation, title: str, name: str
) -> None:
    found = file_name(replace(conversation, title=title), "md")
    assert found == name
    assert len(found.encode()) < 255


def test_what_the_assistant_says_of_itself_is_told_in_its_words_without_sources(
    quoted: Round,
) -> None:
    assert quoted.answer is not None
    said = replace(quoted.answer, text="This is Hetao.", claims=(), citations=(), generator="about")
    text = answer_text(replace(quoted, answer=said))
    assert "This is Hetao." in text
    assert "[1]" not in text
    assert "about" not in text
