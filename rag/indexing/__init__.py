"""From passages to the index on disk."""
