from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.errors import SetError
from eval.gold import speaker_at
from eval.public_sets import NAMED_SETS, read_named_set
from rag.settings import Settings

MEETING = {
    "meeting_transcripts": [
        {"speaker": "Chair A", "content": "Good morning to all of you . Let us begin ."},
        {"speaker": "Member B", "content": "  "},
        {"speaker": "Member C", "content": "Yeah . The remote should have a rubber case ."},
        {"speaker": "Chair A", "content": "Okay ."},
    ],
    "specific_query_list": [
        {
            "query": "What case?",
            "answer": "Rubber.",
            "relevant_text_span": [["1", "2"], ["2", "3"]],
        },
        {"query": "What then?", "answer": "Okay.", "relevant_text_span": [["3", "3"]]},
    ],
}


def squad(context: str, question: str, answer: str) -> str:
    found = {"text": answer, "answer_start": context.index(answer)}
    asked = {"id": "x1", "question": question, "answers": [found]}
    paragraph = {"context": context, "qas": [asked]}
    return json.dumps({"data": [{"title": "Steam_engine", "paragraphs": [paragraph]}]})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    english = squad("Two men built four engines.", "How many engines?", "four")
    chinese = squad("两个人造了四台发动机。", "有多少台发动机？", "四台")
    (tmp_path / "qmsum-val.jsonl").write_text(json.dumps(MEETING) + "\n", encoding="utf-8")
    (tmp_path / "xquad.en.json").write_text(english, encoding="utf-8")
    (tmp_path / "xquad.zh.json").write_text(chinese, encoding="utf-8")
    return Settings(eval_data_dir=tmp_path)


@pytest.mark.parametrize("name", NAMED_SETS)
def test_all_gold_is_verbatim_in_a_turn_of_its_speaker(settings: Settings, name: str) -> None:
    chosen, corpus = read_named_set(name, settings)
    transcripts = {transcript.id: transcript for transcript in corpus.transcripts}
    for case in chosen.cases:
        for gold in case.evidence:
            ((transcript_id, start, end),) = gold.spans
            transcript = transcripts[transcript_id]
            assert transcript.text[start:end] == gold.quote
            assert speaker_at(transcript, gold.spans[0]) is not None
            assert gold.speaker in ("", speaker_at(transcript, gold.spans[0]))


def test_meeting_gold_is_the_sentences_of_the_turn_ranges_without_short_ones(
    settings: Settings,
) -> None:
    chosen, corpus = read_named_set("qmsum", settings)
    assert len(corpus.transcripts[0].turns) == 3
    first, second = chosen.cases
    assert [gold.quote for gold in first.evidence] == ["The remote should have a rubber case ."]
    assert first.evidence[0].speaker == "Member C"
    assert [gold.quote for gold in second.evidence] == ["Okay ."]
    assert first.transcripts == (corpus.transcripts[0].id,)


def test_chinese_questions_are_asked_over_the_english_paragraphs(settings: Settings) -> None:
    chosen, corpus = read_named_set("xquad-zh", settings)
    (case,) = chosen.cases
    assert case.record.question == "有多少台发动机？"
    assert case.record.language == "zh-Hans"
    assert case.record.must_include == (("four", "四台"),)
    assert corpus.transcripts[0].text == "Two men built four engines."
    assert corpus.transcripts[0].turns[0].speaker == "Steam engine"
    assert case.transcripts == ()


def test_the_two_languages_are_different_sets_over_one_corpus(settings: Settings) -> None:
    english, chinese = (read_named_set(name, settings) for name in ("xquad", "xquad-zh"))
    assert english[0].sha256 != chinese[0].sha256
    assert english[1] == chinese[1]


def test_missing_and_damaged_files_are_sentences(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SetError, match="HETAO_EVAL_DATA_DIR"):
        read_named_set("qmsum", Settings(eval_data_dir=tmp_path / "none"))
    for damage in ("{", "[]", '{"meeting_transcripts": 1}', "\udcff"):
        (tmp_path / "qmsum-val.jsonl").write_text(damage, errors="surrogateescape")
        with pytest.raises(SetError, match="not in the form of qmsum"):
            read_named_set("qmsum", settings)
