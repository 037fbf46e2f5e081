"""Evaluation: sets of questions, runs over them, metrics with intervals, comparisons."""
