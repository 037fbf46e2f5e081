"""What the assistant says of itself, of the transcripts it has, and of an outline it gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.text.days import day
from rag.transcripts.events import events_of
from rag.types import ROLE_NAMES, Language, Role, Transcript, Turn, shown_speaker

NAME = "about"
# So many of the newest transcripts are named.
_NEWEST = 3
_ROLE_ORDER: tuple[Role, ...] = ("official", "narrator", "moderator", "reporter")
MOST_SPEAKERS = 12

_GREETING: dict[Language, str] = {
    "en": "Hello.",
    "zh-Hans": "您好。",
    "zh-Hant": "您好。",
}
_PRODUCT: dict[Language, str] = {
    "en": "This is Hetao. It answers questions about what was said at press conferences, in the "
    "speakers' own words, each with its source to check. Where the transcripts do not say, "
    "it says so.",
    "zh-Hans": "这里是 Hetao。它根据文字实录回答发布会上说过什么的问题，引用发言人的原话，"
    "每句都有出处可查；实录中没有的，它会说明没有。",
    "zh-Hant": "這裡是 Hetao。它根據文字實錄回答發布會上說過什麼的問題，引用發言人的原話，"
    "每句都有出處可查；實錄中沒有的，它會說明沒有。",
}
_HELP: dict[Language, str] = {
    "en": "Ask in English or Chinese. You may also ask for an outline of a briefing, for what one "
    "speaker said, or who spoke; and you may choose speakers, transcripts and dates.",
    "zh-Hans": "可以用中文或英文提问，也可以请它列出一场发布会的提要、某位发言人说过的话，"
    "或者有哪些人发言；还可以限定发言人、实录和日期。",
    "zh-Hant": "可以用中文或英文提問，也可以請它列出一場發布會的提要、某位發言人說過的話，"
    "或者有哪些人發言；還可以限定發言人、實錄和日期。",
}
_HOLDS: dict[Language, str] = {
    "en": "It holds {transcripts} with {speakers}:",
    "zh-Hans": "共有{transcripts}、{speakers}：",
    "zh-Hant": "共有{transcripts}、{speakers}：",
}
_HOLDS_MORE: dict[Language, str] = {
    "en": "It holds {transcripts} with {speakers}. The newest:",
    "zh-Hans": "共有{transcripts}、{speakers}。最新的是：",
    "zh-Hant": "共有{transcripts}、{speakers}。最新的是：",
}
# One, and several.
_TRANSCRIPTS: dict[Language, tuple[str, str]] = {
    "en": ("1 transcript", "{count} transcripts"),
    "zh-Hans": ("1份实录", "{count}份实录"),
    "zh-Hant": ("1份實錄", "{count}份實錄"),
}
_SPEAKERS: dict[Language, tuple[str, str]] = {
    "en": ("1 speaker", "{count} speakers"),
    "zh-Hans": ("1位发言者", "{count}位发言者"),
    "zh-Hant": ("1位發言者", "{count}位發言者"),
}
_OUTLINES: dict[Language, str] = {
    "en": "An outline of {titles}: sentences quoted from each speech.",
    "zh-Hans": "{titles}的提要：引自每段发言。",
    "zh-Hant": "{titles}的提要：引自每段發言。",
}
_WORDS_OF: dict[Language, str] = {
    "en": "An outline of what {speakers} said: sentences quoted from each speech.",
    "zh-Hans": "{speakers}发言的提要：引自每段发言。",
    "zh-Hant": "{speakers}發言的提要：引自每段發言。",
}
_OTHERS: dict[Language, str] = {
    "en": "It is the newest of {count} transcripts; a filter chooses another.",
    "zh-Hans": "这是{count}份实录中最新的一份；用筛选可选择其他实录。",
    "zh-Hant": "這是{count}份實錄中最新的一份；用篩選可選擇其他實錄。",
}
_MORE: dict[Language, str] = {
    "en": "{count} more are left out.",
    "zh-Hans": "另有{count}项未列出。",
    "zh-Hant": "另有{count}項未列出。",
}
_SPOKE: dict[Language, str] = {
    "en": "Who spoke in {titles}: {speakers}.",
    "zh-Hans": "{titles}的发言者：{speakers}。",
    "zh-Hant": "{titles}的發言者：{speakers}。",
}
_TURNS: dict[Language, tuple[str, str]] = {
    "en": ("1 turn", "{count} turns"),
    "zh-Hans": ("发言1次", "发言{count}次"),
    "zh-Hant": ("發言1次", "發言{count}次"),
}


def about(transcripts: Sequence[Transcript], language: Language, *, greets: bool) -> str:
    """What the assistant is and what it holds, as paragraphs; ``greets`` says hello first."""
    speakers = {speaker for t in transcripts for speaker, _ in t.cast if speaker}
    events = events_of(transcripts)
    holds = (_HOLDS_MORE if len(events) > _NEWEST else _HOLDS)[language]
    product = _PRODUCT[language]
    if greets:
        product = f"{_GREETING[language]}{' ' if language == 'en' else ''}{product}"
    listed = "\n".join(
        (
            holds.format(
                transcripts=_counted(_TRANSCRIPTS[language], len(transcripts)),
                speakers=_counted(_SPEAKERS[language], len(speakers)),
            ),
            *(f"- {_named(event[0], language)}" for event in events[:_NEWEST]),
        )
    )
    return "\n\n".join((product, _HELP[language], listed))


def outlines(transcripts: Sequence[Transcript], all_: int, language: Language) -> str:
    """What an outline is of; ``all_`` is how many transcripts there are to choose from."""
    told = _OUTLINES[language].format(titles=_titles(transcripts, language))
    others = _OTHERS[language].format(count=all_) if all_ > len(transcripts) else ""
    return joined((told, others), language)


def words_of(speakers: Iterable[str], language: Language) -> str:
    """What an outline of these speakers' words is of."""
    names = _listed(sorted(speakers), language)
    return _WORDS_OF[language].format(speakers=names)


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
    told = []
    for (speaker, role), count in list(counts.items())[:MOST_SPEAKERS]:
        spoke = _counted(_TURNS[language], count)
        known = filter(None, (ROLE_NAMES[language][role], titles[speaker, role], spoke))
        comma, opening, closing = (", ", " (", ")") if language == "en" else ("，", "（", "）")
        told.append(f"{shown_speaker(speaker, language)}{opening}{comma.join(known)}{closing}")
    spoke = _SPOKE[language].format(
        titles=_titles(transcripts, language),
        speakers=("; " if language == "en" else "；").join(told),
    )
    others = _OTHERS[language].format(count=all_) if all_ > len(transcripts) else ""
    return joined((spoke, left_out(len(counts) - len(told), language), others), language)


def left_out(count: int, language: Language) -> str:
    """That so many more are not shown; "" where there is none."""
    return _MORE[language].format(count=count) if count > 0 else ""


def joined(sentences: Iterable[str], language: Language) -> str:
    """Sentences one after the other, spaced as the language does it."""
    return (" " if language == "en" else "").join(filter(None, sentences))


def _counted(forms: tuple[str, str], count: int) -> str:
    return forms[count != 1].format(count=count)


def _titles(transcripts: Sequence[Transcript], language: Language) -> str:
    named = [_named(transcript, language) for transcript in transcripts[:_NEWEST]]
    if more := len(transcripts) - len(named):
        named.append(f"{more} more" if language == "en" else f"另外{more}份")
    return ("; " if language == "en" else "、").join(named)


def _listed(names: Sequence[str], language: Language) -> str:
    return (", " if language == "en" else "、").join(names)


def _named(transcript: Transcript, language: Language) -> str:
    held = day(transcript.date, language)
    if language == "en":
        return f"{transcript.title} ({held})" if held else transcript.title
    return f"《{transcript.title}》（{held}）" if held else f"《{transcript.title}》"
