"""The official home of the names of our loggers."""

from synapseclient.core.logs import DEBUG_LOGGER_NAME, DEFAULT_LOGGER_NAME, SILENT_LOGGER_NAME

__all__ = ["DEBUG_LOGGER_NAME", "DEFAULT_LOGGER_NAME", "SILENT_LOGGER_NAME"]
