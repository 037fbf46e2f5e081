"""What turns a statement into its opposite: negation, direction, and planned against done.

But for :func:`denials` texts are as :func:`rag.verification.digits.in_digits` writes them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text.language import to_simplified
from rag.verification.thesaurus import stem_of

# Pairs of opposites, in English (matched from the start of a word) and Simplified Chinese. A
# claim must not have one where its evidence has only the other. Of the first group the second is
# moreover never implied: a claim has it only when its evidence does.
_ADVANCES_AND_SETBACKS = (
    (
        "increas|rise|rising|rose|grow|grew|expand|rais|strengthen|enhanc|accelerat|speed|boost|"
        r"higher|(?:go(?:es|ne)?|going|went|come|came) up|up (?:by|from)|"
        "增加|增至|上升|提高|增长|加快|加速|扩大|加强|提升|追加",
        r"decreas|fall|fell|drop|declin|reduc|cut|shrink|lower|slow|weaken|"
        r"(?:go(?:es|ne)?|going|went|come|came) down|down (?:by|from|to)|减少|下降|降低|放慢|减慢|"
        "减速|削弱|削减",
    ),
    (
        r"promot|facilitat|encourag|foster|enabl|allow|eas(?:e|ing)\b|促进|推动|鼓励|便利",
        r"restrict|limit|hamper|hinder|obstruct|discourag|imped|ban(?:s|ned|ning)?\b|prevent|"
        "限制|阻碍|不鼓励|禁止|妨碍",
    ),
    (r"hir(?:e|ed|ing)\b|employ|recruit|雇佣|聘", "dismiss|fired|laid off|解雇|裁员"),
    (
        "continu|maintain|go on|goes on|keep|kept|继续|保持",
        r"stop|ceas|no longer|(?<!the )end(?:ed|s|ing)\b|discontinu|停止|终止|不再|结束",
    ),
    ("strong|solid|firm|扎实|稳固|雄厚", "weak|薄弱"),
    ("focus|prioriti|重点|优先", "neglect|avoid|忽视|避免"),
    (r"accept|approv|agree|sign(?:ed|s)?\b|签署|同意|批准", "reject|refus|veto|拒绝|否决"),
)
_OPPOSITES = (
    (
        r"more than|over [$£€]?[«\d]|above|exceed|超过|多于|逾",
        r"less than|fewer|under [$£€]?[«\d]|below|不足|少于|低于|不到",
    ),
    ("before|prior to|之前|以前", "after|following|之后|以后"),
    ("highest|record high|最高|新高", "lowest|record low|最低|新低"),
    ("largest|biggest|greatest|最大", "smallest|最小"),
    ("oldest|最年长|最老", "youngest|最年轻"),
    ("positive|favou?rabl|benefi|有利|积极影响|正面", "negativ|harm|hurt|hamper|不利|负面"),
    ("open|开业|开放|开幕", r"closed\b(?! c)|closure|shut|关闭|停业"),
    ("in favou?r|support|赞成|支持", "against|oppos|反对"),
    ("complet|finish|竣工|建成|完成", "begun|began|begin|start|launch|开始|启动|动工"),
    ("morning|上午|早上", "afternoon|下午"),
    ("past|recent|近年|过去", "coming|next|future|未来|今后|将来"),
    (r"last\b|final|最后", "«1:ordinal»"),
    (r"gain|win\b|won\b|赢", "lose|lost|失去"),
    (r"most\b|majority|大多|多数|大部分", r"few\b|small number|minority|少数"),
    (r"import(?:s|ed|ing)?\b|进口", "export|出口"),
    ("without", r"with\b"),
    ("north", "south"),
    (r"east", r"west"),
    (r"arriv|reach", r"depart|leav|left\b"),
    ("common|frequent|often|常见|经常", "rare|seldom|罕见|很少"),
    ("succe|成功", "fail|失败"),
    ("even if|即使", "unless|除非"),
    ("deep", "shallow"),
    ("early|earlier|提前", "late|later|推迟|延后"),
    ("public|公共|公立", "private|私人|私营|私立"),
    ("at least|至少", "at most|最多|至多"),
    ("former", "latter"),
    (r"young|年轻", r"old\b|older|年长"),
    (r"faster|quicker|更快", r"slower|longer|更慢"),
    ("supporti|support|支持", "hostile|敌视"),
)


def _compile(words: str) -> re.Pattern[str]:
    parts = re.split(r"\|(?![^(]*\))", words)
    return re.compile(
        "|".join(p if not p[0].isascii() or p[0] in "«" else rf"\b{p}" for p in parts)
    )


_PAIRS = tuple(
    (_compile(one), _compile(two)) for one, two in (*_ADVANCES_AND_SETBACKS, *_OPPOSITES)
)

_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|none|neither|nor|cannot|without|nobody|nothing|hardly|unable|lack(?:s|ed)?|"
    r"reject(?:s|ed)?|refus\w+|"
    r"forbid\w*|prohibit\w*|banned|den(?:y|ies|ied)|fail(?:s|ed)?|avoid\w*|advis\w+ against|"
    r"rather than|instead of|yet to|"
    r"stop(?:s|ped)?|end(?:s|ed)|exclud\w+)|n['’]t)\b(?! (?:only|matter|doubt)\b)|"
    # 不断, 不仅, 与众不同, 未来, 无论 ... deny nothing.
    r"(?<![淹沉埋出])没有?|并非|绝非|失败|拒绝|否认|避免|免[得去]|以免|阻止|缺乏|不(?![断仅同少过久论管但足止到可变单光良如法服]|鼓励)|未(?!来)|"
    r"无(?![论数疑线限人])"
)
# What may be told with a negation, though it is none: "undeveloped" is 未开发.
_LIKE_NEGATION = re.compile(
    r"\b(?:un(?!der|ti|it|iq|ion|iv)\w{4,}|non-?\w{3,}|dis(?!tri|cus|play|cov|cip|tin|pat|ab)\w{4,}|"
    r"less|little|too|only|imposs\w+|outside|outstanding|free of)\b"
)


def may_be_denied(text: str) -> bool:
    """Whether a text can be told with a negation without having one of its own."""
    return _LIKE_NEGATION.search(text) is not None


_PLANNED = (
    r"\b(?:will|would|shall)\b|\bplan(?:s|ned|ning)? to\b|\bgoing to\b|\bintend|\bexpect|\bpredict|"
    # 将 may also only put an object before its verb, and 会 tell what happens again and again.
    r"将(?![其它之自]|[^，。]{2,16}?[为到至成给入])|"
    r"(?<![董事员社大都协理机议国教能时常学工公])会(?![议员计面集众])|计划|(?<![虚模])拟|即将|打算|预计"
)
_FUTURE = re.compile(_PLANNED)
# What a speaker wants is not done either, yet may be told without "will".
_WANTED = re.compile(
    rf"{_PLANNED}|\baims?\b|\bstriv\w+|\btry\b|\bmake efforts\b|\bgoal\b|\bobjective\b|"
    r"旨在|致力|努力|目标|希望"
)
# Past participles that as often stand before a noun, or say how something was told.
_NO_DEEDS = (
    "stat|bas|relat|need|root|enhanc|accelerat|nominat|advanc|unit|limit|announc|highlight|includ|"
    "indicat|provid|schedul|suppos|need|requir|call|nam"
)
_DONE = re.compile(
    rf"\b(?:has|have|had|having)\b(?! to\b)(?!.{{0,12}}\bplan)|\b(?!(?:{_NO_DEEDS})ed)\w{{3,}}ed\b|"
    r"\b(?:was|were|already|did|went|gave|became|took|made|came)\b|已|了(?!解)|曾"
)


def opposed(claim: str, evidence: str) -> tuple[str, str] | None:
    """The words by which the claim says the opposite of its evidence, if it does."""
    for pair in _PAIRS:
        for one, other in (pair, pair[::-1]):
            said, found = one.search(claim), other.search(evidence)
            if said and found and not one.search(evidence) and not other.search(claim):
                return said[0], found[0]
    return None


def unfounded(claim: str, evidence: str) -> str:
    """A word of decline, restraint or ending in a claim that nothing in the evidence backs."""
    for _, setback in _PAIRS[: len(_ADVANCES_AND_SETBACKS)]:
        if (said := setback.search(claim)) and not setback.search(evidence):
            return said[0]
    return ""


# How far a negation reaches, in characters: as many are read behind and before it, so that reading
# takes time in proportion to the text however often it denies.
_REACH = 160
_SENTENCE_END = re.compile(r"[.;](?=\s|$)|[。；]")
_SCOPE_END = re.compile("[,:，：的]")
_BEFORE = re.compile("[^,:，：]*$")


@dataclass(frozen=True, slots=True)
class Negation:
    """A word that denies, what follows it and what precedes it in its clause, and its sentence."""

    word: str
    scope: str
    before: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Denials:
    """The negations of a text, in order, each wording once.

    ``sentences`` are those that have one, ``scopes`` what is denied in them, and ``affirmed`` is
    what the text says besides.
    """

    negations: tuple[Negation, ...]
    sentences: str
    scopes: str
    affirmed: str


def denials(text: str) -> Denials:
    """What a text denies and what it does not."""
    found: dict[Negation, None] = {}
    sentences, scopes, affirmed = [], [], []
    for sentence in _SENTENCE_END.split(to_simplified(text).casefold()):
        said = 0
        for match in _NEGATION.finditer(sentence):
            start, end = match.span()
            after = sentence[end : end + _REACH]
            scope = _SCOPE_END.split(after, maxsplit=1)[0]
            before = _BEFORE.search(sentence[max(0, start - _REACH) : start])
            found[Negation(match[0], scope, before[0] if before else "", sentence)] = None
            if said <= start:
                affirmed.append(sentence[said:start])
            # Negations that follow each other deny much the same; it is read once.
            scopes.append(sentence[max(end, said) : end + len(scope)])
            said = max(said, end + len(scope))
        affirmed.append(sentence[said:])
        if said:
            sentences.append(sentence)
    return Denials(tuple(found), " . ".join(sentences), " . ".join(scopes), " ".join(affirmed))


_TO_BE_DONE = re.compile(r"\b(?:be (?:\w+ly )?|being )(?:\w+e[dn]|put|made|built|held|set|cut)\b")


def told_otherwise(claim: str, evidence: str) -> str:
    """ "done" or "planned" where the claim tells so what the evidence only has as the other."""
    said, found = (_TO_BE_DONE.sub("be", text) for text in (claim, evidence))
    if _DONE.search(said) and not _WANTED.search(said):
        return "done" if _WANTED.search(found) and not _DONE.search(found) else ""
    if _FUTURE.search(said) and not _DONE.search(said):
        return "planned" if _DONE.search(found) and not _WANTED.search(found) else ""
    return ""


_HAVING_DONE = re.compile(
    r"\b(?:has|have|had|was|were)(?: been| also| already)* (\w{3,})|\b(\w{3,}ed)\b"
)
_TO_DO = re.compile(rf"(?:{_PLANNED})[^.;]*$")


def only_planned(claim: str, evidence: str) -> str:
    """A verb that the claim tells as done and the evidence has after "will" or "plan to" alone."""
    for said in _HAVING_DONE.finditer(claim):
        stem = stem_of(said[1] or said[2])
        places = [m for m in re.finditer(r"[a-z]+", evidence) if stem_of(m[0]) == stem]
        if places and all(
            _TO_DO.search(evidence[: m.start()][-60:]) and m[0][-2:] != "ed" for m in places
        ):
            return said[0]
    return ""


_RANKED = re.compile(r"(«[\d.]+:ordinal»)?[- ]?(?:\b\w+est\b|最?大|最\w)")
_SUPERLATIVE = re.compile(
    r"(«[\d.]+:ordinal»)?[- ]?(?:\b(?:larg|bigg|high|low|old|young|great)est\b|最[大高低小多])"
)


def bare_superlative(claim: str, evidence: str) -> str:
    """The reason when "second-largest" (both texts in digits) has become "largest"; else ""."""
    ranked = [m[1] for m in _RANKED.finditer(evidence) if m[1] and m[1] != "«1:ordinal»"]
    bare = [m for m in _SUPERLATIVE.finditer(claim) if not m[1]]
    if ranked and bare:
        return f"The claim says {bare[0][0].strip()}, the cited sentences only {ranked[0][1:-1]}."
    return ""
