"""Texts as the numbers of the bundled model's pieces, by sentencepiece.

The same numbers as the C engine and the unpacked model's own tokenizer give, in a ninetieth of the
latter's time and a fifteenth of its memory.
"""

from __future__ import annotations

import re
from itertools import chain

from sentencepiece import SentencePieceProcessor
from sentencepiece.sentencepiece_model_pb2 import ModelProto, TrainerSpec

from rag.embedding.packed import PackedModel

_SPACE = "▁"
_SPACES = re.compile(" {2,}")


class Pieces:
    """The pieces of a model and what they are found by.

    Args:
        model: whose pieces, scores and normalisation; none of it is kept.
    """

    def __init__(self, model: PackedModel) -> None:
        self._processor = SentencePieceProcessor(model_proto=_serialised(model))
        self._unknown = model.special["<unk>"]
        self._normalised = str.maketrans({"\0": "", **model.normalisation})
        self._known = {character for piece, _ in model.pieces for character in piece}

    def numbers(self, text: str) -> tuple[int, ...]:
        """The numbers of a text's pieces, without those at the ends of a sequence."""
        marked = _SPACES.sub(" ", text.translate(self._normalised)).replace(" ", _SPACE)
        if marked and not marked.startswith(_SPACE):
            marked = _SPACE + marked
        strangers = "".join(set(marked) - self._known)
        if not strangers:
            return tuple(self._processor.encode(marked))
        # A run of unknown characters would become one piece; the engine counts each.
        parts = re.split(f"([{re.escape(strangers)}])", marked)
        known = (self._processor.encode(part) for part in parts[::2])
        return tuple(chain(next(known), *((self._unknown, *part) for part in known)))


def _serialised(model: PackedModel) -> bytes:
    """The pieces in sentencepiece's own format; texts come to it normalised."""
    made = ModelProto()
    made.trainer_spec.model_type = TrainerSpec.UNIGRAM
    made.normalizer_spec.add_dummy_prefix = False
    made.normalizer_spec.remove_extra_whitespaces = False
    made.normalizer_spec.escape_whitespaces = False
    for number, (text, score) in enumerate(model.pieces):
        piece = made.pieces.add(piece=text, score=score)
        if number == model.special["<unk>"]:
            piece.type = ModelProto.SentencePiece.UNKNOWN
    serialised: bytes = made.SerializeToString()
    return serialised
