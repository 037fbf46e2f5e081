"""Names of people and places: the same one in either script and order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rag.questions.romanise import readings, romanised_names, squeeze
from rag.text.language import CHINESE_RUN, STOP_WORDS, is_chinese, to_simplified

_LATIN_WORD = re.compile(r"[^\W\d_\u3400-\u9fff]+(?:-[^\W\d_\u3400-\u9fff]+)*")

# "John Lee Ka-chiu", "San Tin", "Hetao"
NAME = re.compile(r"\b[A-Z][a-z]+(?:-[A-Za-z][a-z]+)*(?: [A-Z][a-z]+(?:-[A-Za-z][a-z]+)*)*\b")
_MAX_WORDS = 4
# Of a longer name in Chinese characters there are too many readings.
_MAX_CHARACTERS = 4

# Where a name stands, from and to, and whose it is.
_Place = tuple[int, int, frozenset[str]]


def name_keys(names: Iterable[str]) -> dict[str, str]:
    """Each run of one to four words of Latin names, by :func:`rag.questions.romanise.squeeze`."""
    runs = (run for name in names for run in _runs(name.split()))
    return {key: run for run in runs if (key := squeeze(run)) and key not in STOP_WORDS}


class Speakers:
    """Tells whom of the speakers a question names.

    ``people`` may be named in part where the part is one person's alone, as "Chan" for "Chan
    Kwok-ki" or "Lee Ka-chiu" for "John Lee Ka-chiu"; ``outlets`` only in full: "Hong Kong"
    names no one of the Hong Kong Daily. ``in_both_scripts`` says that a full name which a speaker
    in Latin letters and one in Chinese characters share is one person's, as of transcripts in two
    languages; otherwise it names neither.
    """

    def __init__(
        self, people: Iterable[str], outlets: Iterable[str] = (), *, in_both_scripts: bool = False
    ) -> None:
        known: dict[str, set[str]] = {}
        for speaker in people:
            for key in _ways_to_name(speaker):
                known.setdefault(key, set()).add(speaker)
        self._known = {
            key: frozenset(who)
            for key, who in known.items()
            if len(who) == 1 or (in_both_scripts and _is_one_person(key, who))
        }
        self._known.update((_key(speaker), frozenset((speaker,))) for speaker in outlets)
        self._known.pop("", None)  # a name of figures alone is in every question
        names = "|".join(sorted(map(re.escape, filter(None, outlets)), key=len, reverse=True))
        self._outlet = re.compile(
            rf"(?:\bthe )?(?<!\w)(?:{names})(?:(?: reporter|记者|記者)(?!\w))?", re.IGNORECASE
        ) if names else None  # fmt: skip

    def as_reporters(self, question: str) -> str:
        """The question with "the reporter" in the place of each outlet that it names."""
        if self._outlet is None:
            return question
        reporter = "记者" if is_chinese(question) else "the reporter"
        return self._outlet.sub(reporter, question)

    def named(self, question: str) -> frozenset[str]:
        """The speakers named in a question, in either script and order."""
        words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", question)
        keys = {squeeze(run) for run in _runs(words) if " " in run}
        keys.update(
            squeeze(" ".join(_without_frame(name.split()))) for name in NAME.findall(question)
        )
        keys.update(key for _, key in romanised_names(question, self._known))
        for run in CHINESE_RUN.findall(to_simplified(question)):
            keys.update(run[i : i + n] for n in range(2, 9) for i in range(len(run) - n + 1))
        return frozenset(who for key in keys & self._known.keys() for who in self._known[key])

    def replaced(self, question: str, stand_in: str, only: str = "") -> str:
        """The question with ``stand_in`` for each speaker that it names, or for one alone."""
        simplified = to_simplified(question)
        places = [*self._latin_places(question), *self._chinese_places(simplified)]
        if len(simplified) != len(question):
            return question
        told: list[str] = []
        end = 0
        for start, stop, who in sorted(places, key=lambda place: (place[0], -place[1])):
            if start >= end:
                # A longer name of another is passed over whole, not searched for a part.
                is_meant = not only or only in who
                told.extend((question[end:start], stand_in if is_meant else question[start:stop]))
                end = stop
        return "".join((*told, question[end:]))

    def _latin_places(self, question: str) -> Iterator[_Place]:
        words = list(_LATIN_WORD.finditer(question))
        first = 0
        while first < len(words):
            for last in range(min(len(words), first + _MAX_WORDS) - 1, first - 1, -1):
                start, stop = words[first].start(), words[last].end()
                # A word alone is a name by its capital only: "marketing" is none.
                may_be = last > first or question[start].isupper()
                if may_be and (who := self._known.get(squeeze(question[start:stop]))):
                    yield start, stop, who
                    first = last
                    break
            first += 1

    def _chinese_places(self, question: str) -> Iterator[_Place]:
        names = {name: who for name, who in self._known.items() if is_chinese(name)}
        for written, key in romanised_names(question, self._known):
            names[written] = names.get(written, frozenset()) | self._known[key]
        for name in sorted(names, key=len, reverse=True):
            for found in re.finditer(re.escape(name), question):
                yield (*found.span(), names[name])


def _ways_to_name(speaker: str) -> set[str]:
    if is_chinese(speaker):
        name = to_simplified(speaker)
        # A foreign name is written with a dot, and its parts stand alone, too.
        parts = [part for part in name.split("·") if len(part) > 1]
        return {name, *parts, *(readings(name) if len(name) <= _MAX_CHARACTERS else ())}
    words = speaker.split()
    return {squeeze(run) for run in _runs(words)} | {squeeze(" ".join((*words[1:], words[0])))}


def _is_one_person(key: str, speakers: set[str]) -> bool:
    """Whether a key is the full name of them all: at most one in letters, one in characters."""
    latin = {name for name in speakers if not is_chinese(name)}
    chinese = {to_simplified(name) for name in speakers - latin}
    return len(latin) <= 1 and len(chinese) <= 1 and all(squeeze(name) == key for name in latin)


def _key(name: str) -> str:
    return to_simplified(name) if is_chinese(name) else squeeze(name)


def _without_frame(words: Sequence[str]) -> list[str]:
    """Without what opens a question: "Did Chan" is "Chan"."""
    return [word for word in words if word.casefold() not in STOP_WORDS]


def _runs(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _MAX_WORDS) + 1):
            yield " ".join(words[start:end])
