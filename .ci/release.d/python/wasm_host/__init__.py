"""wasm-host: Python's http.server, with handlers inside a WebAssembly sandbox.

``wasm-host serve 8000`` or ``python -m wasm_host 8000`` serves the current directory.
"""

import os
import sysconfig

__all__ = ["program"]


def program() -> str:
    """Return the path of the program that this package has installed.

    Raises FileNotFoundError if it isn't there.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    places = [
        sysconfig.get_path("scripts"),
        # `pip install --user`.
        sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user")),
        # `pip install --target DIR`, and zipapps that are unpacked.
        os.path.join(os.path.dirname(here), "bin"),
        # `pip install --prefix DIR`: DIR/lib/python3.x/site-packages/wasm_host.
        os.path.normpath(os.path.join(here, "..", "..", "..", "..", "bin")),
    ]
    for place in places:
        path = os.path.join(place, "wasm-host")
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(f"wasm-host is in none of {', '.join(places)}; install the package anew")
