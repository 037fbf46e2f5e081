"""Who a page says was there: the blocks ``Speakers:``, ``Chairperson:`` and ``Date:``."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rag.text.sentences import HONORIFIC
from rag.transcripts.furniture.web import Line
from rag.transcripts.labels.speakers import name_key, read_speaker

_CAST_LABEL = re.compile(
    r"(?P<chair>chair[a-z]*|moderator|host|主持人?)|"
    r"(?P<speakers>speakers?|attendees|出席(?:人[员員]?|嘉[宾賓])|[发發]布人|嘉[宾賓])|"
    r"(?P<other>date|time|venue|place|[时時][间間]|地[点點]|日期)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CastMember:
    """Someone the page lists under ``Speakers:`` or, as chair, under ``Chairperson:``."""

    name: str
    title: str
    chair: bool


def cast_label(shown: str) -> tuple[str, str] | None:
    """``("chair" | "speakers" | "other", words after the colon)`` for a label of page 1."""
    label, colon, words = shown.replace("：", ":").partition(":")
    found = _CAST_LABEL.fullmatch(label.strip()) if colon else None
    return (str(found.lastgroup), words.strip()) if found else None


def read_cast(lines: Sequence[Line], speakers: Collection[str]) -> tuple[CastMember, ...]:
    """The people under ``Speakers:`` and ``Chairperson:``, with their titles.

    ``lines`` are those before the first speaker; ``speakers`` are the :func:`name_key` of the
    speakers of the page, which tell a name on a line of its own from a title.
    """
    cast: list[CastMember] = []
    kind = "other"
    for line in lines:
        label = cast_label(line.text)
        if label:
            kind = label[0]
        entry = label[1] if label else line.text
        if kind == "other" or not entry:
            continue
        for part in re.split(r"[;；]", entry):
            person = _read_person(part.strip())
            untitled = bool(cast) and not cast[-1].title and cast[-1].chair == (kind == "chair")
            named = HONORIFIC.match(part.strip()) or (person and name_key(person[0]) in speakers)
            if untitled and not label and not named and not (person and person[1]):
                cast[-1] = CastMember(cast[-1].name, part.strip(), cast[-1].chair)
            elif person:
                cast.append(CastMember(*person, chair=kind == "chair"))
            else:
                kind = "other"
    return tuple(cast)


def listed_as(speaker: str, cast: Collection[CastMember]) -> CastMember | None:
    """Whom of those listed a speaker's name means: by the whole name, or by how that of one alone
    ends, as ``Mr. Roe``."""
    key = name_key(speaker)
    whole = [member for member in cast if name_key(member.name) == key]
    ending = [member for member in cast if key and name_key(member.name).endswith(f" {key}")]
    if whole or len({name_key(member.name) for member in ending}) == 1:
        return (whole or ending)[0]
    return None


def _read_person(entry: str) -> tuple[str, str] | None:
    honorific = HONORIFIC.match(entry)
    if not entry or len(entry) > 300 or (entry[-1] in ".。!?！？" and not honorific):
        return None
    name, _, title = entry.replace("，", ",").partition(",")
    found = read_speaker(name.strip())
    if found is None or len(name.split()) > 7:
        return None
    return found.speaker, title.strip(" .") or found.title
