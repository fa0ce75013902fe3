"""Wikis: pages of markdown with attachments and a history, and the same as HTML."""
