"""The rules that a claim must pass.

A rule that fails gives a reason, one English sentence that can be told to whoever wrote the claim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice

from rag.text.language import is_chinese, to_simplified
from rag.verification.added_words import added_clauses, added_words, no_sentence
from rag.verification.claims import Claim
from rag.verification.joined_facts import joined_words
from rag.verification.numbers import Quantity, quantities, stated
from rag.verification.polarity import (
    denials,
    may_be_denied,
    opposed,
    told_otherwise,
)
from rag.verification.reported import may_say, names_reporter
from rag.verification.swapped_names import exchanged_figures, swapped_names
from rag.verification.thesaurus import is_common, is_verb, stem_of
from rag.verification.words import Text, content_words, latin_names

_QUOTED = re.compile(r"[“\"]([^”\"]+)[”\"]|[「『]([^」』]+)[」』]")
_MARKS = (("“", "”"), ("「", "」"), ("『", "』"))
# A term may be put in quotation marks in translation (“一国两制”), a sentence may not.
_LONGEST_TERM = 12
# What opens words that are only told, whoever tells them: "that", a colon, a quotation mark.
# With a quotation mark go the words up to its counterpart.
_OPENS = re.compile(
    r"\bthat\b|[:：;]|[“「『](?P<quoted>[^”」』]*)|\"(?P<marked>[^\"]*)\"?", re.IGNORECASE
)
# As many of them are looked at, so that no sentence can hold the reader up.
_MOST_OPENINGS = 4
# Who speaks of himself tells what follows himself: "I must say that", "我要说：".
_OWN_WORD = re.compile(r"\b(?:I|we|my|our)\b|我|本", re.IGNORECASE)
# Shares of words, chosen on the dev half of eval/sets/claims/claims.jsonl.
_DENIED_SHARE = 0.6
_WITHIN_SHARE = 0.75
_TOLD_SHARE = 0.65


Rule = Callable[[Claim], Iterator[str]]


def first_problem(claim: Claim, rules: Iterable[Rule]) -> str:
    """Why a claim fails the rules, as a sentence; "" when it passes them all."""
    return next((reason for rule in rules for reason in rule(claim)), "")


def _report(claim: Claim) -> Iterator[str]:
    speakers = [part.speaker for part in claim.cited]
    for who in claim.reported_by:
        if not any(may_say(who, speaker, claim.evidence) for speaker in speakers):
            names = " and ".join(dict.fromkeys(speaker.name for speaker in speakers))
            yield f"The cited words are not those of {who}: they are those of {names}."
    for speaker in speakers if claim.reported_by else ():
        if not any(may_say(who, speaker, claim.evidence) for who in claim.reported_by):
            yield f"Part of the cited words are those of {speaker.name}, whom the claim leaves out."
    if claim.kind == "asked" and not any(
        names_reporter(who) or any(speaker.is_called(who) for speaker in speakers)
        for who in claim.reported_by
    ):
        yield "The claim does not say that this was only asked by a reporter."


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
        if word.name and not any(text.has_own_name(word) for text in known):
            yield f"The cited sentences do not name {word.text}."


def _negation(claim: Claim) -> Iterator[str]:
    said, found = denials(claim.core), denials(claim.evidence.text)
    words = claim.stated.words
    for negation in found.negations if not said.negations else ():
        denied = content_words(negation.scope)
        kept = sum(map(claim.stated.has, denied[:5])) >= _DENIED_SHARE * len(denied[:5])
        kept = kept and any(map(claim.stated.has, denied[:2]))
        # Where the scope has none of the claim's words, nothing of the claim is denied.
        touches = kept or any(map(claim.stated.has, denied))
        within = touches and (
            sum(map(Text(negation.scope).has, words)) >= _WITHIN_SHARE * len(words)
        )
        if denied and (kept or within):
            yield f"The claim leaves out a negation of the cited sentences ({negation.word})."
    if not said.negations:
        return
    if not found.negations and not claim.same_language and may_be_denied(claim.evidence.digits):
        return
    denied_by, scopes, affirmed = map(Text, (found.sentences, found.scopes, found.affirmed))
    for sentence, word in {n.sentence: n.word for n in said.negations}.items():
        if not any(map(denied_by.has, content_words(sentence))):
            yield f"The claim denies ({word}) what the cited sentences do not deny."
    for negation in said.negations:
        denied = content_words(negation.scope)[:5]
        told = [*content_words(negation.before), *denied]
        if not claim.same_language or not denied or any(map(scopes.has, told)):
            continue
        if sum(map(affirmed.has, denied)) >= _DENIED_SHARE * len(denied):
            yield f"The claim denies ({negation.word}) what the cited sentences affirm."


def only_told(claim: Claim) -> str:
    """What stands before the words that a claim tells as a fact, where a sentence only tells them.

    "Media claim that it closed" and "Say: it closed" do not state that it closed, as "I must say
    that it closed" does. Told is what a claim takes from behind such an opening with half of the
    words before it at most. "" where nothing is only told.
    """
    sentences = [to_simplified(each) for part in claim.cited for each in part.sentences]
    texts = [Text(sentence) for sentence in sentences]
    for place, sentence in enumerate(sentences):
        # What only this sentence bears, of all that the claim says.
        others = texts[:place] + texts[place + 1 :]
        words = [w for w in claim.stated.words if not any(text.has(w) for text in others)]
        for opening in islice(_OPENS.finditer(sentence), _MOST_OPENINGS):
            head = sentence[: opening.start()]
            leading = content_words(head)
            if _OWN_WORD.search(head) or not (leading or _opens_with_verb(head)):
                continue
            # "Teams that pass pay nothing": what stands before "that" is told of, not who tells.
            if leading and claim.stated.has(leading[-1]):
                continue
            told = opening["quoted"] or opening["marked"] or sentence[opening.end() :]
            within = sum(map(Text(told).has, words))
            kept = sum(map(claim.stated.has, leading))
            if words and within >= _TOLD_SHARE * len(words) and 2 * kept <= len(leading):
                return head.strip()
    return ""


def _opens_with_verb(head: str) -> bool:
    """ "Say", as in "Say that it closed", but not "It is true"."""
    first = head.split(maxsplit=1)[:1]
    return bool(first) and is_verb(stem_of(first[0].casefold()))


def _direction(claim: Claim) -> Iterator[str]:
    said, evidence = claim.stated.digits, claim.evidence.digits
    if pair := opposed(said, evidence):
        yield f"The claim says “{pair[0]}”, the cited sentences say “{pair[1]}”."


def _modality(claim: Claim) -> Iterator[str]:
    # Of several cited sentences, some done and some planned, the nearest in words counts.
    sentences = [Text(sentence) for part in claim.cited for sentence in part.sentences]
    nearest = max(
        sentences, key=lambda text: sum(map(text.has, claim.stated.words)), default=claim.evidence
    )
    if otherwise := told_otherwise(claim.stated.digits, nearest.digits):
        was = "planned" if otherwise == "done" else "done"
        yield f"The claim tells as {otherwise} what the cited sentences tell as {was}."


def _swaps(claim: Claim) -> Iterator[str]:
    # Across languages more words agree by chance.
    margin = 1 if claim.same_language else 2
    for name, rival in swapped_names(claim.stated, claim.before, claim.evidence, margin):
        yield f"In the cited sentences this is about {rival.title()}, not {name.title()}."
    if claim.same_language:
        for figure, rival in exchanged_figures(claim.stated, claim.evidence):
            yield f"In the cited sentences the figure for this is {rival}, not {figure}."


def _joins(claim: Claim) -> Iterator[str]:
    if words := joined_words(claim):
        yield f"No cited sentence tells of this together with the rest: {', '.join(words)}."


# What each of them catches: docs/decisions.md, by ``python -m eval.studies.ablation``.
RULES: Mapping[str, Rule] = {
    "speaker": _report,
    "quotes": _quotes,
    "figures": _numbers,
    "names": _names,
    "negation": _negation,
    "opposites": _direction,
    "planned or done": _modality,
    "exchanged names and figures": _swaps,
    "joined facts": _joins,
    "no sentence": no_sentence,
    "added clauses": added_clauses,
    "added words": added_words,
}
