"""Conversations as they are kept, found again and handed on."""
