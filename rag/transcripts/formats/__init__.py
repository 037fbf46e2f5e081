"""Transcripts in the formats that people have them in: each reader gives the same plain text."""
