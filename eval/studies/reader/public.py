"""Public data sets as examples for the reader, read where they lie (``eval_data_dir``/reading).

The README beside them says what may be trained on and under which licence. SQuAD's form gives the
words of an answer: the sentence that holds them states it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.errors import SetError
from eval.studies.reader.examples import Asked, Claimed, Data, Label, Text
from rag.reader.layout import PASSAGE
from rag.text.sentences import split_sentences

_MOST_CHARACTERS = 1600
_SQUAD = {
    "cmrc": ("cmrc_dev.json", "cmrc_trial.json"),
    "drcd": ("drcd_dev.json", "drcd_test.json"),
    "policyqa": ("policyqa_dev.json", "policyqa_test.json"),
    "squad2": ("squad2_dev_a.json",),
}
# The articles of squad2_dev_a.json in csquad2_dev.json: what was trained on is not measured on.
_IN_ENGLISH = frozenset(
    (
        "诺曼人",
        "计算复杂性理论",
        "蒸汽机",
        "European_Union_law",
        "哈佛大学",
        "免疫系统",
        "帝国主义",
        "力",
    )
)
_ENTAILED: dict[str, Label] = {
    "entailment": "borne_out", "SUPPORTS": "borne_out", "supported": "borne_out",
    "contradiction": "contradicted", "REFUTES": "contradicted",
    "neutral": "not_given", "NOT ENOUGH INFO": "not_given", "not_supported": "not_given",
    "not_entailment": "not_given",
}  # fmt: skip


def read_public(folder: Path) -> Data:
    """All that may be trained on. Raises SetError when a file is missing or not in its form."""
    try:
        return Data.of([*_asked(folder), *_claimed(folder)])
    except OSError as error:
        raise SetError(
            f"The reader is trained on the files of {folder}: {error.strerror or error}. Set "
            "HETAO_EVAL_DATA_DIR to the folder that has them."
        ) from error
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise SetError(f"A file of {folder} is not in its published form ({error!r}).") from error


def read_csquad(folder: Path) -> list[Asked]:
    """SQuAD 2.0's dev set in Chinese, for measuring only, without the articles trained on."""
    data = json.loads((folder / "csquad2_dev.json").read_text(encoding="utf-8"))["data"]
    kept = [article for article in data if article["title"] not in _IN_ENGLISH]
    return list(_squad(kept, "csquad2"))


def _asked(folder: Path) -> Iterator[Asked]:
    for source, files in _SQUAD.items():
        for file in files:
            data = json.loads((folder / file).read_text(encoding="utf-8"))
            yield from _squad(data["data"] if isinstance(data, dict) else data, source)
    yield from _molweni(folder / "molweni_test.json")
    yield from _clapnq(folder)
    yield from _qed(folder / "qed_dev.jsonl")
    yield from _boolq(folder)


def _squad(articles: Sequence[Any], source: str) -> Iterator[Asked]:
    for number, article in enumerate(articles):
        title = str(article.get("title", "")).replace("_", " ")
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            spans = split_sentences(context, 0, len(context))
            sentences = tuple(context[start:end] for start, end in spans)
            if not sentences or len(context) > _MOST_CHARACTERS:
                continue
            text = Text(PASSAGE + title, "", sentences, f"{source}/{title or number}", source)
            for asked in paragraph["qas"]:
                answers = {
                    place
                    for answer in asked["answers"][:1]
                    for place, (start, end) in enumerate(spans)
                    if start <= answer["answer_start"] < end
                }
                if answers or asked.get("is_impossible"):
                    words = asked["answers"][0]["text"] if answers else ""
                    yield Asked(asked["question"], text, frozenset(answers), words=words)


def _molweni(file: Path) -> Iterator[Asked]:
    dialogues = json.loads(file.read_text(encoding="utf-8"))["data"]["dialogues"]
    for number, dialogue in enumerate(dialogues):
        context, at, spans = dialogue["context"], 0, []
        for said in dialogue["edus"]:
            line = f"{said['speaker']}: {said['text']}".casefold()
            start = context.find(line, at)
            if start < 0:
                break
            at = start + len(line)
            spans.append((start, at))
        else:
            lines = tuple(f"{said['speaker']}: {said['text']}" for said in dialogue["edus"])
            text = Text(PASSAGE + "narrator", "", lines, f"molweni/{number}", "molweni")
            for asked in dialogue["qas"]:
                answers = {
                    place
                    for answer in asked["answers"][:1]
                    for place, (start, end) in enumerate(spans)
                    if start <= answer["answer_start"] < end
                }
                if answers or asked["is_impossible"]:
                    yield Asked(asked["question"], text, frozenset(answers))


def _clapnq(folder: Path) -> Iterator[Asked]:
    for name in ("clapnq_ans.jsonl", "clapnq_una.jsonl"):
        for line in _lines(folder / name):
            record = json.loads(line)
            (passage,) = record["passages"][:1]
            sentences = tuple(s for s in passage["sentences"] if s.strip())
            chosen = {s.strip() for o in record["output"] for s in o.get("selected_sentences", ())}
            answers = {place for place, s in enumerate(sentences) if s.strip() in chosen}
            if answers or name == "clapnq_una.jsonl":
                text = Text(
                    PASSAGE + passage["title"], "", sentences, f"clapnq/{record['id']}", "clapnq"
                )
                yield Asked(record["input"], text, frozenset(answers))


def _qed(file: Path) -> Iterator[Asked]:
    for line in _lines(file):
        record = json.loads(line)
        paragraph, starts = record["paragraph_text"], record["sentence_starts"]
        ends = [*starts[1:], len(paragraph)]
        chosen = record["annotation"].get("selected_sentence")
        if chosen and len(paragraph) <= _MOST_CHARACTERS:
            sentences = tuple(paragraph[a:b].strip() for a, b in zip(starts, ends, strict=True))
            place = max(i for i, start in enumerate(starts) if start <= chosen["start"])
            title = record["title_text"]
            text = Text(PASSAGE + title, "", sentences, f"qed/{record['example_id']}", "qed")
            yield Asked(record["question_text"], text, frozenset({place}))


def _boolq(folder: Path) -> Iterator[Asked]:
    """Questions for yes or no; the passage answers, the sentence is not known."""
    for name in ("train", "dev"):
        for record in json.loads((folder / f"olora_BoolQA_{name}.json").read_text("utf-8")):
            asked, _, passage = record["sentence"].partition("\npassage: ")
            title, _, said = passage.partition(" -- ")
            sentences = tuple(said[a:b] for a, b in split_sentences(said, 0, len(said)))
            if sentences and len(said) <= _MOST_CHARACTERS:
                text = Text(PASSAGE + title, "", sentences, f"boolq/{title}", "boolq")
                question = asked.removeprefix("question: ") + "?"
                yield Asked(question, text, frozenset(), words=said[:60], whole=True)


def _claimed(folder: Path) -> Iterator[Claimed]:
    for name in ("fm2_dev.jsonl", "fm2_test.jsonl"):
        for line in _lines(folder / name):
            record = json.loads(line)
            cited = [e["text"] for e in record["gold_evidence"]]
            about = str(record.get("wikipedia_page", ""))
            yield _claim(record["text"], cited, record["label"], "fm2", about)
    rte = [_lines(folder / f"rtefever_dev.{part}") for part in ("in0", "in1", "label")]
    for evidence, claim, label in zip(*rte, strict=True):
        yield _claim(claim, [evidence], label, "fever")
    for line in _lines(folder / "fever_symmetric_dev.jsonl"):
        record = json.loads(line)
        yield _claim(record["claim"], [record["evidence"]], record["gold_label"], "symmetric")
    for line in _lines(folder / "wice_claim_dev.jsonl"):
        record = json.loads(line)
        if record["label"] != "partially_supported" and any(record["supporting_sentences"]):
            chosen = next(filter(None, record["supporting_sentences"]))
            cited = [record["evidence"][i] for i in chosen]
            yield _claim(record["claim"], cited, record["label"], "wice")
    for name in ("train", "dev", "test"):
        for record in json.loads((folder / f"olora_MNLI_{name}.json").read_text(encoding="utf-8")):
            one, _, two = record["sentence"].partition("\nsentence 2: ")
            if record["label"] in _ENTAILED:  # "-" where the annotators did not agree
                cited = [one.removeprefix("sentence 1: ")]
                yield _claim(two, cited, record["label"], "mnli")


def _claim(claim: str, cited: Sequence[str], label: str, source: str, about: str = "") -> Claimed:
    text = Text(PASSAGE + about, "", tuple(cited), f"{source}/{cited[0][:60]}", source)
    return Claimed(claim, text, _ENTAILED[label])


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
