"""The official home of ``Permissions``."""

from synapseclient.core.permissions import Permissions

__all__ = ["Permissions"]
