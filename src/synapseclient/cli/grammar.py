"""What a parser understands, as plain data: commands, their options, and what may follow."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["files", "folders", "words", "nothing"]

_FILES = re.compile(r"file|path|dir|output|target", re.IGNORECASE)
_FOLDERS = ("downloadLocation", "folder")


@dataclass(frozen=True)
class Value:
    """What may stand somewhere."""

    kind: Kind
    words: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True)
class Option:
    """An option, and what follows it, if anything must."""

    names: tuple[str, ...]
    help: str
    value: Value | None


@dataclass(frozen=True)
class Command:
    """A command; the first of all has no name and is ``synapse`` itself."""

    name: str
    help: str
    options: tuple[Option, ...]
    positionals: tuple[Value, ...]
    commands: tuple[str, ...]


def commands_of(parser: argparse.ArgumentParser, name: str = "", help: str = "") -> list[Command]:
    """All commands of a parser, each before its own."""
    options, positionals, below = [], [], []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        if isinstance(action, argparse._SubParsersAction):
            for inner, meaning in _choices(action):
                below.append((f"{name} {inner}".strip(), inner, meaning, action.choices[inner]))
        elif action.option_strings:
            names, text = tuple(action.option_strings), _one_line(action, parser)
            options.append(Option(names, text, _value(action) if action.nargs != 0 else None))
        else:
            positionals.append(_value(action))
    found = Command(
        name, help, tuple(options), tuple(positionals), tuple(each[1] for each in below)
    )
    return [found, *(one for full, _, text, leaf in below for one in commands_of(leaf, full, text))]


def _choices(action: Any) -> Iterator[tuple[str, str]]:
    for choice in action._choices_actions:
        yield choice.dest, " ".join((choice.help or "").split())


def _one_line(action: argparse.Action, parser: argparse.ArgumentParser) -> str:
    """The help of an option up to its first sentence's end."""
    text = " ".join(parser._get_formatter()._expand_help(action).split()) if action.help else ""
    return re.split(r"(?<=[a-z0-9])\.(?:\s|$)|;", text)[0]


def _value(action: argparse.Action) -> Value:
    many = action.nargs in ("*", "+")
    if action.choices is not None:
        return Value("words", tuple(str(each) for each in action.choices), many)
    if action.dest in _FOLDERS:
        return Value("folders", many=many)
    metavar = action.metavar if isinstance(action.metavar, str) else action.dest
    return Value("files" if _FILES.search(metavar) else "nothing", many=many)


def with_values(command: Command) -> Sequence[Option]:
    """The options of a command that a value follows."""
    return [option for option in command.options if option.value is not None]
