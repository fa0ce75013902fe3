"""Objects that are filled when somebody first looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Self, TypeVar

T = TypeVar("T")


class _Plain:
    """Has the dictionary that the attributes of ``Late`` lie in."""


_state = _Plain.__dict__["__dict__"].__get__


class Late(_Plain):
    """Base of what there may be many of, and few of them asked for more than an attribute or two.

    ``_later`` makes one that has these, and what the others can be made from. It is first among
    the bases, so that ``vars()`` and all that goes by ``__dict__`` find the others, too.
    """

    @classmethod
    def _later(cls, _late: Any, **state: Any) -> Self:
        """One with these attributes; ``_late`` is what the others are made from."""
        made = cls.__new__(cls)
        for name, value in (*state.items(), ("_late", _late)):
            object.__setattr__(made, name, value)
        return made

    def _made(self, late: Any) -> Mapping[str, Any]:
        """All attributes; of those that are there already, nothing is taken."""
        raise NotImplementedError

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # nobody sets it as a whole
        state: dict[str, Any] = _state(self)
        if "_late" in state:
            for name, value in self._made(state["_late"]).items():
                state.setdefault(name, value)
            state.pop("_late", None)  # another thread may have been as far
        return state

    def __delattr__(self, name: str) -> None:
        _ = self.__dict__
        super().__delattr__(name)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__


def without_class_attributes(cls: type[T]) -> type[T]:
    """A dataclass whose class has no defaults as attributes: they would be found in place of what
    an instance has not made yet."""
    for field in fields(cls):  # type: ignore[arg-type]  # a dataclass
        if field.name in vars(cls):
            delattr(cls, field.name)
    return cls
