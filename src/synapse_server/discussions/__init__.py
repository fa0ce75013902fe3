"""Discussions: the forum of a project, its threads and their replies."""
