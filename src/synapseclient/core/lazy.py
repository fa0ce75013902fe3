"""Packages whose names and modules are imported when they are first used."""

from __future__ import annotations

from typing import Any


def first_use(package: str, name: str, homes: dict[str, str] | None = None) -> Any:
    """What a package answers when it is asked for what it has not imported: a name, or a module of
    its own, as programs say ``synapseclient.table.Column``. The official client imports all of its
    modules at once.

    Args:
        package: Its name.
        name: What it is asked for.
        homes: The modules of the package that names come from.

    Raises:
        AttributeError: There is no such thing.
    """
    from importlib import import_module

    if homes and name in homes:
        return getattr(import_module(f"{package}.{homes[name]}"), name)
    if not name.startswith("_"):
        from importlib.util import find_spec

        module = f"{package}.{name}"
        if find_spec(module) is not None:
            return import_module(module)
    raise AttributeError(f"module {package!r} has no attribute {name!r}")
