"""Certification: the quiz about using data responsibly, and who has passed it."""
