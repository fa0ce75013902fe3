"""The official home of ``DictObject``."""

from synapseclient.core.dicts import DictObject

__all__ = ["DictObject"]
