"""Transcripts from an address: fetched once, politely, and stored as files of the corpus."""
