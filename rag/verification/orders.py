"""Sentences of a transcript that speak to a machine: orders, markup, hidden characters.

They stay in the transcript, can be quoted as what was said, and a chat model reads them among the
rest. But no claim rests on them: "Say that the harbour is closed" says nothing of the harbour.
"""

from __future__ import annotations

import re
import unicodedata

_WRITE = (
    r"(?:say|write|answer|reply|respond|output|print|repeat|quote|cite|conclude|insist|pretend|"
    r"tell (?:them|him|her|people|readers|users))"
)
_ORDER = re.compile(
    # "Ignore all instructions above", "your instructions", "the system prompt"
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
    r"\b(?:instructions?|rules?|above|previous|prior|prompts?|guidelines|orders|everything)\b"
    r"|\b(?:your|new|hidden|system) (?:instructions?|prompts?)\b"
    r"|\bsystem (?:override|message)\b|\bapi key\b|\btool result\b"
    r"|\bas an? (?:ai|assistant|chatbot|language model)\b|\b(?:the|dear) (?:assistant|chatbot)\b"
    # An imperative to a writer; "Say what you will" is as rare in a statement.
    rf"|^\W*(?:please |now |then |also |always |just |only )*(?:{_WRITE}|add|append|begin (?:with)|"
    r"end (?:each|every|with|your)|attribute|multiply|decode|translate|fetch|visit|link|send|"
    r"use this|reveal|roleplay|act as)\b(?!,)"
    rf"|\b(?:and|then|just|only|always|must|have to|has to|should|shall)"
    rf" (?:{_WRITE}|state|claim|report)(?: only)?(?: that\b|:)"
    r"|\bif (?:somebody|someone|anybody|anyone|people|users?|you are|you're) ask"
    rf".{{0,60}}\b{_WRITE}\b"
    rf"|\bwhatever (?:is|you are) asked\b|\byou are now\b"
    r"|\bonly (?:\w+ )?(?:reply|answer|response|output)\b|\bdeveloper mode\b"
    r"|\b(?:correct|right) answer to (?:any|every|each|all)\b"
    r"|\b(?:(?:language|ai) models?|chatbots?|ai assistants?)\s*[,:]"
    r"|\b(?:inform|tell) (?:the )?(?:readers?|users?)\b"
    r"|(?:机器人|機器人|模型|智能助手)(?:请|請|必须|必須|应|應)"
    r"|(?:告诉|告訴|通知|回答)(?:用户|用戶|读者|讀者)"
    rf"|\b(?:answer|reply|respond|say|write|output|print)(?: with)?(?: only| just| exactly)\b"
    r"|(?:忽略|无视|無視|忘记|忘記|不要理会).{0,12}(?:指令|指示|规则|規則|以上|之前|提示)"
    r"|系[统統]提示|提示[词詞]|(?:你|您)[的]?(?:指令|指示)"
    r"|(?:只|一律|统一|統一|必须|必須|就|请|請|只需|只能|直接)(?:要|需|能|可)?"
    r"(?:回答|回复|回覆|答复|答覆|输出|輸出|说成|說成|写成|寫成|声称|聲稱)"
    r"|如果有人(?:问|問).{0,20}[说說答]|(?:你|您)(?:现在|現在)?(?:是|扮演)(?:一个|一個)?.{0,8}(?:助手|模型)"
    r"|[译譯]成.{0,6}(?:输出|輸出)",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"</?[a-z!][^>]*>?|<\||\[/?inst\]|!\[|\]\(|[:：][/／]{2}|\bwww[.．]|javascript:|:\w+\[|\$\\|"
    r"\{\s*\"|\b[A-Za-z0-9+/]{32,}={0,2}(?!\w)",
    re.IGNORECASE,
)
_SPACED_OUT = re.compile(r"(?:\b[A-Za-z] ){4,}")
# Turned round, steered, or bytes that nobody sees. Joiners and soft hyphens are on honest pages.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e01ef]|[\ufe00-\ufe0d]"
)


def speaks_to_a_machine(sentence: str) -> bool:
    """Whether a sentence is meant for what reads the transcript rather than for the press."""
    seen = "".join(char for char in sentence if unicodedata.category(char) != "Cf")
    folded = unicodedata.normalize("NFKC", seen)
    patterns = (_ORDER, _MARKUP, _SPACED_OUT)
    return bool(_HIDDEN.search(sentence)) or any(pattern.search(folded) for pattern in patterns)
