"""What the models of things that are no entities share: fields as the server spells them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from synapse_wire.base import camel
from synapseclient.core.blocking import iterate

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


def fill(model: DataclassInstance, raw: Mapping[str, Any], *but: str) -> None:
    """Set the fields of a model, but these, from what the server sends.

    What it does not send gets its default.
    """
    for each in fields(model):
        if each.name.startswith("_") or each.name in but:
            continue
        default = each.default
        if default is MISSING:
            default = None if each.default_factory is MISSING else each.default_factory()
        setattr(model, each.name, raw.get(camel(each.name), default))


def blocking_generator(
    method: Callable[Concatenate[type[T], P], AsyncGenerator[R, None]],
) -> classmethod[T, P, Iterator[R]]:
    """The blocking twin of a class method that yields, named below it in the class."""
    function = method.__func__  # type: ignore[attr-defined]  # mypy sees through the classmethod

    def twin(cls: type[T], /, *args: P.args, **kwargs: P.kwargs) -> Iterator[R]:
        return iterate(function(cls, *args, **kwargs))

    twin.__name__ = function.__name__.removesuffix("_async")
    twin.__qualname__ = function.__qualname__.removesuffix("_async")
    twin.__doc__ = function.__doc__
    twin.__wrapped__ = function  # type: ignore[attr-defined]  # its signature is what is shown
    return classmethod(twin)
