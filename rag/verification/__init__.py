"""Whether a claim says no more than its citation."""
