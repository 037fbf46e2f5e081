"""Hetao's passages in a prompt of one's own, for a model of one's own.

A stand-in that always says the same takes the model's place, so that this runs anywhere; put
``init_chat_model("ollama:qwen3:8b")`` there. What such a model writes is not checked by Hetao:
for an answer that is, set ``HETAO_CHAT_MODEL`` and take ``Hetao().chain``.

Run ``hetao ingest`` once, then ``python examples/own_prompt.py "QUESTION"``.
"""

import sys

from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import CommaSeparatedListOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from rag import Filters, Hetao

PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "Name the industries that these officials speak of, separated by commas."),
        ("human", "{passages}\n\nQuestion: {question}"),
    ]
)


def written(passages: list[Document]) -> str:
    """The passages as a prompt shows them: who says what."""
    return "\n\n".join(f"{p.metadata['speaker']}: {p.page_content}" for p in passages)


def main(question: str) -> None:
    """Print what is asked of the model, and what it lists."""
    officials = Hetao().retriever(k=3, filters=Filters(roles=("official",)))
    prompt = {"passages": officials | written, "question": RunnablePassthrough()} | PROMPT
    print(prompt.invoke(question).to_string())
    model = FakeListChatModel(responses=["life sciences, artificial intelligence"])
    for industry in (prompt | model | CommaSeparatedListOutputParser()).invoke(question):
        print(f"- {industry}")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "Which industries will the Hong Kong park focus on?")
