"""Who is moderator, reporter, official: decided per speaker over the whole transcript."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from rag.text.data_file import patterns
from rag.text.language import CHINESE_RUN
from rag.transcripts.labels.attendance import CastMember, listed_as
from rag.transcripts.labels.speakers import (
    GENERIC_MODERATORS,
    GENERIC_OFFICIALS,
    Label,
    generic_part,
    is_reporter,
)
from rag.types import Role

UNNAMED_REPORTER = "Reporter (not named)"
UNNAMED_SPEAKER = "Speaker not named on this page"
NARRATOR = "Narrator"

_FIXED: dict[str, Role] = {
    UNNAMED_REPORTER: "reporter",
    UNNAMED_SPEAKER: "narrator",
    NARRATOR: "narrator",
}

_FORMS = patterns("rag.transcripts", "roles.tsv")
_MODERATES, _HANDS_ANSWER, _ASKS, _ANSWERS, _CALLS = (
    re.compile(_FORMS[kind], re.IGNORECASE)
    for kind in ("moderates", "hands_answer", "asks", "answers", "calls")
)
_CLOSES_QUESTION = re.compile(
    r"(?:[?？]|thank(?:s| you)(?: very much)?[.!]?|[谢謝]{2}[您你大家]{0,2}[。！]?)[\"'”’」\s]*$",
    re.IGNORECASE,
)
_BETWEEN_TITLES = re.compile(r"[、,，/／]\s?")
_LONGEST_QUESTION = 3000  # characters: three times the longest one in SCIO pages seen
_LONGEST_HANDING_OVER = 4000
_LONGEST_CALL = 400  # characters of "The lady in the second row, please."; see _said


def asks_question(text: str) -> bool:
    """Whether words read like a reporter's question: they ask, they close by a question mark
    or thanks, and they do not begin by answering one."""
    return (
        0 < len(text) <= _LONGEST_QUESTION
        and _ANSWERS.search(text[:200]) is None
        and _CLOSES_QUESTION.search(text[-60:]) is not None
        and _ASKS.search(text[-1000:]) is not None
    )


def asks_something(text: str) -> bool:
    """Whether words contain a question or a request, and do not begin by answering one."""
    return _ASKS.search(text[:_LONGEST_QUESTION]) is not None and not _ANSWERS.search(text[:200])


def moderates(text: str) -> bool:
    """Whether words are those of somebody who runs a press conference."""
    return len(text) <= _LONGEST_HANDING_OVER and _MODERATES.search(text) is not None


def speaks_to_panel(text: str) -> bool:
    """Whether a moderator's paragraph goes on moderating: phases of the event, who answers."""
    return moderates(text) or _HANDS_ANSWER.search(text[:_LONGEST_HANDING_OVER]) is not None


def hands_over(text: str) -> bool:
    """Whether a moderator's paragraph leaves the word to a reporter."""
    return moderates(text) or text.rstrip(".!。！").endswith(("please", "go ahead", "请", "請"))


def decide_roles(
    turns: Sequence[tuple[str, str, str]], cast: Sequence[CastMember]
) -> tuple[Mapping[str, Role], frozenset[str]]:
    """The role of every speaker, and the speakers whose role their own words do not show.

    ``turns`` are (speaker, title, words) in order. Evidence, strongest first: the page's own
    list of speakers, the name of an outlet, the words by which a press conference is run, a
    speaker whose turns all ask, one who only ever calls on the next reporter. Whoever is left
    is an official, and undecided unless they begin by answering.
    """
    spoken: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for speaker, title, words in turns:
        spoken.setdefault(speaker, []).append(words)
        titles[speaker] = titles.get(speaker) or title
    members = {speaker: listed_as(speaker, cast) for speaker in spoken}
    listed: dict[str, Role] = {
        speaker: "moderator" if member.chair else "official"
        for speaker, member in members.items()
        if member
    }
    roles: dict[str, Role] = {}
    for speaker, texts in spoken.items():
        role = listed.get(speaker) or _role_by_words(speaker, titles[speaker], texts)
        if role:
            roles[speaker] = role
    for speaker in _who_answers(turns, roles, given=listed):
        del roles[speaker]
    callers = _find_callers(turns, roles)
    roles |= dict.fromkeys(callers, "moderator")
    rest = spoken.keys() - roles.keys()
    roles |= dict.fromkeys(rest, "official")
    return roles, frozenset(
        speaker for speaker in rest if not any(_ANSWERS.search(t[:200]) for t in spoken[speaker])
    )


def _who_answers(
    turns: Sequence[tuple[str, str, str]], roles: Mapping[str, Role], given: Collection[str]
) -> frozenset[str]:
    """Speakers who moderate by their words alone, and answer at length right after a reporter as
    often as they moderate: an official may well welcome the press. ``given``: those whose part
    the page lists."""
    moderating: Counter[str] = Counter()
    answering: Counter[str] = Counter()
    before = ""
    for speaker, title, words in turns:
        by_words = roles.get(speaker) == "moderator" and speaker not in given
        if by_words and not _names_moderator(speaker, title):
            if moderates(words):
                moderating[speaker] += 1
            elif (
                roles.get(before) == "reporter"
                and _said(words) > _LONGEST_CALL
                and not speaks_to_panel(words)
            ):
                answering[speaker] += 1
        before = speaker
    return frozenset(each for each, times in moderating.items() if answering[each] >= times)


def _names_moderator(speaker: str, title: str) -> bool:
    """Whether a label says that who speaks runs the event, perhaps beside an office."""
    named = (speaker, *_BETWEEN_TITLES.split(title))
    return any(generic_part(each) in GENERIC_MODERATORS for each in named)


def _find_callers(
    turns: Sequence[tuple[str, str, str]], roles: Mapping[str, Role]
) -> frozenset[str]:
    """Speakers without a role whose every turn is short, comes right after no reporter's, and gives
    the word to whoever speaks next, or ends the page: two signs of three show that it does."""
    calling: set[str] = set()
    others: set[str] = set()
    for number, (speaker, _, words) in enumerate(turns):
        before = turns[number - 1][0] if number else ""
        after = turns[number + 1][0] if number + 1 < len(turns) else ""
        long = _said(words) > _LONGEST_CALL
        signs = (
            not long and _names(words, after),
            _CALLS.search(words) is not None,
            roles.get(after) == "reporter",
        )
        if long or roles.get(before) == "reporter" or _ANSWERS.search(words):
            others.add(speaker)
        elif sum(signs) > 1:
            calling.add(speaker)
        elif after:
            others.add(speaker)
    return frozenset(calling - others - roles.keys())


def _said(words: str) -> int:
    """The length of words in characters of English; Chinese says as much in a third of them."""
    return len(words) + 2 * sum(map(len, CHINESE_RUN.findall(words)))


def _names(words: str, speaker: str) -> bool:
    """Whether words name a speaker in full, or by surname and office ("Mr. Luo", "罗市长")."""
    if CHINESE_RUN.match(speaker):
        polite = (
            rf"{re.escape(speaker[0])}\S{{0,3}}(?:先生|女士|[长長]|主任|教授|院士|[书書][记記])"
        )
        return speaker in words or re.search(polite, words) is not None
    parts = [part for part in speaker.split() if part[:1].isupper() and part != "The"]
    # Labels in capitals name people who are called as they are written elsewhere.
    called = {form for part in parts for form in (part, part.title())}
    return any(re.search(rf"\b{re.escape(form)}\b", words) for form in called)


def _role_by_words(speaker: str, title: str, texts: Sequence[str]) -> Role | None:
    if speaker in _FIXED:
        return _FIXED[speaker]
    part = generic_part(speaker)
    if _names_moderator(speaker, title):
        return "moderator"
    if part:
        return "official" if part in GENERIC_OFFICIALS else "reporter"
    outlet = is_reporter(Label(speaker, title))
    if not outlet and any(moderates(text) for text in texts):
        return "moderator"
    if outlet or all(asks_question(text) for text in texts):
        return "reporter"
    return None
