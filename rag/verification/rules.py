"""The rules that a claim must pass.

A rule that fails gives a reason, one English sentence that can be told to whoever wrote the claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from rag.text.language import is_chinese
from rag.types import shown_speaker
from rag.verification.added_words import added_clauses, added_words, no_sentence
from rag.verification.claims import Claim
from rag.verification.joined_facts import joined_words
from rag.verification.numbers import Quantity, quantities, stated
from rag.verification.polarity import opposed, told_otherwise
from rag.verification.reported import may_say, names_reporter
from rag.verification.swapped_names import exchanged_figures, swapped_names
from rag.verification.thesaurus import is_common
from rag.verification.told import only_told, rumours
from rag.verification.words import Text, content_words, latin_names

_QUOTED = re.compile(r"[“\"]([^”\"]+)[”\"]|[「『]([^」』]+)[」』]")
_MARKS = (("“", "”"), ("「", "」"), ("『", "』"))
# A term may be put in quotation marks in translation (“一国两制”), a sentence may not.
_LONGEST_TERM = 12
# Shares of words, chosen on the dev half of eval/sets/claims/claims.jsonl.
_DENIED_SHARE = 0.6


Rule = Callable[[Claim], Iterator[str]]


def first_problem(claim: Claim, rules: Mapping[str, Rule]) -> tuple[str, str]:
    """The first rule that a claim fails and why, as a sentence; both "" when it passes them all."""
    problems = ((name, reason) for name, rule in rules.items() for reason in rule(claim))
    return next(problems, ("", ""))


def _report(claim: Claim) -> Iterator[str]:
    speakers = [part.speaker for part in claim.cited]
    told_by = claim.told_by if claim.kind == "said" else frozenset()
    wrong = [
        who
        for who in claim.reported_by
        if not any(may_say(who, speaker, claim.evidence) for speaker in speakers)
        or _has_company(who, claim)
    ]
    for who in (*wrong, *sorted(told_by.difference(speaker.name for speaker in speakers))):
        names = " and ".join(dict.fromkeys(shown_speaker(speaker.name) for speaker in speakers))
        yield f"The cited words are not those of {who}: they are those of {names}."
    for speaker in speakers:
        reported = any(may_say(who, speaker, claim.evidence) for who in claim.reported_by)
        if (told_by and speaker.name not in told_by) or (claim.reported_by and not reported):
            name = shown_speaker(speaker.name)
            yield f"Part of the cited words are those of {name}, whom the claim leaves out."
    if claim.kind == "asked" and not any(
        names_reporter(who) or any(speaker.is_called(who) for speaker in speakers)
        for who in claim.reported_by
    ):
        yield "The claim does not say that this was only asked by a reporter."


def _has_company(who: str, claim: Claim) -> bool:
    """Whether "X and Y" are said to have said it, and one of them is nobody whom it cites."""
    return " and " in who and any(
        not (is_common(name) or claim.is_speaker(name) or claim.evidence.has_name(name))
        for name in latin_names(who)
    )


def _quotes(claim: Claim) -> Iterator[str]:
    if any(claim.text.count(one) != claim.text.count(other) for one, other in _MARKS) or (
        claim.text.count('"') % 2
    ):
        yield "A quotation mark of the claim has no counterpart."
    spoken, chinese = _squeezed(claim.evidence.text), is_chinese(claim.evidence.text)
    for match in _QUOTED.finditer(claim.text):
        quote = match[1] or match[2]
        if is_chinese(quote) != chinese:
            if len(quote) > _LONGEST_TERM:
                yield f"A translation must not stand in quotation marks: {quote}"
        elif _squeezed(quote) not in spoken:
            yield f"The cited sentences do not hold these words: {quote}"


def _squeezed(text: str) -> str:
    """Letters and digits alone: the pages set "two parks ," where a writer has "two parks"."""
    return "".join(filter(str.isalnum, text))


def _numbers(claim: Claim) -> Iterator[str]:
    evidence = quantities(claim.evidence.text)
    for quantity in quantities(claim.core):
        if _is_both(quantity, claim):
            continue
        if stated(quantity, evidence, claim.day) is False:
            yield f"The cited sentences do not give the figure or date {quantity}."


def _is_both(quantity: Quantity, claim: Claim) -> bool:
    """ "The two parks" of a sentence that names both."""
    return (
        quantity == Quantity(Decimal(2), "")
        and re.search(r"\b(?:the|both) (?:\w+ )?two\b|两个?", claim.core, re.IGNORECASE) is not None
        and re.search(r"\band\b|[和与及]", claim.evidence.text) is not None
    )


def _names(claim: Claim) -> Iterator[str]:
    known = (claim.evidence, claim.referent)
    for name in latin_names(claim.core):
        given = claim.is_speaker(name) or (is_common(name) and claim.before.has_name(name))
        if not given and not any(text.has_name(name) for text in known):
            yield f"The cited sentences do not name {name.title()}."
    for word in claim.stated.words:
        if word.name and not any(text.has(word) for text in known):
            yield f"The cited sentences do not name {word.text}."


def _negation_left_out(claim: Claim) -> Iterator[str]:
    for negation in () if claim.denied else claim.denied_in_evidence:
        denied = content_words(negation.scope)[:5]
        if denied and sum(map(claim.stated.has, denied)) >= _DENIED_SHARE * len(denied):
            yield f"The claim leaves out a negation of the cited sentences ({negation.word})."


def _denied_by_nobody(claim: Claim) -> Iterator[str]:
    denied_by = Text(" . ".join({n.sentence: None for n in claim.denied_in_evidence}))
    for sentence, word in {n.sentence: n.word for n in claim.denied}.items():
        if not any(map(denied_by.has, content_words(sentence))):
            yield f"The claim denies ({word}) what the cited sentences do not deny."


def _direction(claim: Claim) -> Iterator[str]:
    said, evidence = claim.stated.digits, claim.evidence.digits
    if pair := opposed(said, evidence):
        yield f"The claim says “{pair[0]}”, the cited sentences say “{pair[1]}”."


def _modality(claim: Claim) -> Iterator[str]:
    # Of several cited sentences, some done and some planned, the nearest in words counts.
    nearest = max(
        claim.sentences,
        key=lambda text: sum(map(text.has, claim.stated.words)),
        default=claim.evidence,
    )
    if otherwise := told_otherwise(claim.stated.digits, nearest.digits):
        was = "planned" if otherwise == "done" else "done"
        yield f"The claim tells as {otherwise} what the cited sentences tell as {was}."


def _exchanged_names(claim: Claim) -> Iterator[str]:
    for name, rival in swapped_names(claim.stated, claim.before, claim.evidence):
        yield f"In the cited sentences this is about {rival.title()}, not {name.title()}."


def _exchanged_figures(claim: Claim) -> Iterator[str]:
    figures = exchanged_figures(claim.stated, claim.evidence)
    for figure, rival in figures if claim.same_language else ():
        yield f"In the cited sentences the figure for this is {rival}, not {figure}."


def _joins(claim: Claim) -> Iterator[str]:
    if words := joined_words(claim):
        yield f"No cited sentence tells of this together with the rest: {', '.join(words)}."


# Each catches what docs/ablation.md says (``python -m eval.studies.ablation``).
RULES: Mapping[str, Rule] = {
    "speaker": _report,
    "quotes": _quotes,
    "figures": _numbers,
    "names": _names,
    "negation left out": _negation_left_out,
    "denied by nobody": _denied_by_nobody,
    "opposites": _direction,
    "planned or done": _modality,
    "exchanged names": _exchanged_names,
    "exchanged figures": _exchanged_figures,
    "joined facts": _joins,
    "no sentence": no_sentence,
    "added clauses": added_clauses,
    "added words": added_words,
    "rumours": rumours,
    "what is only told": only_told,
}
# The cited words hold what such a claim says, so that they can be shown in its place.
HOW_TOLD = frozenset(("rumours", "what is only told"))
