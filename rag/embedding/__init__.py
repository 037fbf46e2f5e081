"""The embedding model, in both its engines."""
