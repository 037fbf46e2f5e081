"""Drafts of an answer: quoted, or written by a chat model."""
