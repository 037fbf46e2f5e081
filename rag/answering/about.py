"""What the assistant says of itself, of the transcripts it has, and of an outline it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rag.text.data_file import wording
from rag.text.days import day
from rag.text.language import spaced
from rag.transcripts.events import events_of
from rag.types import ROLE_NAMES, Language, Role, Transcript, Turn, shown_speaker

NAME = "about"
# So many of the newest transcripts are named.
_NEWEST = 3
_ROLE_ORDER: tuple[Role, ...] = ("official", "narrator", "moderator", "reporter")
MOST_SPEAKERS = 12


def _words(language: Language) -> Mapping[str, str]:
    return wording("rag.answering", "about.toml", language)


def about(transcripts: Sequence[Transcript], language: Language, *, greets: bool) -> str:
    """What the assistant is and what it holds, as paragraphs; ``greets`` says hello first."""
    speakers = {speaker for t in transcripts for speaker, _ in t.cast if speaker}
    events = events_of(transcripts)
    words = _words(language)
    listed = "\n".join(
        (
            words["holds_more" if len(events) > _NEWEST else "holds"].format(
                transcripts=_counted("transcript", len(transcripts), language),
                speakers=_counted("speaker", len(speakers), language),
            ),
            *(f"- {_named(event[0], language)}" for event in events[:_NEWEST]),
        )
    )
    product = joined((words["greeting"] if greets else "", words["product"]), language)
    return "\n\n".join((product, words["help"], listed))


def outlines(transcripts: Sequence[Transcript], all_: int, language: Language) -> str:
    """What an outline is of; ``all_`` is how many transcripts there are to choose from."""
    told = _words(language)["outlines"].format(titles=_titles(transcripts, language))
    return joined((told, _others(len(transcripts), all_, language)), language)


def words_of(speakers: Iterable[str], language: Language) -> str:
    """What an outline of these speakers' words is of."""
    words = _words(language)
    names = spaced(words["between_names"].join(sorted(speakers)), language)
    return words["words_of"].format(speakers=names).strip()


def who_spoke(
    transcripts: Sequence[Transcript], turns: Iterable[Turn], all_: int, language: Language
) -> str:
    """Who spoke: role, office where the page gives it, and number of turns, officials first.

    Args:
        transcripts: what was asked of.
        turns: those of the transcripts that may be told of.
        all_: how many transcripts there are to choose from.
        language: of the sentence.
    """
    counts: dict[tuple[str, Role], int] = {}
    titles: dict[tuple[str, Role], str] = {}
    for turn in sorted(turns, key=lambda turn: _ROLE_ORDER.index(turn.role)):
        who = (turn.speaker, turn.role)
        counts[who] = counts.get(who, 0) + 1
        titles[who] = titles.get(who) or turn.title
    words, told = _words(language), []
    for (speaker, role), count in list(counts.items())[:MOST_SPEAKERS]:
        spoke = _counted("turn", count, language)
        known = filter(None, (ROLE_NAMES[language][role], titles[speaker, role], spoke))
        details = words["between_details"].join(known)
        name = shown_speaker(speaker, language)
        told.append(words["speaker_of"].format(speaker=name, details=details))
    spoke = words["spoke"].format(
        titles=_titles(transcripts, language), speakers=words["between_speakers"].join(told)
    )
    others = _others(len(transcripts), all_, language)
    return joined((spoke, left_out(len(counts) - len(told), language), others), language)


def left_out(count: int, language: Language) -> str:
    """That so many more are not shown; "" where there is none."""
    return _words(language)["more"].format(count=count) if count > 0 else ""


def joined(sentences: Iterable[str], language: Language) -> str:
    """Sentences one after the other, spaced as the language does it."""
    return _words(language)["between_sentences"].join(filter(None, sentences))


def _counted(what: str, count: int, language: Language) -> str:
    return _words(language)[what if count == 1 else f"{what}s"].format(count=count)


def _others(shown: int, all_: int, language: Language) -> str:
    return _words(language)["others"].format(count=all_) if all_ > shown else ""


def _titles(transcripts: Sequence[Transcript], language: Language) -> str:
    words = _words(language)
    named = [_named(transcript, language) for transcript in transcripts[:_NEWEST]]
    if more := len(transcripts) - len(named):
        named.append(words["more_titles"].format(count=more))
    return words["between_titles"].join(named)


def _named(transcript: Transcript, language: Language) -> str:
    held = day(transcript.date, language)
    form = _words(language)["title_held" if held else "title"]
    return form.format(title=transcript.title, held=held)
