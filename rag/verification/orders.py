"""Sentences of a transcript that speak to a machine: orders, markup, hidden characters.

They stay in the transcript, can be quoted as what was said, and a chat model reads them among the
rest. But no claim rests on them: "Say that the harbour is closed" says nothing of the harbour.
"""

from __future__ import annotations

import re
import unicodedata

from rag.text.language import to_simplified

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
    rf"|\b(?:answer|reply|respond|say|write|output|print)(?: with)?(?: only| just| exactly)\b",
    re.IGNORECASE,
)
# Whoever reads the transcript is addressed or spoken of, or what is to come of the reading.
_MACHINE = (
    r"(?:(?:language |ai )?models?|llms?|ai|(?:ai |virtual )?assistants?|(?:chat)?bots?|programs?|"
    r"machines?|systems?|readers?|summari[sz]ers?)"
)
_TELL = rf"(?:{_WRITE}|present|describe|mention|treat|include|state|report|claim|call|give|refuse)"
_REPLY = r"(?:responses?|repl(?:y|ies)|answers?|outputs?|summar(?:y|ies)|completions?)"
_ADDRESS = re.compile(
    rf"\b{_MACHINE} (?:reading|processing|parsing|quoting|summari[sz]ing|translating|generating|"
    r"that reads?|who reads?) (?:this|these|it|the (?:text|page|transcript|above|following))\b"
    r"|\b(?:whoever|whatever|anything that|anyone who|any system that)\b.{0,12}"
    r"\b(?:read|process|pars|summari[sz]|generat|answer)\w*\b"
    r"|\b(?:language models?|llms?|ai|ai assistants?|chatbots?|bots?) "
    rf"(?:should|must|shall|(?:is|are) to|ha(?:s|ve) to|needs? to) (?:\w+ly )?{_TELL}\b"
    rf"|\b(?:every|each|all|any|your|the) {_REPLY} (?:must|should|shall|ha(?:s|ve) to|needs? to)"
    r" (?:\w+ly )?(?:contain|include|say|state|mention|begin|start|end|read)\b"
    rf"|\b(?:make sure|ensure|see to it)(?: that)? (?:your|the|each|every) {_REPLY}\b"
    rf"|\byour (?:task|job|role|goal|only purpose) is (?:now )?to (?:{_TELL})\b"
    rf"|\b(?:correct|right|proper|expected|valid) {_REPLY} to "
    r"(?:questions?|quer(?:y|ies)|whatever)\b"
    rf"|\b(?:when|while|before|after|if|in) (?:you (?:are )?)?"
    r"(?:summari[sz]|answer|quot|cit|describ|respond|reply|translat|ask)\w*\b.{0,60}?,? "
    rf"(?:please |always |never |do not |you must )*{_TELL} (?:that|the|it|this|only|as)\b"
    r"|\bfor the purposes? of this (?:chat|conversation|session|prompt|dialogue|exercise)\b"
    r"|\bend of (?:the )?(?:transcript|document|context|passages?|input|prompt)\b"
    rf"|\bif you are (?:an? )?{_MACHINE}\b"
    r"|\b(?:automated|artificial|machine) (?:readers?|agents?)\b"
    rf"|\b(?:mandatory|required|essential|imperative) "
    rf"(?:for|that) (?:the|your|every|each) {_REPLY}\b"
    r"|\bthe user (?:will|wants?|needs?|asks?|must|should)\b"
    rf"|\byou (?:must|should|shall|are to) (?:not |never |only |always )?{_TELL}\b"
    rf"|^\W*please (?:\w+ )?(?:summari[sz]e|rewrite|paraphrase|rephrase|{_TELL}) "
    rf"(?:this|the (?:page|text|above|following))\b"
    r"|\bnew (?:task|objective|rule|role)s?\s*:"
    rf"|\bfrom (?:now|this point|here) on\w*,? (?:every|all|each|any|your) {_REPLY}\b"
    r"|\btreat (?:the following|this|that|what follows)\b.{0,30}\bas (?:the |a )?"
    r"(?:official|correct|true|fact)"
    r"|\b(?:readers?|users?|people) (?:of this \w+ )?(?:must|should|are to|have to) be told\b"
    r"|^\W*(?:system|assistant|user|developer|human|instructions?|prompt)\s*[:\]]|^\s*#{1,6} ",
    re.IGNORECASE,
)
_IN_CHINESE_A_MACHINE = "(?:机器人|模型|助手|助理|AI|人工智能|程序|聊天系统)"
_IN_CHINESE_A_REPLY = "(?:回答|回复|答复|输出|答案|摘要|回应)"
_IN_CHINESE = re.compile(
    rf"{_IN_CHINESE_A_MACHINE}[，,]?(?:请|必须|应当?|应该|须|务必)(?:将|把|在|说|写|答|回|告|称|输|忽|视)?"
    rf"|(?:致|给){_IN_CHINESE_A_MACHINE}[^，。]{{0,6}}(?:[:：]|的?(?:备注|指示|说明|留言|提示))"
    r"|(?:告诉|告知|通知|回答)(?:用户|读者|提问者|使用者)"
    r"|(?:忽略|无视|忘记|不要理会).{0,12}(?:指令|指示|规则|以上|之前|提示)"
    r"|系统提示|提示词|(?:你|您)的?(?:指令|指示)"
    r"|(?:只|一律|统一|必须|就|请|只需|只能|直接)(?:要|需|能|可)?"
    r"(?:回答|回复|答复|输出|说成|写成|声称)"
    rf"|(?:请|必须|务必|都要|应当|须)在(?:你|您|所有|每[个次])?的?{_IN_CHINESE_A_REPLY}"
    rf"|(?:所有|每[个一]|一切|任何|每次)的?{_IN_CHINESE_A_REPLY}[^，。]{{0,4}}(?:都|必须|应|要)"
    r"|(?:总结|概括|翻译|引用|摘录|处理|读到|看到|阅读)(?:本|此|这|以上)[^，。]{0,6}[，时的][^。]{0,10}"
    r"(?:务必|必须|请|应|程序|模型|助手|AI)"
    r"|(?:当作|当成|视为|作为)[^，。]{0,4}(?:官方|正确|标准|唯一)的?答案"
    r"|如果有人问.{0,20}[说答]|(?:你|您)(?:现在)?(?:是|扮演)(?:一个)?.{0,8}(?:助手|模型)"
    rf"|{_IN_CHINESE_A_REPLY}时(?:请|须|务必|必须)|自动生成的?{_IN_CHINESE_A_REPLY}"
    r"|(?:你|您)(?:必须|应该?|务必|要|得|只能)(?:说|写|答|称|回)|(?:改写|重写|概括|描述|总结)(?:为|成)[:：]"
    rf"|以下(?:为|是)[^，。]{{0,4}}指令|如果(?:你|您)是{_IN_CHINESE_A_MACHINE}"
    r"|译成.{0,6}输出|^\W*(?:系统|助手|助理|用户|开发者|指令)\s*[:：]",
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
    patterns = (_ORDER, _ADDRESS, _MARKUP, _SPACED_OUT)
    return (
        bool(_HIDDEN.search(sentence))
        or any(pattern.search(folded) for pattern in patterns)
        or _IN_CHINESE.search(to_simplified(folded)) is not None
    )
