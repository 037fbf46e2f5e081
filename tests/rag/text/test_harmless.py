from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.text.harmless import json_text, markdown, one_line, web_address

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@given(st.text(alphabet=st.characters() | st.sampled_from("\\`*_[]()<>#+-.!|~&:;=^{}@$\"'1x \n\t")))
@example("](javascript:alert(1))")
@example("<script>alert(1)</script> <http://x.example> &lt; &#60;")
@example("[^1]: taken over")
@example("# no heading")
@example("1. no list\n2) at all")
@example("+ none\n\n    here")
@example("a\n===")
@example("a | b\n--|--\n1 | 2")
@example("![x](http://x.example/pixel.png)")
def test_markdown_reads_as_the_text_and_nothing_else(text: str) -> None:
    tokens = READER.parse(markdown(text))
    if not one_line(text):
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    inner = tokens[1].children or []
    assert {token.type for token in inner} == {"text"}
    assert "".join(token.content for token in inner) == one_line(text)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("http://x.example", "http\\://x.example"),
        ("see WWW.x.example", "see WWW\\.x.example"),
        ("a@x.example", "a\\@x.example"),
        ("$5 and $6", "\\$5 and \\$6"),
    ],
)
def test_what_dialects_of_markdown_read_without_brackets_is_escaped_too(
    text: str, escaped: str
) -> None:
    assert markdown(text) == escaped


def test_what_steers_a_page_or_breaks_a_file_is_left_out_and_chinese_stays() -> None:
    hostile = "河\x00套\x0b\x1b[31m \u202eabc\u2069 \ud800\ufffe\U000e0041 園區\u3000香港\x85end"
    assert one_line(hostile) == "河套 [31m abc 園區 香港 end"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://x.example/a?b=c#d", "https://x.example/a?b=c#d"),
        ("https://x.example/%E6%B2%B3", "https://x.example/%E6%B2%B3"),
        ("https://x.example/河 套>", "https://x.example/%E6%B2%B3%20%E5%A5%97%3E"),
        ("https://x.example/\u202ea\nb", "https://x.example/a%0Ab"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("http://", ""),
        ("https://[x", ""),
        ("corpus/a.txt", ""),
        ("", ""),
    ],
)
def test_only_an_address_in_the_web_is_one(url: str, address: str) -> None:
    assert web_address(url) == address


def test_json_keeps_every_character_and_shows_no_invisible_one() -> None:
    document = {"words": "河套\u202e\x9b\ud800\U000e0041\n\ttext"}
    text = json_text(document)
    assert json.loads(text) == document
    assert "河套" in text
    assert all(c.isprintable() or c == "\n" for c in text)
    text.encode()
