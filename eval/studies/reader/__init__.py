"""Training and measuring the bundled reader: ``make reader``."""
