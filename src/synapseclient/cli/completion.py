"""``synapse completion``: a script for the shell, written from the parser, so that pressing TAB
starts no Python."""

from __future__ import annotations

import argparse
import sys
from typing import Any

SHELLS = ("bash", "zsh", "fish")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    parser.add_argument("shell", choices=SHELLS, help="Which shell the script is for")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = """examples:
  bash: synapse completion bash > ~/.local/share/bash-completion/completions/synapse
  zsh:  synapse completion zsh > ~/.zfunc/_synapse, where fpath has ~/.zfunc before compinit
  fish: synapse completion fish > ~/.config/fish/completions/synapse.fish"""


def run(args: argparse.Namespace, syn: Any) -> None:
    """Print the script."""
    from synapseclient.cli import completion_scripts
    from synapseclient.cli.grammar import commands_of
    from synapseclient.cli.parser import build

    write = {
        "bash": completion_scripts.bash,
        "zsh": completion_scripts.zsh,
        "fish": completion_scripts.fish,
    }[args.shell]
    sys.stdout.write(write(commands_of(build())))
