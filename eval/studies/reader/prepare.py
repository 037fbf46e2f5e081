"""From the data to the files that training reads: ``python -m eval.studies.reader.prepare``.

Writes ``pack.npz`` (the examples in pieces) and ``base.npz`` (the bundled model: its encoder, and
the embeddings of the pieces that occur) into a folder. Deterministic.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from eval.gold import load_set
from eval.records import PAGE_10
from eval.sources import corpus_settings
from eval.studies.calibrate import PRACTICE
from eval.studies.reader.examples import LABELS, Asked, Claimed, Text, read_rounds
from eval.studies.reader.negatives import beside, near_in_words, over_others, without_answer
from eval.studies.reader.pack import Pack, Row, renumber, save
from eval.studies.reader.public import read_csquad, read_public
from eval.studies.reader.retrieved import Found, find
from rag.cli.terminal import run_script, tell
from rag.embedding.bundled import locate_model, verify_model
from rag.embedding.embedder import Embedder, build_embedder
from rag.embedding.packed import PackedModel, read_packed
from rag.embedding.pieces import Pieces
from rag.indexing.index import open_index
from rag.indexing.ingest import ingest
from rag.reader.layout import CLAIM, QUESTION
from rag.search.read_passages import PASSAGES_READ
from rag.settings import Settings, load_settings
from rag.transcripts.corpus import read_corpus

SEED = 20261127
# How often an example of a part is drawn, our own being few and of the kind that is wanted.
WEIGHTS = {"own": 3.0, "own-made": 1.5, "squad2": 2.5, "clapnq": 2.0, "molweni": 0.7,
           "policyqa": 0.15, "drcd": 0.35, "cmrc": 0.35, "qed": 0.7, "boolq": 0.3, "fever": 0.12,
           "mnli": 0.3, "fm2": 1.0, "symmetric": 1.0, "wice": 1.0}  # fmt: skip
_SEEN_SHARE = 0.2
_CSQUAD_EVERY = 5
_BESIDE = 2


def weight_of(part: str, one: Asked | Claimed, new: Sequence[str] = ()) -> float:
    """How often an example is drawn in an epoch; ``new`` are the rounds new to the reader.

    Where there are such rounds, all else was seen before and is drawn less.
    """
    seen = bool(new) and one.text.group.partition("/")[0] not in new
    return WEIGHTS[part] * (_SEEN_SHARE if seen else 1.0)


def training(settings: Settings, embedder: Embedder) -> list[tuple[str, Asked | Claimed]]:
    """Every example to train on, under the name of its part."""
    rng = random.Random(SEED)  # noqa: S311
    public, own = read_public(settings.eval_data_dir / "reading"), read_rounds("train")
    texts = list(dict.fromkeys(one.text for one in own.asked))
    made: list[Asked | Claimed] = [
        *without_answer(own.asked, 0.4, rng), *beside(own.asked, _BESIDE, embedder),
        *over_others(own.claimed, texts, 0.4, rng),
    ]  # fmt: skip
    made_public = [*without_answer(public.asked, 0.25, rng), *near_in_words(public.asked, 0.4, rng)]
    claims = {(c.claim, c.text.sentences): c for c in public.claimed}
    examples: list[tuple[str, Asked | Claimed]] = []
    examples += [("own", asked) for asked in own.asked]
    examples += [("own", claim) for claim in own.claimed]
    examples += [("own-made", one) for one in made]
    examples += [(asked.text.source, asked) for asked in (*public.asked, *made_public)]
    examples += [(claim.text.source, claim) for claim in claims.values()]
    return examples


class Packer:
    """Collects rows, each text once."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._rows: list[Row] = []
        self._parts: dict[str, int] = {}

    def add(self, part: str, one: Asked | Claimed, weight: float, group: int = -1) -> None:
        """One example under a part."""
        text = one.text
        if isinstance(one, Asked):
            asked, label, stated = QUESTION + one.question, -1, one.is_answered
            unknown = one.whole
            marks = [-1 if unknown else int(n in one.answers) for n in range(len(text.sentences))]
        else:
            asked, label, stated = CLAIM + one.claim, LABELS.index(one.label), False
            marks = [-1] * len(text.sentences)
        self._rows.append(
            Row(
                self._number(asked), self._number(text.about), self._number(text.before),
                tuple(map(self._number, text.sentences)), tuple(marks), label, stated, weight,
                self._parts.setdefault(part, len(self._parts)), group,
            )
        )  # fmt: skip

    def pack(self, pieces: Pieces) -> tuple[Pack, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """The rows with their texts in pieces, and the vocabulary."""
        texts, vocabulary = renumber([pieces.numbers(text) for text in self._texts])
        return Pack(texts, self._rows, list(self._parts)), vocabulary

    def _number(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))


def add_found(packer: Packer, part: str, found: Iterable[Found], first: int) -> int:
    """The passages found for each question as rows of one group; gives the next group's number."""
    group = first
    for group, one in enumerate(found, first):
        for read, gold in zip(one.texts, one.gold, strict=True):
            text = Text(read.about, read.before, read.sentences, one.id, "found")
            packer.add(part, Asked(one.question, text, gold), 0.0, group)
    return group + 1


def write_base(model: PackedModel, vocabulary: Sequence[int], path: Path) -> None:
    """The bundled model's tensors as they are packed, embeddings of the vocabulary alone."""
    tensors: dict[str, Any] = {}
    for name, tensor in model.tensors.items():
        size = tensor.size // 32 * 18 if tensor.is_packed else tensor.size * 4
        raw = np.frombuffer(model.data, np.uint8, size, tensor.offset)
        if name == "emb.word":
            raw = raw.reshape(model.vocabulary, -1)[np.asarray(vocabulary)].ravel()
        tensors[f"{'q4' if tensor.is_packed else 'f4'}:{name}"] = raw
    np.savez(path, **tensors)


def prepare(settings: Settings, folder: Path, new: Sequence[str] = ()) -> None:
    """Write both files; ``new`` as in :func:`weight_of`."""
    packer, embedder = Packer(), build_embedder(settings)
    for part, one in training(settings, embedder):
        packer.add(f"train/{part}", one, weight_of(part, one, new))
    for split in ("dev", "test"):
        own = read_rounds(split)
        own_examples: tuple[Asked | Claimed, ...] = (*own.asked, *own.claimed)
        for example in own_examples:
            packer.add(f"{split}/{example.text.source}", example, 0.0)
    for asked in read_csquad(settings.eval_data_dir / "reading")[::_CSQUAD_EVERY]:
        packer.add("dev/csquad2", asked, 0.0)
    first = 0
    for name, path, source in (
        ("page10", PAGE_10, settings.corpus_dir),
        ("practice", PRACTICE.with_suffix(".jsonl"), PRACTICE),
    ):
        corpus = read_corpus([source])
        cases = load_set(path, corpus.transcripts).cases
        own_settings = corpus_settings(corpus, settings)
        ingest(corpus, own_settings, embedder)
        index = open_index(own_settings, embedder.id)
        for split in ("dev", "test"):
            chosen = [c for c in cases if (c.record.split or "dev") == split]
            found = find(chosen, index, embedder, settings.dense_weight, PASSAGES_READ)
            first = add_found(packer, f"found/{name}-{split}", found, first)
    verify_model(locate_model())
    model = read_packed(locate_model().read_bytes())
    pack, vocabulary = packer.pack(Pieces(model))
    folder.mkdir(parents=True, exist_ok=True)
    save(pack, vocabulary, folder / "pack.npz")
    write_base(model, vocabulary.tolist(), folder / "base.npz")
    tell(f"{len(pack.rows)} rows, {len(pack.texts)} texts, {len(vocabulary)} pieces: {folder}")


@click.command(help=__doc__)
@click.option("--to", "folder", type=click.Path(path_type=Path), default=Path(".hetao/reader"))
@click.option("--new", multiple=True, help="A round that the reader to go on from has not seen.")
def main(folder: Path, new: tuple[str, ...]) -> None:
    """Prepare the training files."""
    run_script(lambda: prepare(load_settings(), folder, new))


if __name__ == "__main__":
    main()
