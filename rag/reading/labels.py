"""Candidates for speaker labels, found by form alone.

A label stands at the head of a line: behind marks (a bullet, ``>>``, a time), perhaps in bold
or brackets, perhaps with an office, an outlet or a time beside the name, and closed by a colon,
a full stop, the end of the bold, a gap or the end of the line. Which of these forms a page
uses is for :mod:`rag.reading.conventions` to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from rag.reading.furniture import Line
from rag.reading.speakers import (
    HONORIFIC,
    Label,
    generic_part,
    is_latin_name,
    is_title_of_office,
    name_key,
    read_speaker,
    says_something,
)

_LONGEST_LABEL = 200  # characters, as in speakers.py
_LONGEST_GAP_LABEL = 60
_HAN = re.compile(r"[㐀-鿿豈-﫿]")
_BLANK = re.compile(r"[\s\u200b\ufeff]*")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_TIME = re.compile(rf"[\[(（]?{_CLOCK}[\])）]?(?=\s|$|[^\d:.,])[ \t]*(?:[-–|]\s)?")
_SPAN = rf"{_CLOCK}(?:\s?(?:-->|[-–])\s?{_CLOCK})?"
_TIME_ALONE = re.compile(rf"\s*[|·•–-]?\s*[\[(（]?{_SPAN}[\])）]?\s*")
_TIME_BEHIND = re.compile(rf"(?:\s[|·•–-])?\s*[\[(（]?{_SPAN}[\])）]?$")
_BULLET = re.compile(r"[-–—•·●■▪*]\s+")
_ARROWS = re.compile(r">{2,3}\s*")
_BLOCK_TAG = re.compile(r"<(?:p|div|li|h\d|dt|dd|br|td|tr)\b[^<>]{0,200}>\s*", re.IGNORECASE)
_HEADING = re.compile(r"#{1,6}\s+")
_OPENS = (
    ("bold", re.compile(r"\*\*|__")),
    ("html", re.compile(r"<(strong|b|em|i|u|span)\b[^<>]{0,200}>\s*", re.IGNORECASE)),
    ("square", re.compile(r"[\[【〔]")),
    ("round", re.compile(r"[(（](?=[㐀-鿿])")),  # of Latin letters it heads a point or an aside
)
_VOICE_OPENS = re.compile(r"<v(?:\.[\w.]{1,40})?\s+")  # WebVTT
_VOICE = re.compile(_VOICE_OPENS.pattern + r"[^<>]{1,80}>\s*")
_TITLE_BEHIND = re.compile(  # ``**Name** — *Title*``
    r"\s*(?:--+|[—–|-])\s+(?:[*_]{1,2}(?P<set>[^*_]{2,120})[*_]{1,2}|(?P<plain>[^\W\d_a-z].{1,118}[\w)）]))\s*"
)
_CLOSE = {
    "bold": re.compile(r"\*\*|__"),
    "html": re.compile(r"\s*</(?:strong|b|em|i|u|span)>", re.IGNORECASE),
    "square": re.compile(r"[\]】〕]"),
    "round": re.compile(r"[)）]"),
}
_COLONS = re.compile(r"[:：]")
_ASIDE_BEHIND = re.compile(r"(\s?[(（][^()（）]{1,80}[)）])\s?[:：]\s?")
_AFTER_LABEL = re.compile(r"\s*[:：]?\s*(?:(?:\*\*|__)(?=\s))?\s*")
_GAP = re.compile(r"\t\s*|[ \u00a0]{2,}|\u3000+")
_BRACKETS_BEHIND = re.compile(
    r"([^()（）]{1,80}?)\s?[(（\[]((?:[^()（）\[\]]|[(（][^()（）]{0,60}[)）]){1,120})[)）\]]"
)
_SEAT_AND_PARTY = re.compile(
    r"([^()（）]{1,80}?)\s?([(（][^()（）]{1,80}[)）]\s?[(（][^()（）]{1,80}[)）])"
)
_DASH_BEHIND = re.compile(r"(.{2,60}?)\s+(?:--+|[—–|-])\s+(.{2,120})")
_COMMA_BEHIND = re.compile(r"([^,，]{2,60})[,，]\s?(.{2,140})")
_BILINGUAL = re.compile(
    r"(?P<han>[㐀-鿿豈-﫿·]{1,20})\s?[/／|]?\s?[(（]?(?P<latin>[A-Za-z][^㐀-鿿()（）:：]{0,60}?)[)）]?"
    r"|(?P<latin_2>[A-Za-z][^㐀-鿿()（）:：]{0,60}?)\s?[/／|]?\s?[(（]?(?P<han_2>[㐀-鿿豈-﫿·]{1,20})[)）]?"
)
_STOP_WITHIN = re.compile(r"[^\W\d_]{5,}\.\s")  # no abbreviation (``Capt.``) is as long
_LONGEST_ASIDE = 16  # words of an office


class Form(NamedTuple):
    """What a label looks like, apart from the name: marks before it, what it is wrapped in,
    what closes it, and whether the words begin on a line of their own."""

    mark: str
    wrap: str
    end: str
    alone: bool


class Candidate(NamedTuple):
    """A reading of a line (its index) as a label; ``start`` is where in the page the words begin.

    ``hinted`` says that the name itself shows a part in the event: ``Reporter``, an office, an
    honorific, an outlet, or somebody known from elsewhere. A change of speaker without a name
    (``>>``) has the speaker "".
    """

    line: int
    form: Form
    label: Label
    start: int
    hinted: bool

    @property
    def key(self) -> str:
        return name_key(self.label.speaker)


def read_line(text: str, line: Line, index: int, known: Collection[str]) -> Iterator[Candidate]:
    """The readings of one line as a label, the narrowest form first.

    Args:
        text: the page.
        line: one of its lines; ``index`` is its place among them, from 0.
        known: :func:`~rag.reading.speakers.name_key` of speakers known from elsewhere.
    """
    position, mark = _skip_marks(text, line)
    if position >= line.end:
        return
    for closed, form, start in _closings(text, position, line, mark):
        if form.end == "mark":
            yield Candidate(index, form, Label("", "", certain=True), start, hinted=True)
            continue
        name = _inside(text, position, closed, form.wrap)
        found = read_name(" ".join(name.split()), form.end, known)
        if found:
            timed = _TIME_BEHIND.search(name) or _TIME_ALONE.fullmatch(text, closed, start)
            seen = form._replace(mark="time") if timed else form
            yield Candidate(index, seen, found[0], start, found[1])


def read_name(shown: str, end: str, known: Collection[str]) -> tuple[Label, bool] | None:
    """The name in a label, and whether it shows a part in the event; None when it is no name.

    Args:
        shown: the label's words, with single spaces, without what closes it.
        end: what closes it, as in :class:`Form`.
        known: name keys of speakers known from elsewhere.
    """
    shown = shown.rstrip(" :：")
    bare = _TIME_BEHIND.sub("", shown).strip()
    if not bare or len(bare) > _LONGEST_LABEL:
        return None
    if name_key(bare) in known:
        return read_speaker(bare) or Label(bare), True
    if end not in (".", "gap") and (pair := _BILINGUAL.fullmatch(bare)):
        return _read_pair(bare, pair)
    label = _read_with_title(bare, known) or (_read_loosely(bare, end))
    if label is None or not (bare != shown or _fits(label, bare, end)):
        return None
    return label, shows_part(label, bare, known)


def skip_time(text: str, line: Line) -> int:
    """Where the words of a line begin, past a time before them."""
    timed = _TIME.match(text, line.start, line.end)
    return timed.end() if timed else line.start


def _skip_marks(text: str, line: Line) -> tuple[int, str]:
    """Where the label may begin, and the mark before it that counts as part of the form."""
    position, mark = line.start, ""
    for _ in range(6):  # an indented, dated bullet in a paragraph tag has five
        blank = _BLANK.match(text, position, line.end)
        position = blank.end() if blank else position
        for kind, pattern in (
            ("", _BLOCK_TAG), ("", _HEADING), ("time", _TIME), (">>", _ARROWS), ("bullet", _BULLET),
        ):  # fmt: skip
            found = pattern.match(text, position, line.end)
            if found:
                position, mark = found.end(), kind or mark
                break
        else:
            break
    return position, mark


def _closings(text: str, position: int, line: Line, mark: str) -> Iterator[tuple[int, Form, int]]:
    """Where a label may be closed: (end of its text, form, start of the words)."""
    for wrap, opens in _OPENS:
        opened = opens.match(text, position, line.end)
        if opened:
            yield from _closed_wrap(text, opened.end(), line, mark, wrap)
            return
    yield from _closed_bare(text, position, line, mark)


def _closed_wrap(
    text: str, opened: int, line: Line, mark: str, wrap: str
) -> Iterator[tuple[int, Form, int]]:
    limit = min(line.end, opened + _LONGEST_LABEL)
    closed = _CLOSE[wrap].search(text, opened, limit)
    within = _label_colon(text, opened, closed.start() if closed else limit)
    if within is not None and wrap != "square" and text[within + 1 : within + 2].isspace():
        yield within, Form(mark, wrap, ":", alone=False), within + 2
    if not closed:
        return
    titled = _TITLE_BEHIND.fullmatch(text, closed.end(), line.end)
    if titled and len((titled["set"] or titled["plain"]).split()) <= _LONGEST_ASIDE:
        yield line.end, Form(mark, wrap, "close", alone=True), line.end
        return
    aside = _ASIDE_BEHIND.match(text, closed.end(), line.end)
    if aside:
        start = _skip_time(text, aside.end(), line)
        yield aside.end(1), Form(mark, wrap, ":", start >= line.end), start
    after = _AFTER_LABEL.match(text, closed.end(), line.end)
    start = _skip_time(text, after.end() if after else closed.end(), line)
    colon = _COLONS.search(text, closed.start() - 1, start)
    end = ":" if colon or text[closed.start() - 1] in ":：" else "close"
    yield closed.start(), Form(mark, wrap, end, start >= line.end), start


def _closed_bare(
    text: str, position: int, line: Line, mark: str
) -> Iterator[tuple[int, Form, int]]:
    voice = _VOICE.match(text, position, line.end)
    if voice:
        yield voice.end() - 1, Form(mark, "voice", "close", alone=False), voice.end()
        return
    limit = min(line.end, position + _LONGEST_LABEL)
    place = _label_colon(text, position, limit)
    if place is not None:
        start = _skip_time(text, place + 1, line)
        yield place, Form(mark, "", ":", start >= line.end), start
    stop = _label_stop(text, position, limit)
    if stop is not None:
        yield stop, Form(mark, "", ".", alone=False), stop + 1
    gap = _GAP.search(text, position, min(line.end, position + _LONGEST_GAP_LABEL))
    if gap and gap.end() < line.end:
        start = _skip_time(text, gap.end(), line)
        end = "line" if start >= line.end else "gap"
        yield gap.start(), Form(mark, "", end, start >= line.end), start
    if line.end - position <= _LONGEST_LABEL and place is None:
        yield line.end, Form(mark, "", "line", alone=True), line.end
    if mark == ">>":
        yield position, Form(mark, "", "mark", alone=False), position


def _inside(text: str, position: int, closed: int, wrap: str) -> str:
    """The words of a wrapped label, without what opens it."""
    for opens in (_VOICE_OPENS, *(opens for _, opens in _OPENS)):
        if opened := opens.match(text, position, closed):
            within = text[opened.end() : closed]
            return _CLOSE[wrap].sub("", within).replace("*", "") if wrap in _CLOSE else within
    return text[position:closed]


def _skip_time(text: str, start: int, line: Line) -> int:
    """Past blanks and a time that stands behind a label."""
    timed = _TIME_ALONE.match(text, start, line.end)
    if timed and (timed.end() == line.end or timed.end() - start > 4):
        return timed.end()
    blank = _BLANK.match(text, start, line.end)
    return blank.end() if blank else start


def _label_colon(text: str, start: int, limit: int) -> int | None:
    """The first colon that is none of a clock, an address or something in brackets."""
    depth = 0
    for place in range(start, limit):
        char = text[place]
        depth += (char in "(（") - (char in ")）")
        if char in ":：" and depth <= 0:
            around = text[place - 1 : place] + text[place + 1 : place + 2]
            clock = len(around) == 2 and around.isdigit()
            if not clock and text[place + 1 : place + 3] != "//":
                return place
    return None


def _label_stop(text: str, start: int, limit: int) -> int | None:
    """The full stop that closes a name at the head of a line, past ``Mr.`` and initials."""
    position = start
    for number in range(9):
        space = position
        while space < limit and not text[space].isspace():
            space += 1
        token = text[position:space]
        if not token or space >= limit:
            return None
        more = token.endswith(".") and (
            HONORIFIC.match(token.title() + " xx") is not None or (number > 0 and len(token) == 2)
        )
        if token.endswith(".") and not more:
            return space - 1
        named = token[0].isupper() or token[0] in "(（" or token[-1] in ")）,"
        if not named and not is_latin_name(token):
            return None
        position = space
        while position < limit and text[position].isspace():
            position += 1
    return None


def _read_with_title(shown: str, known: Collection[str]) -> Label | None:
    """A name, with the office, outlet or seat that stands behind it."""
    before = _COMMA_BEHIND.fullmatch(shown)
    if before and has_honorific(before[2]) and "," not in before[2]:
        named = read_speaker(before[2])
        return named and named._replace(title=named.title or before[1].strip())
    plain = read_speaker(shown)
    if plain and not plain.title and (split := _read_bracketed(shown)):
        return split
    if plain and plain.speaker.count("(") == plain.speaker.count(")"):
        return plain
    for behind in (_BRACKETS_BEHIND, _SEAT_AND_PARTY, _DASH_BEHIND, _COMMA_BEHIND):
        found = behind.fullmatch(shown)
        if not found or len(found[2].split()) > _LONGEST_ASIDE:
            continue
        named = read_speaker(_TIME_BEHIND.sub("", found[1]).strip())
        if named is None or named.title or _STOP_WITHIN.search(named.speaker):
            continue
        if name_key(named.speaker) in known:
            return Label(named.speaker, found[2].strip())
        if behind is _COMMA_BEHIND and not (named.certain and found[2][:1].isalpha()):
            continue
        return Label(named.speaker, found[2].strip(), named.certain)
    return None


def _read_bracketed(shown: str) -> Label | None:
    """A person with a seat, a party or an office in brackets behind the name; what stands in
    brackets behind an outlet or an office belongs to it."""
    found = _BRACKETS_BEHIND.fullmatch(shown) or _SEAT_AND_PARTY.fullmatch(shown)
    named = read_speaker(found[1]) if found else None
    if not found or not named or not named.certain:
        return None
    if " " not in named.speaker and not has_honorific(found[1]):
        return None
    plain = generic_part(found[1]) == "" and not is_title_of_office(named)
    return Label(named.speaker, found[2].strip()) if plain else None


def _read_loosely(shown: str, end: str) -> Label | None:
    """``Audience member 1``, ``渡輪事務專員``: a few words that only the page can bear out."""
    if any(char in ',，。;；?？!！“”"<>=、' for char in shown) or not shown[0].isalnum():
        return None
    han = _HAN.search(shown) is not None
    if end not in (":", "close") and not (han and end == "line"):
        return None
    if han:
        named = 2 <= len(shown) <= 12 and not says_something(shown)
        return Label(shown, "", certain=False) if named else None
    words = shown.split()
    return Label(shown, "", certain=False) if len(words) <= 4 and shown[0].isupper() else None


def _read_pair(shown: str, pair: re.Match[str]) -> tuple[Label, bool] | None:
    """A label in two languages, ``记者 Reporter``: it counts where either half does."""
    han, latin = pair["han"] or pair["han_2"], (pair["latin"] or pair["latin_2"]).strip()
    if not latin[:1].isupper() or not is_latin_name(latin):
        return None
    halves = [half for half in (read_speaker(han), read_speaker(latin)) if half]
    if not halves:
        return None
    return Label(shown, "", any(half.certain for half in halves)), any(
        shows_part(half, half.speaker, ()) for half in halves
    )


def _fits(label: Label, shown: str, end: str) -> bool:
    """Whether a name may be closed like this: what is nearly prose must be more of a name."""
    if end in (":", "close", "mark") or generic_part(shown):
        return True
    name = label.speaker
    if name[0].islower():
        return False
    if _HAN.search(name):
        whole = shown[-1].isalnum() or shown[-1] in ")）"
        return whole if end == "line" else (end != "." and label.certain)
    titled = has_honorific(shown) or shown.startswith("The ")
    if end == ".":
        capitals = name.isupper() and len(name) > 1
        # Of any other title (``Senator Poe.``) the page must bear out that it is one.
        several = " " in name and ":" not in name and is_latin_name(name)
        return capitals or ((titled or several) and shown[-1].isalnum()) or label.title != ""
    # A sentence of one word ends in a stop; a name of one word must return to be believed.
    whole = shown[-1].isalnum() or shown[-1] in ")）]"
    numbered = name.split()[-1].isdigit()
    return whole and (
        titled or label.title != "" or label.certain or name.replace(" ", "").isalpha() or numbered
    )


def has_honorific(shown: str) -> bool:
    """Whether a label begins with ``Mr.`` and the like, in capitals or not."""
    return HONORIFIC.match(shown.title() if shown.isupper() else shown) is not None


def shows_part(label: Label, shown: str, known: Collection[str]) -> bool:
    """Whether a label, shown as it is, names a part in the event, an office, an outlet, somebody
    with an honorific or one of those ``known``."""
    return (
        generic_part(shown) != ""
        or has_honorific(shown)
        or (shown[:3].casefold() == "by " and has_honorific(shown[3:]))
        or name_key(label.speaker) in known
        or is_title_of_office(label)
    )
