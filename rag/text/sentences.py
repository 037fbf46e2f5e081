"""Where sentences begin and end, in English, in Chinese, and in text that mixes the two.

Nothing is copied or cleaned: the result is offsets, so that a quote stays verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.text.data_file import data_table
from rag.text.language import CHINESE_RUN, STOP_WORDS
from rag.types import Range

_CLOSERS = "\"'”’」』）)】》〉]"
_STOP = re.compile(rf"[.!?…。！？]+[{re.escape(_CLOSERS)}]*")
_BREAK = " " * 8
_WORDS = re.compile(r"\S")
_WORD_BEFORE = re.compile(r"[\w.&]{1,20}$")
HONORIFIC = re.compile(r"(?:Mrs?|Ms|Dr|Prof(?:essor)?|Amb(?:assador)?)\.?\s(?=\S\S)", re.IGNORECASE)

_ABBREVIATIONS = {
    kind: frozenset(words.split())
    for kind, words in data_table("rag.text", "abbreviations.toml").items()
}


def split_sentences(text: str, start: int, end: int) -> tuple[Range, ...]:
    """The sentences of ``text[start:end]`` as trimmed offsets into ``text``, in order.

    Every non-space character lies in exactly one range. A blank line always ends a sentence.
    A single line break ends one too, because a line of these pages is a paragraph, unless
    the text is hard-wrapped there: see :func:`_is_wrapped`. Stops are ``. ! ? … 。 ！ ？``
    with the closing quotes and brackets that follow; ``；`` is none.
    """
    found: list[Range] = []
    for run_start, run_end in _paragraphs(text, start, end):
        first = len(found)
        for sentence in _split_paragraph(text, run_start, run_end):
            bare = not any(map(str.isalnum, text[sentence.start : sentence.end]))
            if bare and len(found) > first:  # a stray quotation mark belongs to what it closes
                found[-1] = Range(found[-1].start, sentence.end)
            else:
                found.append(sentence)
    return tuple(found)


def trim(text: str, start: int, end: int) -> Range:
    """``text[start:end]`` without its outer white space; empty when there is nothing else."""
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return Range(start, max(start, start + len(inner.strip())))


def _paragraphs(text: str, start: int, end: int) -> Iterator[Range]:
    """Runs of lines that belong together: single lines, or hard-wrapped ones."""
    block: list[Range] = []
    position = start
    for line in text[start:end].split("\n"):
        trimmed = trim(text, position, position + len(line))
        position += len(line) + 1
        if trimmed.start < trimmed.end:
            block.append(trimmed)
        elif block:
            yield from _join_wrapped(text, block)
            block = []
    yield from _join_wrapped(text, block)


def _join_wrapped(text: str, lines: list[Range]) -> Iterator[Range]:
    width = max((_width(text, line) for line in lines), default=0)
    opened = 0
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else None
        if following is None or not _is_wrapped(text, line, following, width):
            yield Range(lines[opened].start, line.end)
            opened = number + 1


def _width(text: str, line: Range) -> int:
    """The width of a line as printed: where a page break within a sentence was blanked, of what
    stands behind it."""
    blank = text.rfind(_BREAK, line.start, line.end)
    return line.end - (line.start if blank < 0 else blank + len(_BREAK))


def _is_wrapped(text: str, line: Range, following: Range, width: int) -> bool:
    """Whether a break is only where an editor ran out of line.

    It is one when the sentence is open and the next line goes on in lower case, or when the
    next word would not have fitted into the widest line of the paragraph (at most 120
    characters: longer lines are paragraphs of a web page).
    """
    if text[line.end - 1] in ".!?…。！？:：;；" + _CLOSERS:
        return False
    if text[following.start].islower():
        return True
    opening = text[following.start : min(following.end, following.start + width + 1)]
    if HONORIFIC.match(opening):
        return False
    han = CHINESE_RUN.match(opening) is not None
    word = 1 if han else len(opening.split(maxsplit=1)[0]) + 1
    return (20 if han else 50) <= width <= 120 and _width(text, line) + word > width


def _split_paragraph(text: str, start: int, end: int) -> Iterator[Range]:
    opened = start
    for stop in _STOP.finditer(text, start, end):
        if stop.start() >= opened and _ends_sentence(text, stop, opened, end):
            yield Range(opened, stop.end())
            following = _WORDS.search(text, stop.end(), end)
            opened = following.start() if following else end
    if opened < end:
        yield Range(opened, end)


def _ends_sentence(text: str, stop: re.Match[str], opened: int, end: int) -> bool:
    marks = stop.group().rstrip(_CLOSERS)
    following = text[stop.end()] if stop.end() < end else "\n"
    if any(mark in "。！？" for mark in marks):
        return following not in "，、；：,;:的"
    if not following.isspace():
        return marks[-1] in "!?" and CHINESE_RUN.match(following) is not None
    after = text[stop.end() : min(end, stop.end() + 40)].split(maxsplit=1)
    word = after[0] if after else ""
    if not word:
        return True
    lower = word.lstrip("\"'“‘(（「")[:1].islower()
    if marks.startswith(("..", "…")):
        return not lower
    if stop.start() > opened and text[stop.start() - 1].isspace():
        return True  # "the world . Considering": no abbreviation has a space before its stop
    return not lower and (marks != "." or not _is_abbreviation(text, stop.start(), opened, word))


def _is_abbreviation(text: str, dot: int, opened: int, next_word: str) -> bool:
    before = _WORD_BEFORE.search(text, max(opened, dot - 20), dot)
    if before is None:
        return False
    token = before.group().lower()
    next_word = next_word.strip("\"'“”‘’(),;:.")
    opens = next_word in ("I", "A") or (len(next_word) > 1 and next_word.lower() in STOP_WORDS)
    if token in _ABBREVIATIONS["never_last"]:
        return True
    if token in _ABBREVIATIONS["before_number"]:
        return next_word[:1].isdigit()
    if token.isdigit() and before.start() == opened:
        return True  # "1. Policy": the number of a list
    single_letters = len(token) == 1 and token.isalpha()
    dotted = "." in token and all(len(part) <= 2 for part in token.split("."))
    return (single_letters or dotted or token in _ABBREVIATIONS["often_inside"]) and not opens
