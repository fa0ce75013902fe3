"""The scripts of ``synapse completion``, a function a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from synapseclient.cli.grammar import Command, Option, Value, with_values

_HEAD = "# Completion of synapse for {}. Written by: synapse completion {}\n"


def _patterns(command: Command, names: Iterable[str]) -> str:
    """Shell patterns for words after a command."""
    return "|".join(shlex.quote(f"{command.name}:{name}") for name in names)


# ------------------------------------------------------------------ bash


def bash(commands: Sequence[Command]) -> str:
    """For bash, from 3.2 on. Files are completed by readline itself, which quotes them right."""
    steps, values, plain, options = [], [], [], []
    for command in commands:
        for option in with_values(command):
            assert option.value is not None
            skip = "" if option.value.many else "skip=1"
            steps.append(f"            {_patterns(command, option.names)}) {skip} ;;")
            pattern = _patterns(command, option.names)
            values.append(f"        {pattern}) {_bash_value(option.value)} return ;;")
        for name in command.commands:
            full = f"{command.name} {name}".strip()
            steps.append(
                f"            {_patterns(command, [name])}) command={shlex.quote(full)} ;;"
            )
        names = " ".join(name for option in command.options for name in option.names)
        options.append(f"            {shlex.quote(command.name)}) words={shlex.quote(names)} ;;")
        first = Value("words", command.commands) if command.commands else _first(command)
        plain.append(f"        {shlex.quote(command.name)}) {_bash_value(first)} ;;")
    lines = [
        _HEAD.format("bash", "bash"),
        "_synapse() {",
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}",
        "    local command='' skip='' word words='' i",
        "    if [[ $cur == '=' ]]; then cur=''",
        "    elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi",
        "    COMPREPLY=()",
        "    for ((i = 1; i < COMP_CWORD; i++)); do",
        "        word=${COMP_WORDS[i]}",
        "        [[ $word == '=' ]] && continue",
        "        if [[ $skip ]]; then skip=''; continue; fi",
        '        case "$command:$word" in',
        *steps,
        "        esac",
        "    done",
        '    case "$command:$prev" in',
        *values,
        "    esac",
        "    if [[ $cur == -* ]]; then",
        '        case "$command" in',
        *options,
        "        esac",
        "        _synapse_words $words",
        "        return",
        "    fi",
        '    case "$command" in',
        *plain,
        "    esac",
        "}",
        "",
        "_synapse_words() {",
        "    compopt +o default 2>/dev/null",
        '    COMPREPLY=($(compgen -W "$*" -- "$cur"))',
        "}",
        "",
        "_synapse_folders() {",
        "    local IFS=$'\\n'",
        "    compopt -o filenames 2>/dev/null",
        '    COMPREPLY=($(compgen -d -- "$cur"))',
        "}",
        "",
        "complete -o default -F _synapse synapse",
        "",
    ]
    return "\n".join(lines)


def _first(command: Command) -> Value:
    """What a word that belongs to no option may be: files, if one may be a file."""
    for kind in ("words", "files", "folders"):
        for value in command.positionals:
            if value.kind == kind:
                return value
    return Value("nothing")


def _bash_value(value: Value) -> str:
    if value.kind == "files":
        return ":;"  # with nothing in COMPREPLY, bash completes files
    if value.kind == "folders":
        return "_synapse_folders;"
    return " ".join(["_synapse_words", *map(shlex.quote, value.words)]) + ";"


# ------------------------------------------------------------------ zsh


def zsh(commands: Sequence[Command]) -> str:
    """For zsh, in its own terms, with the help of each option."""
    by_name = {command.name: command for command in commands}
    lines = ["#compdef synapse", _HEAD.format("zsh", "zsh")]
    for command in commands:
        lines += _zsh_function(command, by_name)
    lines += [
        "# Loaded from fpath it is called at once; sourced, it is to be called later.",
        'if [[ "${funcstack[1]}" == "_synapse" ]]; then',
        '    _synapse "$@"',
        "else",
        "    compdef _synapse synapse",
        "fi",
        "",
    ]
    return "\n".join(lines)


def _zsh_function(command: Command, by_name: dict[str, Command]) -> list[str]:
    specs = [_zsh_option(option) for option in command.options]
    function = _zsh_name(command.name)
    if not command.commands:
        specs += [_zsh_positional(value) for value in command.positionals]
        return [f"{function}() {{", *_continued("_arguments -s", specs), "}", ""]
    specs += ["'1: :->command'", "'*:: :->arguments'"]
    described, cases = [], []
    for name in command.commands:
        full = f"{command.name} {name}".strip()
        text = by_name[full].help.replace("\\", "\\\\").replace(":", "\\:")
        described.append(f"                {_quoted(f'{name}:{text}')}")
        cases.append(f"                {name}) {_zsh_name(full)} ;;")
    return [
        f"{function}() {{",
        "    local curcontext=$curcontext state state_descr line",
        "    typeset -A opt_args",
        *_continued("_arguments -s -C", specs),
        '    case "$state" in',
        "        command)",
        "            local -a commands=(",
        *described,
        "            )",
        "            _describe command commands ;;",
        "        arguments)",
        '            case "${words[1]}" in',
        *cases,
        "            esac ;;",
        "    esac",
        "}",
        "",
    ]


def _continued(head: str, specs: Sequence[str]) -> list[str]:
    lines = [f"    {head}", *(f"        {spec}" for spec in specs)]
    return [f"{line} \\" for line in lines[:-1]] + [lines[-1]]


def _zsh_name(command: str) -> str:
    return "_".join(["_synapse", *command.replace("-", "_").split()])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _zsh_option(option: Option) -> str:
    text = option.help
    for sign in "\\[]:":
        text = text.replace(sign, f"\\{sign}")
    value = "" if option.value is None else _zsh_value(option.value)
    if option.value is not None and option.value.many:
        value = ":*" + value
    tail = _quoted(f"[{text}]{value}")
    if len(option.names) == 1:
        return option.names[0] + tail
    excluded = _quoted(f"({' '.join(option.names)})")
    return f"{excluded}{{{','.join(option.names)}}}{tail}"


def _zsh_value(value: Value) -> str:
    if value.kind == "words":
        return f": :({' '.join(value.words)})"
    return {"files": ":file:_files", "folders": ":folder:_files -/"}.get(value.kind, ":value: ")


def _zsh_positional(value: Value) -> str:
    return _quoted(("*" if value.many else "") + ":" + _zsh_value(value))


# ------------------------------------------------------------------ fish


def fish(commands: Sequence[Command]) -> str:
    """For fish, from 3.0 on."""
    steps: list[str] = []
    for command in commands:
        names = [
            name
            for option in with_values(command)
            if option.value is not None and not option.value.many
            for name in option.names
        ]
        if names:
            steps.append(f"            case {_fish_cases(command, names)}")
            steps.append("                set skip 1")
        for name in command.commands:
            full = f"{command.name} {name}".strip()
            steps.append(f"            case {_fish_cases(command, [name])}")
            steps.append(f"                set command {_fish_quoted(full)}")
    lines = [
        _HEAD.format("fish", "fish"),
        "function __synapse_command",
        "    set -l command ''",
        "    set -l skip 0",
        "    for word in (commandline -opc)[2..-1]",
        "        if test $skip = 1",
        "            set skip 0",
        "            continue",
        "        end",
        '        switch "$command:$word"',
        *steps,
        "        end",
        "    end",
        '    echo "$command"',
        "end",
        "",
        "function __synapse_in",
        "    set -l command (__synapse_command)",
        '    test "$command" = "$argv[1]"',
        "end",
        "",
        "complete -c synapse -f",
    ]
    by_name = {command.name: command for command in commands}
    for command in commands:
        lines += _fish_lines(command, by_name)
    return "\n".join([*lines, ""])


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish_cases(command: Command, names: Sequence[str]) -> str:
    return " ".join(_fish_quoted(f"{command.name}:{name}") for name in names)


def _fish_lines(command: Command, by_name: dict[str, Command]) -> list[str]:
    condition = _fish_quoted(f"__synapse_in {_fish_quoted(command.name)}")
    head = f"complete -c synapse -n {condition}"
    lines = []
    for name in command.commands:
        text = by_name[f"{command.name} {name}".strip()].help
        lines.append(f"{head} -a {_fish_quoted(name)} -d {_fish_quoted(text)}")
    for option in command.options:
        words = [f"-l {name[2:]}" for name in option.names if name.startswith("--")]
        words += [f"-s {name[1:]}" for name in option.names if not name.startswith("--")]
        if option.value is not None:
            words.append(_fish_value(option.value, "-x", "-r -F"))
        lines.append(" ".join([head, *words, f"-d {_fish_quoted(option.help)}"]))
    first = _first(command)
    if not command.commands and first.kind != "nothing":
        lines.append(f"{head} {_fish_value(first, '-f', '-F')}")
    return lines


def _fish_value(value: Value, plain: str, files: str) -> str:
    if value.kind == "files":
        return files
    if value.kind == "folders":
        return f"{plain} -a '(__fish_complete_directories)'"
    if value.kind == "words":
        return f"{plain} -a {_fish_quoted(' '.join(value.words))}"
    return plain
