"""The ``hetao`` command, its commands, and what they print."""
