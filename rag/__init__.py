"""Reading transcripts, indexing them, and answering from them with citations."""
