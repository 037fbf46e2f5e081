"""The bundled model's weights as a folder that sentence-transformers loads.

A plain ``BertModel`` in float32 and a tokenizer that gives the C engine's own tokens, so the
two engines read the same text as the same numbers.
"""

from __future__ import annotations

import json
import shutil
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from rag.embedding.bundled import DIMENSION, MODEL_SHA256, WINDOW_TOKENS, locate_model, verify_model
from rag.embedding.packed import PackedModel, read_packed, read_weights
from rag.errors import StorageError
from rag.settings import BUNDLED_MODEL

FORMAT = 1
STAMP = "unpacked.json"
# Where an image holds it unpacked, beside the installed packages: a container's root is read-only.
SHIPPED = Path(sys.prefix) / "share" / "hetao"

_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def unpack_bundled_model(folder: Path) -> Path:
    """The model's folder under SHIPPED or ``folder``, written to the latter unless one is whole.

    About 480 MB. It is built beside its place and renamed, so a reader finds it whole or not
    at all; what a killed run left is cleared by the next. Raises ModelError when the packed
    file is missing or altered, StorageError when the folder cannot be written.
    """
    for known in (SHIPPED / BUNDLED_MODEL, folder / BUNDLED_MODEL):
        if _is_whole(known):
            return known
    target = folder / BUNDLED_MODEL
    source = locate_model()
    verify_model(source)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{BUNDLED_MODEL}.lock"):
            if not _is_whole(target):
                _build(source, target)
    except OSError as error:
        raise StorageError(
            f"The embedding model cannot be unpacked into {folder}: {error.strerror or error}. "
            "It takes about 480 MB; make room there, or set HETAO_DATA_DIR to a folder that can "
            "be written."
        ) from error
    return target


def _build(source: Path, target: Path) -> None:
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        _write(read_packed(source.read_bytes()), partial)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def build_tokenizer(model: PackedModel) -> Tokenizer:
    """A ``tokenizers`` Unigram that gives the C engine's tokens for every text."""
    unknown = model.special["<unk>"]
    pieces = list(model.pieces)
    # The engine never matches "<unk>" in a text. A private-use character that no piece holds
    # is unknown anyway, so as the piece's name it cannot be matched for anything else.
    pieces[unknown] = ("\ue000", 0.0)
    tokenizer = Tokenizer(models.Unigram(pieces, unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [*_replacements(model.normalisation), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    # A run of unknown characters would be fused into one token; the engine counts each.
    known = {character for piece, _ in model.pieces for character in piece}
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
            pre_tokenizers.Split(Regex(f"[^{_character_class(known)}]"), "isolated"),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(name, model.special[name]) for name in ("<s>", "</s>")],
    )
    return tokenizer


def _replacements(mapping: dict[str, str]) -> Iterator[normalizers.Replace]:
    """The map as one replacement a character, in any order: no result holds a mapped one.

    Exact where the ready-made normalisers are not: NFKC also composes across characters, has
    the full-width tilde and newer Unicode besides; ``Precompiled`` drops a combining mark
    behind a mapped character. Literal patterns search fast: 10 ms for a passage of 200 tokens,
    where one pattern for all characters of a result takes 50 ms.
    """
    for character, replacement in {"\0": "", **mapping}.items():
        yield normalizers.Replace(character, replacement)


def _character_class(characters: set[str]) -> str:
    """The inside of a regular expression's character class, runs of code points as ranges."""
    points = np.array(sorted(map(ord, characters)))
    runs = np.split(points, np.flatnonzero(np.diff(points) > 1) + 1)
    return "".join(f"\\x{{{run[0]:x}}}-\\x{{{run[-1]:x}}}" for run in runs)


def _write(model: PackedModel, folder: Path) -> None:
    # Written here, since the library's own save() hides the reason in a bare Exception.
    (folder / "tokenizer.json").write_text(build_tokenizer(model).to_str(), encoding="utf-8")
    _write_weights(model, folder / "model.safetensors")
    for name, content in _configuration(model).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    stamp = _stamp() | {"files": _file_sizes(folder)}
    (folder / STAMP).write_text(json.dumps(stamp, indent=2), encoding="utf-8")


def _write_weights(model: PackedModel, path: Path) -> None:
    """Writes safetensors (8 bytes of header length, JSON header, the tensors) as a stream.

    The library's own writer would hold the 480 MB twice in memory.
    """
    tensors = {_bert_name(name): tensor for name, tensor in model.tensors.items()}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, tensor in tensors.items():
        start, end = end, end + 4 * tensor.size
        header[name] = {
            "dtype": "F32",
            "shape": _shape(name, tensor.size, model),
            "data_offsets": [start, end],
        }
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for tensor in tensors.values():
            for weights in read_weights(model.data, tensor):
                file.write(weights.data)


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    suffix = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer.removeprefix('l')}.{_LAYER_PARTS[part]}.{suffix}"


def _shape(name: str, size: int, model: PackedModel) -> list[int]:
    if name.endswith("bias") or "LayerNorm" in name:
        return [size]
    is_wide = ".output.dense" in name and ".attention." not in name
    width = model.feed_forward if is_wide else DIMENSION
    return [size // width, width]


def _configuration(model: PackedModel) -> dict[str, Any]:
    """The small files, in the form that sentence-transformers 6.2 itself saves."""
    modules = "sentence_transformers.base.modules."
    pooling = "sentence_transformers.sentence_transformer.modules.pooling.Pooling"
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": DIMENSION,
            "intermediate_size": model.feed_forward,
            "num_hidden_layers": model.layers,
            "num_attention_heads": model.heads,
            "max_position_embeddings": model.positions,
            "type_vocab_size": model.types,
            "vocab_size": model.vocabulary,
            "layer_norm_eps": model.epsilon,
            "pad_token_id": model.special["<pad>"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": WINDOW_TOKENS,
            "pad_token": "<pad>",
            # "</s>" in a text is text: the template alone adds special tokens.
            "split_special_tokens": True,
        },
        "sentence_bert_config.json": {
            "transformer_task": "feature-extraction",
            "modality_config": {
                "text": {"method": "forward", "method_output_name": "last_hidden_state"}
            },
            "module_output_name": "token_embeddings",
            "model_kwargs": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}transformer.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": pooling},
            {
                "idx": 2,
                "name": "2",
                "path": "2_Normalize",
                "type": f"{modules}normalize.Normalize",
            },
        ],
        "1_Pooling/config.json": {"embedding_dimension": DIMENSION, "pooling_mode": "mean"},
        "2_Normalize/config.json": {"module_input_name": "sentence_embedding"},
    }


def _stamp() -> dict[str, Any]:
    return {"source": MODEL_SHA256, "format": FORMAT}


def _file_sizes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != STAMP
    }


def _is_whole(folder: Path) -> bool:
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return bool(stamp == _stamp() | {"files": _file_sizes(folder)})
    except (OSError, ValueError):
        return False
