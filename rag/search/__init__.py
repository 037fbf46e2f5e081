"""The passages and sentences that answer, and how sure one can be."""
