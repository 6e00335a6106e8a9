"""Makes a wheel of a static binary: ``wheel.py FOLDER BINARY x86_64|aarch64``.

``pip`` puts the binary into the folder of scripts, as it is: ``pipx run wasm-host`` runs
nothing of Python. The module is for ``python -m wasm_host``. The format is PEP 427's.
"""

import base64
import csv
import hashlib
import io
import os
import sys
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "..", "..", ".."))

METADATA = """\
Metadata-Version: 2.4
Name: wasm-host
Version: {version}
Summary: Python's http.server, with every line of handler code inside a WebAssembly sandbox
License-Expression: Apache-2.0
License-File: LICENSE
Keywords: http,server,static,wasm,webassembly,preview
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Internet :: WWW/HTTP :: HTTP Servers
Requires-Python: >=3.10
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: wasm-host .ci/release
Root-Is-Purelib: false
Tag: py3-none-manylinux_2_17_{architecture}
Tag: py3-none-manylinux2014_{architecture}
Tag: py3-none-musllinux_1_1_{architecture}
"""


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def contents(version, binary, architecture):
    """Return the wheel's files as (name, bytes, permissions)."""
    info = f"wasm_host-{version}.dist-info"
    readme = read(ROOT, "README.md").decode()
    yield "wasm_host/__init__.py", read(HERE, "wasm_host", "__init__.py"), 0o644
    yield "wasm_host/__main__.py", read(HERE, "wasm_host", "__main__.py"), 0o644
    yield f"wasm_host-{version}.data/scripts/wasm-host", read(binary), 0o755
    yield f"{info}/METADATA", METADATA.format(version=version, readme=readme).encode(), 0o644
    yield f"{info}/WHEEL", WHEEL.format(architecture=architecture).encode(), 0o644
    yield f"{info}/licenses/LICENSE", read(ROOT, "LICENSE"), 0o644


def main(folder, binary, architecture):
    version = os.environ["VERSION"]
    # A zip archive has no date before 1980.
    date = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800))[:6]
    platform = "manylinux_2_17_{0}.manylinux2014_{0}.musllinux_1_1_{0}".format(architecture)
    path = os.path.join(folder, f"wasm_host-{version}-py3-none-{platform}.whl")
    record = io.StringIO()
    lines = csv.writer(record, lineterminator="\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=int(os.environ.get("COMPRESSION", "9"))) as wheel:

        def add(name, data, mode):
            entry = zipfile.ZipInfo(name, date)
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)

        for name, data, mode in contents(version, binary, architecture):
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.writerow([name, f"sha256={digest}", len(data)])
            add(name, data, mode)
        name = f"wasm_host-{version}.dist-info/RECORD"
        lines.writerow([name, "", ""])
        add(name, record.getvalue().encode(), 0o644)
    print(path)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
