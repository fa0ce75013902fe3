"""Bytes up and down: ``plan`` decides, ``upload`` and ``download`` do."""
