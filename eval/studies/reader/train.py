"""Training the bundled reader: ``python -m eval.studies.reader.train``, on a GPU or on the CPU.

Both heads in one run over batches of like lengths; AdamW, a warm-up and a cosine to zero, an
average of the weights over the last part. The loss of a question is the sum of three: of each
sentence (binary), of the passage as a whole (binary, over the log-sum-exp of its sentences) and,
where it is answered, of the choice among the sentences of all passages that the batch holds for
it. Needs torch, numpy and what ``prepare`` wrote.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
import timeit
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from eval.studies.reader.model import WIDTH, Reader, load_base
from eval.studies.reader.pack import Pack, Row, batches, load
from rag.reader.layout import PADDING, Laid

_IGNORED = -100.0
_WARM_UP = 0.1
_OWN = "train/own"
_HEADS = ("piece", "passage", "claim")


@dataclass(frozen=True, slots=True)
class Plan:
    """One training.

    The shares are of what is drawn of our own data and of all other, ``drawn`` of both; the lowest
    ``frozen`` layers stay as they are. ``kept`` is the share of :func:`keep_share`,
    where training went on from a reader.
    """

    layers: int = 12
    epochs: float = 6.0
    rate: float = 8e-5
    head_rate: float = 5e-4
    pieces_a_batch: int = 32768
    dropout: float = 0.1
    own_share: float = 1.0
    public_share: float = 1.0
    drawn: float = 1.0
    kept: float = 0.0
    frozen: int = 0
    seed: int = 1
    context_dropped: float = 0.15
    cropped: float = 0.35
    minutes: float = 180.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows side by side: pieces (b, l), of each piece its sentence or -1, the marks (b, s).

    ``asked`` (b,) is the number of the question or claim: rows with the same one contrast.
    """

    pieces: Tensor
    spans: Tensor
    marks: Tensor
    labels: Tensor
    stated: Tensor
    asked: Tensor

    def to(self, device: torch.device) -> Batch:
        move = (t.to(device, non_blocking=True) for t in (
            self.pieces, self.spans, self.marks, self.labels, self.stated, self.asked))  # fmt: skip
        return Batch(*move)


def collate(rows: Sequence[Row], laid: Sequence[Laid]) -> Batch:
    """The rows, laid out, as one batch."""
    # A multiple of 16: at other lengths attention falls back to a kernel several times slower.
    length = -(-max(len(one.pieces) for one in laid) // 16) * 16
    most = max(len(one.spans) for one in laid)
    pieces = np.full((len(laid), length), PADDING, dtype=np.int64)
    spans = np.full((len(laid), length), -1, dtype=np.int64)
    marks = np.full((len(laid), most), _IGNORED, dtype=np.float32)
    for at, (row, one) in enumerate(zip(rows, laid, strict=True)):
        pieces[at, : len(one.pieces)] = one.pieces
        for place, (start, end) in enumerate(one.spans):
            spans[at, start:end] = place
            if end > start:
                # Minus one: it is there, and whether it answers is not known.
                marks[at, place] = row.marks[place]
    labels = np.array([row.label for row in rows])
    stated = np.array([float(row.stated) for row in rows], dtype=np.float32)
    asked = np.array([row.asked for row in rows])
    return Batch(*map(torch.from_numpy, (pieces, spans, marks, labels, stated, asked)))


class Epoch(torch.utils.data.IterableDataset):  # type: ignore[type-arg]
    """The batches of one epoch, shuffled; each worker assembles a share of them."""

    def __init__(self, pack: Pack, chosen: Sequence[int], plan: Plan, number: int) -> None:
        self._pack, self._plan = pack, plan
        self._seed = plan.seed * 1000 + number
        rng = np.random.default_rng(self._seed)
        own = set(pack.of(_OWN))
        weights = plan.drawn * np.array(
            [pack.rows[n].weight * (1.0 if n in own else plan.public_share) for n in chosen]
        )
        copies = np.floor(weights) + (rng.random(len(weights)) < weights % 1)
        numbers = np.repeat(np.asarray(chosen), copies.astype(int))
        rng.shuffle(numbers)
        lengths = [_length(pack, n) + int(rng.integers(24)) for n in numbers.tolist()]
        asked = [pack.rows[n].asked for n in numbers.tolist()]
        self._batches = [
            [int(numbers[i]) for i in b] for b in batches(lengths, plan.pieces_a_batch, asked)
        ]
        rng.shuffle(self._batches)

    def __len__(self) -> int:
        return len(self._batches)

    def __iter__(self) -> Iterator[Batch]:
        worker = torch.utils.data.get_worker_info()
        at, step = (worker.id, worker.num_workers) if worker else (0, 1)
        rng = np.random.default_rng(self._seed + 1 + at)
        dropped = self._plan.context_dropped
        for numbers in self._batches[at::step]:
            rows = [self._cropped(self._pack.rows[n], rng) for n in numbers]
            yield collate(rows, [
                self._pack.laid(row, about=rng.random() >= dropped, before=rng.random() >= dropped)
                for row in rows
            ])  # fmt: skip

    def _cropped(self, row: Row, rng: np.random.Generator) -> Row:
        """Now and then a few sentences that follow each other, as when only these are read."""
        count = len(row.sentences)
        if row.label >= 0 or count < 4 or min(row.marks) < 0 or rng.random() >= self._plan.cropped:
            return row
        size = int(rng.integers(2, count))
        start = int(rng.integers(0, count - size + 1))
        return row.within(start, start + size)


def sentence_logits(pieces: Tensor, passage: Tensor, spans: Tensor, most: int) -> Tensor:
    """The logits of sentences (b, s): the mean of their pieces' (b, l) and the passage's (b,)."""
    sums = pieces.new_zeros(pieces.shape[0], most + 1)
    counts = torch.zeros_like(sums)
    places = torch.where(spans < 0, most, spans)
    sums.scatter_add_(1, places, pieces)
    counts.scatter_add_(1, places, torch.ones_like(pieces))
    return sums[:, :most] / counts[:, :most].clamp(min=1) + passage[:, None]


def loss_of(outputs: tuple[Tensor, Tensor, Tensor], batch: Batch) -> Tensor:
    """The loss of a batch of questions and claims, a scalar."""
    pieces, passage, claim = (output.float() for output in outputs)
    is_claim = batch.labels >= 0
    total = pieces.new_zeros(())
    if is_claim.any():
        losses = functional.cross_entropy(claim[is_claim], batch.labels[is_claim], reduction="sum")
        total = total + losses
    asked = ~is_claim
    if asked.any():
        marks = batch.marks[asked]
        logits = sentence_logits(pieces[asked], passage[asked], batch.spans[asked], marks.shape[1])
        there, known = marks > _IGNORED, marks >= 0
        each = functional.binary_cross_entropy_with_logits(
            logits, marks.clamp(min=0), reduction="none",
            pos_weight=torch.tensor(2.0, device=logits.device),
        )  # fmt: skip
        of_sentences = (each * known).sum(1) / known.sum(1).clamp(min=1)
        whole = logits.masked_fill(~there, -1e4).logsumexp(1)
        of_passage = functional.binary_cross_entropy_with_logits(
            whole, batch.stated[asked], reduction="none"
        )
        right = (marks == 1) & there
        answered = right.any(1)
        of_choice = choice_loss(
            whole.masked_fill(~answered & (batch.stated[asked] == 1), -1e4),
            logits.masked_fill(~right, -1e4).logsumexp(1), batch.asked[asked],
        )  # fmt: skip
        total = total + (2 * of_sentences + of_passage).sum() + of_choice[answered].sum()
    return total / len(batch.labels)


def choice_loss(whole: Tensor, right: Tensor, asked: Tensor) -> Tensor:
    """Of each row (b,) how unlikely a right sentence is among those of all rows of its question.

    ``whole`` and ``right`` are the log-sum-exp of a row's sentences and of its right ones.
    """
    same = asked[:, None] == asked[None, :]
    whole_of, right_of = (each.expand_as(same).masked_fill(~same, -1e4) for each in (whole, right))
    return whole_of.logsumexp(1) - right_of.logsumexp(1)


def train(
    pack: Pack, base: Path, plan: Plan, device: torch.device, start_from: Path | None = None
) -> Reader:
    """A reader trained by a plan; where its minutes run out the rate falls to zero in time.

    It begins as the bundled model or, with ``start_from``, as one that was trained or exported.
    """
    torch.manual_seed(plan.seed)
    model, words = load_base(base, plan.layers, plan.dropout)
    if start_from:
        model = _begun(start_from, plan)
    model, words = model.to(device), words.to(device)
    average = copy.deepcopy(model)
    kept = 0
    untouched = ("pos", "segment", *(f"layers.{number}." for number in range(plan.frozen)))
    heads = [p for n, p in model.named_parameters() if n.startswith(_HEADS)]
    others = [p for n, p in model.named_parameters() if not n.startswith((*_HEADS, *untouched))]
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(untouched)
    optimizer = torch.optim.AdamW(
        [{"params": others, "lr": plan.rate}, {"params": heads, "lr": plan.head_rate}],
        weight_decay=0.02, betas=(0.9, 0.98), eps=1e-6,
    )  # fmt: skip
    rates = [group["lr"] for group in optimizer.param_groups]
    chosen = _chosen(pack, plan)
    start, epoch, done = time.monotonic(), 0, 0.0
    on_gpu, half = device.type == "cuda", half_is_quicker(device)
    seen = 0.0
    while done < 1:
        data = Epoch(pack, chosen, plan, epoch)
        loader = torch.utils.data.DataLoader(
            data, batch_size=None, num_workers=6 if on_gpu else 0, pin_memory=on_gpu,
            prefetch_factor=8 if on_gpu else None,
        )  # fmt: skip
        model.train()
        for step, cpu_batch in enumerate(loader):
            batch = cpu_batch.to(device)
            by_steps = (epoch + step / len(data)) / plan.epochs
            by_time = (time.monotonic() - start) / 60 / plan.minutes
            done = max(by_steps, by_time)
            if done >= 1:
                break
            factor = (
                min(1.0, done / _WARM_UP)
                * 0.5
                * (1 + math.cos(math.pi * max(0, done - _WARM_UP) / (1 - _WARM_UP)))
            )
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate * factor
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                outputs = model(words[batch.pieces], batch.pieces != PADDING)
            loss = loss_of(outputs, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 50 == 0:
                seen = float(loss.detach())
                print(f"{done:.3f} epoch {epoch} step {step}/{len(data)} loss {seen:.3f} "
                      f"{time.monotonic() - start:.0f} s", flush=True)  # fmt: skip
            if done > 0.75 and step % 10 == 0:
                kept += 1
                with torch.no_grad():
                    for mean, value in zip(average.parameters(), model.parameters(), strict=True):
                        mean.copy_(value) if kept == 1 else mean.lerp_(value, 1 / kept)
        epoch += 1
    return average.eval() if kept else model.eval()


@torch.no_grad()
def keep_share(model: Reader, of: Reader, share: float) -> None:
    """Move the weights of a trained model back by a share towards those that it began with.

    Between the two a model often does better than either on what it was not trained on (Wortsman
    et al., Robust fine-tuning of zero-shot models, CVPR 2022).
    """
    for value, first in zip(model.parameters(), of.parameters(), strict=True):
        value.lerp_(first.to(value.device), share)


@torch.no_grad()
def predict(
    model: Reader, words: Tensor, pack: Pack, numbers: Sequence[int], device: torch.device
) -> tuple[list[list[float]], np.ndarray[Any, Any]]:
    """The sentences' logits of each row, and the claims' (n, 3)."""
    rows = [pack.rows[n] for n in numbers]
    laid = [pack.laid(row) for row in rows]
    logits: list[list[float]] = [[] for _ in numbers]
    half = half_is_quicker(device)
    claims = np.zeros((len(numbers), 3), dtype=np.float32)
    for places in batches([len(one.pieces) for one in laid], 32768):
        batch = collate([rows[i] for i in places], [laid[i] for i in places]).to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            pieces, passage, claim = model(words[batch.pieces], batch.pieces != PADDING)
        found = sentence_logits(
            pieces.float(), passage.float(), batch.spans, batch.marks.shape[1]
        ).cpu()
        for place, row, answers in zip(places, found.tolist(), claim.float().tolist(), strict=True):
            logits[place] = row[: len(laid[place].spans)]
            claims[place] = answers
    return logits, claims


def measure(pack: Pack, numbers: Sequence[int], logits: Sequence[Sequence[float]],
            claims: np.ndarray[Any, Any]) -> dict[str, float]:  # fmt: skip
    """Figures for choosing: of questions the first sentence and the AUROC, of claims the rates."""
    rows = [pack.rows[n] for n in numbers]
    asked = [(r, s) for r, s in zip(rows, logits, strict=True) if r.label < 0]
    found: dict[str, float] = {}
    if asked:
        right = [r.marks[int(np.argmax(s))] == 1 for r, s in asked if r.stated]
        whole = np.array([float(np.logaddexp.reduce(s)) for _, s in asked])
        found["first"] = float(np.mean(right)) if right else math.nan
        found["auroc"] = auroc(whole, np.array([r.stated for r, _ in asked]))
    held = np.array([r.label for r in rows])
    if (held >= 0).any():
        true = claims[held >= 0] - np.logaddexp.reduce(claims[held >= 0], axis=1, keepdims=True)
        is_true = held[held >= 0] == 0
        score = true[:, 0]
        found["claims_auroc"] = auroc(score, is_true)
        found["claims_right"] = float(((score > math.log(0.5)) == is_true).mean())
    return found


def grouped(
    pack: Pack, numbers: Sequence[int], logits: Sequence[Sequence[float]]
) -> dict[str, float]:
    """Over the passages found for a question: is the best sentence gold, is it answered at all."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for n, row in zip(numbers, logits, strict=True):
        for mark, value in zip(pack.rows[n].marks, row, strict=True):
            groups.setdefault(pack.rows[n].group, []).append((value, mark == 1))
    best = [max(found) for found in groups.values()]
    known = np.array([any(mark for _, mark in found) for found in groups.values()])
    firsts = [one[1] for one, k in zip(best, known, strict=True) if k]
    return {"first": float(np.mean(firsts)), "auroc": auroc(np.array([b[0] for b in best]), known)}


def auroc(scores: np.ndarray[Any, Any], positive: np.ndarray[Any, Any]) -> float:
    """The chance that a positive scores above a negative, ties half."""
    if positive.all() or not positive.any():
        return math.nan
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    for value in np.unique(scores):
        same = scores[order] == value
        ranks[order[same]] = np.flatnonzero(same).mean() + 1
    n, m = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def report(model: Reader, words: Tensor, pack: Pack, device: torch.device) -> dict[str, Any]:
    """The figures of every part that nothing was trained on, the test round left out."""
    result: dict[str, Any] = {}
    for part in pack.parts:
        if part.startswith(("dev/", "found/")) and not part.endswith("-test"):
            numbers = pack.of(part)
            logits, claims = predict(model, words, pack, numbers, device)
            is_found = part.startswith("found/")
            result[part] = (grouped(pack, numbers, logits) if is_found
                            else measure(pack, numbers, logits, claims))  # fmt: skip
    return result


def save(model: Reader, path: Path) -> None:
    """The weights in half precision, in files of 15 MB at most."""
    path.mkdir(parents=True, exist_ok=True)
    part: dict[str, Any] = {}
    files = size = 0
    for name, value in model.state_dict().items():
        half = value.detach().cpu().half().numpy()
        if size + half.nbytes > 15_000_000:
            np.savez(path / f"reader-{files}.npz", **part)
            part, size, files = {}, 0, files + 1
        part[name], size = half, size + half.nbytes
    np.savez(path / f"reader-{files}.npz", **part)


@cache
def half_is_quicker(device: torch.device) -> bool:
    """Whether the device multiplies in bfloat16 sooner than in single precision.

    Of processors with instructions for it some do, some take twice as long: so it is tried.
    """
    if device.type == "cuda":
        return True
    taken = {}
    for kind in (torch.float32, torch.bfloat16):
        left, right = torch.ones(4096, WIDTH, dtype=kind), torch.ones(WIDTH, 4 * WIDTH, dtype=kind)
        taken[kind] = min(timeit.repeat(partial(torch.matmul, left, right), number=1, repeat=5))
    return taken[torch.bfloat16] < taken[torch.float32]


def _chosen(pack: Pack, plan: Plan) -> list[int]:
    """The rows to train on; of our own a share, by briefing as far as the order allows."""
    own = pack.of(_OWN)
    share = own[: round(len(own) * plan.own_share)] if plan.own_share < 1 else own
    known = set(own)
    return [*share, *(n for n in pack.of("train/") if n not in known)]


def _begun(start_from: Path, plan: Plan) -> Reader:
    # It needs onnx, which a machine that trains from the base has not.
    from eval.studies.reader.restore import load_weights

    return load_weights(start_from, plan.dropout)


def _length(pack: Pack, number: int) -> int:
    row = pack.rows[number]
    return sum(len(pack.texts[t]) + 1 for t in (row.asked, row.about, row.before, *row.sentences))


def main() -> None:
    """Train by the plan of the command line, and write weights and figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".hetao/reader"))
    parser.add_argument("--to", type=Path, default=Path(".hetao/reader/trained"))
    for name, default in ((f.name, f.default) for f in Plan.__dataclass_fields__.values()):
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    parser.add_argument("--from", dest="start_from", type=Path, help="a reader trained or exported")
    given = vars(parser.parse_args())
    data, to, start_from = given.pop("data"), given.pop("to"), given.pop("start_from")
    plan = Plan(**given)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    pack, _ = load(data / "pack.npz")
    began = time.monotonic()
    model = train(pack, data / "base.npz", plan, device, start_from)
    if start_from:
        keep_share(model, _begun(start_from, plan), plan.kept)
    words = load_base(data / "base.npz", 1, 0.0)[1].to(device)
    save(model, to)
    figures = report(model, words, pack, device)
    made = {"plan": given, "seconds": time.monotonic() - began, "figures": figures}
    (to / "figures.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(made, indent=1))


if __name__ == "__main__":
    main()
