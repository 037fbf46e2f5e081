"""The Streamlit pages; they know one object of ``rag``, the assistant."""
