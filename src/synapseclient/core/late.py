"""Objects that are filled when somebody first looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
_filling = RLock()


class Late(Protocol):
    """What ``late`` asks of a class."""

    _known: frozenset[str]
    """What one has from the beginning, and may be asked for without being filled."""

    def _made(self, late: Any) -> Mapping[str, Any]:
        """All attributes; of those that are there already, nothing is taken."""


def late(kind: type[T]) -> type[T]:
    """Decorate a class with one base: its objects, of which there may be many and few of them asked
    for more than an attribute or two, become objects of that base when they are asked for more.

    The class is as ``Late`` says. Only ``type()`` can tell what has not been looked at.
    """
    for name, method in _METHODS.items():
        setattr(kind, name, method)
    return kind


def later(kind: type[T], late: Any, **state: Any) -> T:
    """One with these attributes; ``late`` is what the others are made from."""
    one = object.__new__(kind)
    for name, value in (*state.items(), ("_late", late)):
        object.__setattr__(one, name, value)
    return one


def _fill(one: Any) -> None:
    with _filling:
        kind: Any = type(one)
        if kind.__getattribute__ is not _get:
            return  # another thread was quicker
        state = object.__getattribute__(one, "__dict__")
        for name, value in kind._made(one, state["_late"]).items():
            state.setdefault(name, value)
        del state["_late"]
        object.__setattr__(one, "__class__", kind.__base__)


def _get(self: Any, name: str) -> Any:
    kind = type(self)
    if name in kind._known:
        return object.__getattribute__(self, name)
    if name == "__class__":
        return kind.__base__
    _fill(self)
    return getattr(self, name)


def _set(self: Any, name: str, value: Any) -> None:
    _fill(self)
    setattr(self, name, value)


def _delete(self: Any, name: str) -> None:
    _fill(self)
    delattr(self, name)


def _reduce(self: Any, protocol: Any) -> Any:
    _fill(self)
    return self.__reduce_ex__(protocol)


_METHODS = {
    "__getattribute__": _get,
    "__setattr__": _set,
    "__delattr__": _delete,
    "__reduce_ex__": _reduce,
}
