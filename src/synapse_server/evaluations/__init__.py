"""Evaluations: queues of submissions, their rounds, and what became of each submission."""
