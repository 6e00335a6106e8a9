"""``python -m wasm_host 8000``, in place of ``python -m http.server 8000``.

The arguments are those of ``wasm-host serve``, unless the first one is another subcommand.
"""

import os
import sys

from . import program


def command_line(arguments):
    """Return the program's arguments for those of this module."""
    first = arguments[0] if arguments else ""
    is_word = first[:1].isalpha()
    if is_word or first in ("-V", "--version"):
        return arguments
    return ["serve", *arguments]


def main():
    try:
        path = program()
        os.execv(path, ["wasm-host", *command_line(sys.argv[1:])])
    except OSError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
