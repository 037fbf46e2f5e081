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

from rag.transcripts.furniture.dates import read_date_line
from rag.transcripts.furniture.web import PAGE_BREAK, Line, is_furniture

_LONGEST_HEAD = 120  # characters
_HEAD_LINES = 5  # written lines among which that of the date stands
_SELDOM = 1 / 10  # of the lines; more of many cells are a table
_SAID = ".!?。！？:："
_CLOSED = tuple(".!?…。！？:：;；\"'”’」』）)】》〉]-")
_CELL = re.compile(r"[ \t\u00a0]{2,}|\u3000+")
_NUMBER = re.compile(r"(?:page\s)?\d{1,5}(?:\s?/\s?\d{1,5})?", re.IGNORECASE)
_COUNTED = re.compile(r"(?:[^\W\d_]+|[^\w\s])\s?[(（\[]?\d{3,5}[)）\]]?")  # Column 214, ● (1420)
_COUNTER = re.compile(r"[(（\[-]?\s?\d{1,4}\s?[)）\]-]?")
_PAGE_OF = re.compile(
    r"(?:.{0,100}\W)?page\s\d{1,4}\s(?:of|/)\s\d{1,4}(?:\W.{0,100})?|"
    r"(?:.{0,100}\W)?第\s?\d{1,4}\s?[页頁](?:\W{1,3}共\s?\d{1,4}\s?[页頁])?",
    re.IGNORECASE,
)
_LINE_NUMBER = re.compile(r"[ \t]{0,4}(\d{1,3})(?=[ \t]|$)")
_CLOCK = re.compile(r"\d:\d\d")
_ENDED = re.compile(  # （12時30分）, The meeting rose at 4.10 p.m.
    r"[(（]\d{1,2}\s?[時时]\s?\d{1,2}\s?分[)）]$|\b(?:rose|adjourned|concluded)\b.{0,20}\d"
)
_TIME_ONLY = re.compile(r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?\s?(?:[ap]\.?m\.?)?", re.IGNORECASE)
_ASIDE = re.compile(r"[(（\[【][^()（）\[\]【】]{1,200}[)）\]】]")
_FEWEST_NUMBERED = 8  # lines with numbers of their own: a list of seven points is none
_LONGEST_ASIDE = 80  # characters
_LONGEST_CLOSING = 60


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


def find_heads(text: str, lines: Sequence[Line]) -> set[int]:
    """The lines, by index, that stand around the words on the sheets of a page."""
    written = [index for index, line in enumerate(lines) if line.text]
    repeated: dict[str, list[int]] = defaultdict(list)
    for index in written:
        shown = lines[index].text
        if len(shown) <= _LONGEST_HEAD and not shown[0].islower() and shown[-1] not in _SAID:
            repeated[_kind(shown)].append(index)
    counters = {i for i in written if _COUNTER.fullmatch(lines[i].text)}
    heads = {i for i in written if _PAGE_OF.fullmatch(lines[i].text)}
    cut, within = _interrupting(lines, [i for i in written if i not in counters | heads])
    for places in repeated.values():
        heads |= counters.intersection(places if len(places) > 1 else cut.intersection(places))
    beside = {index for pair in pairwise(written) if heads & set(pair) for index in pair}
    for places in repeated.values():
        usual = 2 * max(len(beside.intersection(places)), len(within.intersection(places)))
        if len(places) > 1 and usual >= len(places) and not _are_rows(written, places):
            heads.update(places)
    heads |= {i for i in written if _TIME_ONLY.fullmatch(lines[i].text)}
    return heads | _met_once(text, lines)


def _kind(shown: str) -> str:
    """What lines share that differ in their numbers alone."""
    return re.sub(r"\d+", "0", shown)


def _are_rows(written: Sequence[int], places: Sequence[int]) -> bool:
    """Whether every second of some lines, of those ``written``, stands right behind another: heads
    have words of a sheet between them, rows of a table have not."""
    order = [bisect_left(written, place) for place in places]
    return 2 * sum(b - a == 1 for a, b in pairwise(order)) >= len(places)


def _interrupting(lines: Sequence[Line], words: Sequence[int]) -> tuple[set[int], set[int]]:
    """The lines behind one that ends within a sentence, and of these the ones behind which it goes
    on; ``words`` are the lines that may be of words."""
    cut: set[int] = set()
    within: set[int] = set()
    for index in range(len(lines)):
        before, behind = bisect_left(words, index) - 1, bisect_right(words, index)
        if before >= 0 and behind < len(words) and is_open(lines[words[before]].text):
            cut.add(index)
            within |= {index} if _begins_within(lines[words[behind]].text) else set()
    return cut, within


def _met_once(text: str, lines: Sequence[Line]) -> set[int]:
    """Lines that head a sheet though the page repeats none of them: a number beside a word in a
    paragraph of their own, or cells far apart, numbers among them, on a page that has few such."""
    found: set[int] = set()
    cells: set[int] = set()
    written = [index for index, line in enumerate(lines) if line.text]
    for index in written:
        line = lines[index]
        around = {lines[i].text for i in (index - 1, index + 1) if 0 <= i < len(lines)}
        if _COUNTED.fullmatch(line.text) and around <= {""}:
            found.add(index)
        elif _is_head(_CELL.split(text[line.start : line.end].strip())):
            cells.add(index)
    # A foot may stand right above the head of the next sheet; three in a row are a table's.
    threes = zip(written, written[1:], written[2:], strict=False)
    cells.difference_update(*(three for three in threes if cells.issuperset(three)))
    kinds: dict[str, list[int]] = defaultdict(list)
    for index in sorted(cells):
        kinds[_kind(lines[index].text)].append(index)
    if len(kinds) <= _SELDOM * len(written):
        found.update(*(places for places in kinds.values() if not _are_rows(written, places)))
    later = written[_HEAD_LINES:]
    return found | {i for i in later if found & {i - 1, i + 1} and read_date_line(lines[i].text)}


def _is_head(cells: Sequence[str]) -> bool:
    """Whether cells hold no words of a sentence, as justified lines do: three with a number in
    one, or a number beside words."""
    if not all(map(is_open, cells)) or any(cell[:1].islower() for cell in cells):
        return False
    numbered = any(_NUMBER.fullmatch(cell) for cell in (cells[0], cells[-1]))
    return len(cells) > (1 if numbered else 2) and any(map(str.isdigit, "".join(cells)))


def is_open(shown: str) -> bool:
    """Whether a line ends within a sentence."""
    return not shown.removesuffix(PAGE_BREAK).endswith(_CLOSED) and shown[:1] not in "*#"


def join_interrupted(
    text: str,
    lines: Sequence[Line],
    apart: Collection[int],
    labels: Mapping[int, tuple[str, int]],
) -> tuple[str, dict[int, int]]:
    """The page with the furniture blanked that stands within a sentence, same length; and the lines
    that go on behind it, by index, with where their words begin.

    Args:
        text: the page.
        lines: its lines.
        apart: the lines, by index, that are nobody's words.
        labels: those that name a speaker, with the speaker's key and where in the page the
            words begin. Nothing is joined before the first; a name that is only said again
            within a sentence, as captions do, is furniture too.
    """
    pieces: list[str] = []
    joined: dict[int, int] = {}
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
            position = joined[index] = start
        speaker = key
        last, skipped = index, False
    return "".join([*pieces, text[position:]]), joined


def closing_lines(lines: Sequence[Line], apart: Collection[int]) -> set[int]:
    """The last lines that are no words of the last speaker: ``END  1:31 P.M.``, a remark in
    brackets that says how it ended."""
    closing: set[int] = set()
    written = [index for index, line in enumerate(lines) if line.text]
    for place in range(len(written) - 1, 0, -1):
        shown = lines[written[place]].text
        if written[place] in apart or is_furniture(shown):
            continue
        short = len(shown) <= _LONGEST_CLOSING
        behind = is_furniture(lines[written[place - 1]].text)
        mark = _CLOCK.search(shown) or behind
        told = _ENDED.search(shown) or (mark and is_open(shown))
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
