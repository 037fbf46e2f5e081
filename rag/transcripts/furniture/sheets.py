"""What the sheets of a printed page put between the words: running heads, page numbers,
footnotes, line numbers. Found by how a page repeats itself, counting digits as equal.

A sentence that such furniture interrupts is made whole again: the furniture is blanked, each
character by a space, so that every offset stays that of the file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from rag.transcripts.furniture.web import PAGE_BREAK, Line, is_furniture

_LONGEST_HEAD = 120  # characters
_CLOSED = tuple(".!?…。！？:：;；\"'”’」』）)】》〉]-")
_COUNTER = re.compile(r"[(（\[-]?\s?(?:\d{1,4}|[ivxl]{1,6})\s?[)）\]-]?")
_PAGE_OF = re.compile(
    r"(?:.{0,100}\W)?page\s\d{1,4}\s(?:of|/)\s\d{1,4}(?:\W.{0,100})?|"
    r"(?:.{0,100}\W)?第\s?\d{1,4}\s?[页頁](?:\W{1,3}共\s?\d{1,4}\s?[页頁])?",
    re.IGNORECASE,
)
_LINE_NUMBER = re.compile(r"[ \t]{0,4}(\d{1,3})(?=[ \t]|$)")
_CLOCK = re.compile(r"\d:\d\d|\d\s?[時时]\s?\d{1,2}\s?分")
_ENDED = re.compile(  # （12時30分）, The meeting rose at 4.10 p.m.
    r"[(（]\d{1,2}\s?[時时]\s?\d{1,2}\s?分[)）]$|\b(?:rose|adjourned|concluded)\b.{0,20}\d"
)
_TIME_ONLY = re.compile(r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?\s?(?:[ap]\.?m\.?)?", re.IGNORECASE)
_MARK = r"([\u00b9\u00b2\u00b3\u2070-\u2079]{1,3}|[†‡]|\*{1,3}|\[\d{1,3}\])"
_NOTE_MARK = re.compile(_MARK + r"\s?(?=[^\W_])")
_MARK_BEHIND = re.compile(r"(?<=[^\s*])" + _MARK)
_ENTRY = re.compile(r"[^\W\d_][^:：]{0,30}[:：]\s?\d")  # "Duration: 38 minutes"
_ASIDE = re.compile(r"[(（\[【][^()（）\[\]【】]{1,200}[)）\]】]")
_FEWEST_NUMBERED = 8  # lines with numbers of their own: a list of seven points is none
_LONGEST_ASIDE = 80  # characters
_LONGEST_CLOSING = 60
_LONGEST_NOTE = 6  # lines of a footnote


def blank_line_numbers(text: str) -> str:
    """A page without the numbers before its lines, where most lines have one; same length."""
    lines = text.split("\n")
    found = [_LINE_NUMBER.match(line) for line in lines]
    written = sum(1 for line in lines if line.strip())
    counted, last = 0, 0
    for match in filter(None, found):
        number = int(match[1])
        counted += number in (1, last + 1)
        last = number
    if counted < _FEWEST_NUMBERED or counted < 0.6 * written:
        return text
    return "\n".join(
        " " * match.end() + line[match.end() :] if match else line
        for line, match in zip(lines, found, strict=True)
    )


def find_heads(lines: Sequence[Line]) -> set[int]:
    """The lines, by index, that stand around the words on every sheet of a page."""
    written = [index for index, line in enumerate(lines) if line.text]
    repeated: dict[str, list[int]] = defaultdict(list)
    for index in written:
        shown = lines[index].text
        tagged = shown[:1].islower() or PAGE_BREAK in shown
        if len(shown) <= _LONGEST_HEAD and not tagged:
            repeated[re.sub(r"\d+", "0", lines[index].text)].append(index)
    counters = {
        place
        for places in repeated.values()
        for place in places
        if _COUNTER.fullmatch(lines[places[0]].text) or _PAGE_OF.fullmatch(lines[places[0]].text)
    }
    around = _Around(lines, [index for index in written if index not in counters])
    heads: set[int] = set()
    for places in repeated.values():
        shown = lines[places[0]].text
        if _PAGE_OF.fullmatch(shown):
            heads.update(places)
        elif places[0] in counters:
            heads.update(p for p in places if len(places) > 1 or around.is_open(p))
    beside = {index for pair in pairwise(written) if heads & set(pair) for index in pair}
    for places in repeated.values():
        shown = lines[places[0]].text
        if places[0] in counters or shown.endswith(tuple(".!?。！？:：")) or _CLOCK.search(shown):
            continue
        near = 2 * sum(place in beside for place in places) >= len(places)
        if len(places) > 1 and (near or any(map(around.is_within, places))):
            heads.update(places)
    heads |= {i for i in written if _TIME_ONLY.fullmatch(lines[i].text)}
    return heads | _footnotes(lines, heads)


class _Around:
    """The words before and behind a line, page numbers passed over."""

    def __init__(self, lines: Sequence[Line], written: Sequence[int]) -> None:
        self._lines, self._written = lines, written

    def is_open(self, index: int) -> bool:
        """Whether a line stands between two others and the one before ends within a sentence."""
        place = bisect_left(self._written, index)
        return 0 < place < len(self._written) and is_open(
            self._lines[self._written[place - 1]].text
        )

    def is_within(self, index: int) -> bool:
        """Whether a sentence goes on behind a line that was open before it."""
        place = bisect_right(self._written, index)
        return (
            self.is_open(index)
            and place < len(self._written)
            and _begins_within(self._lines[self._written[place]].text)
        )


def is_open(shown: str) -> bool:
    """Whether a line ends within a sentence."""
    return not shown.removesuffix(PAGE_BREAK).endswith(_CLOSED) and shown[:1] not in "*#"


def join_interrupted(
    text: str,
    lines: Sequence[Line],
    apart: Collection[int],
    labels: Mapping[int, tuple[str, int]],
) -> str:
    """The page with the furniture blanked that stands within a sentence; same length.

    Args:
        text: the page.
        lines: its lines.
        apart: the lines, by index, that are nobody's words.
        labels: those that name a speaker, with the speaker's key and where in the page the
            words begin. Nothing is joined before the first; a name that is only said again
            within a sentence, as captions do, is furniture too.
    """
    pieces: list[str] = []
    position, last, skipped = 0, -1, False
    first = min(labels, default=len(lines))
    speaker = ""
    for index, line in enumerate(lines):
        if not line.text:
            continue
        if index in apart or is_furniture(line.text):
            skipped = last >= first
            continue
        key, start = labels.get(index, (speaker, line.start))
        again = index not in labels or (key == speaker != "" and start < line.end)
        words = text[start : line.end].strip()
        if skipped and again and words and _goes_on(lines[last].text, words):
            pieces += [text[position : lines[last].end], " " * (start - lines[last].end)]
            position = start
        speaker = key
        last, skipped = index, False
    return "".join([*pieces, text[position:]])


def closing_lines(lines: Sequence[Line], apart: Collection[int]) -> set[int]:
    """The last lines that are no words of the last speaker: ``END  1:31 P.M.``, a remark in
    brackets that says how it ended."""
    closing: set[int] = set()
    written = [index for index, line in enumerate(lines) if line.text]
    capitals = 2 * sum(is_loud(lines[index].text) for index in written) > len(written)
    for place in range(len(written) - 1, 0, -1):
        shown = lines[written[place]].text
        if written[place] in apart or written[place] in closing or is_furniture(shown):
            continue
        short = len(shown) <= _LONGEST_CLOSING
        loud = is_loud(shown) and not capitals
        behind = is_furniture(lines[written[place - 1]].text)
        mark = _CLOCK.search(shown) or _ENTRY.match(shown) or behind
        told = loud or _ENDED.search(shown) or (mark and is_open(shown))
        if not (_ASIDE.fullmatch(shown) or (short and told)):
            break
        closing.add(written[place])
    return closing


def is_loud(shown: str) -> bool:
    """Whether a line is in capitals; Chinese with an abbreviation in it is not."""
    return shown.isupper() and sum(map(str.isupper, shown)) * 2 > len(shown.replace(" ", ""))


def is_aside(shown: str) -> bool:
    """Whether a line is short and all in brackets, as ``[Laughter.]``."""
    return len(shown) <= _LONGEST_ASIDE and _ASIDE.fullmatch(shown) is not None


def _begins_within(shown: str) -> bool:
    return shown[:1].islower() or shown[:1].isdigit() or shown[:1] in "$£€¥，、"


def _goes_on(before: str, after: str) -> bool:
    if not is_open(before) or after[:1] in "-–—•·●■▪*>[【(（":
        return False
    tail = before.rsplit(maxsplit=1)[-1]
    return _begins_within(after) or not tail[:1].isupper()


def blank_marks(text: str, lines: Sequence[Line], apart: Collection[int]) -> str:
    """The page with the marks blanked that point to its footnotes; same length."""
    notes = {m[1] for i in apart if (m := _NOTE_MARK.match(lines[i].text)) and m[1][0] not in "*["}
    if not notes:
        return text
    return re.sub("|".join(map(re.escape, sorted(notes))), lambda m: " " * len(m.group()), text)


def _footnotes(lines: Sequence[Line], heads: Collection[int]) -> set[int]:
    """Paragraphs that open with a mark which stands behind a word before them."""
    marks: set[str] = set()
    found: set[int] = set()
    inside = 0
    for index in range(len(lines)):
        shown = lines[index].text
        opening = _NOTE_MARK.match(shown)
        if opening and opening[1] in marks:
            inside = _LONGEST_NOTE
        elif not shown or index in heads:
            inside = 0
        if inside:
            found.add(index)
            inside -= 1
            continue
        marks.update(_MARK_BEHIND.findall(shown))
    return found
