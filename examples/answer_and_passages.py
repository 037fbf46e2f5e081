"""The checked answer and the passages around it, found side by side by LangChain.

Run ``hetao ingest`` once, then ``python examples/answer_and_passages.py "QUESTION"``.
"""

import sys

from langchain_core.runnables import RunnableParallel

from rag import Hetao


def main(question: str) -> None:
    """Print the answer as it stands, and where its nearest passages are."""
    hetao = Hetao()
    together = RunnableParallel(answer=hetao.chain, passages=hetao.retriever(k=3))
    found = together.invoke(question)
    print(found["answer"].text)
    for passage in found["passages"]:
        about = passage.metadata
        print(f"- {about['speaker']}, {about['date']}, page {about['page']}: {about['url']}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "How many top 100 universities does Hong Kong have?")
