"""Challenges: projects that people take part in, and the teams that they register."""
