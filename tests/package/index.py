"""Serve a package index on a free port of this machine, until terminated; prints its address first.

Arguments: the folder that takes uploads, then folders to serve besides. Uploads need INDEX_USER and
INDEX_PASSWORD. It knows no other index.
"""

import os
import sys
from wsgiref.simple_server import make_server

import pypiserver


def main() -> None:
    allowed = (os.environ["INDEX_USER"], os.environ["INDEX_PASSWORD"])
    app = pypiserver.app(
        roots=sys.argv[1:],
        authenticate=["update"],
        auther=lambda user, password: (user, password) == allowed,
        disable_fallback=True,
    )
    with make_server("127.0.0.1", 0, app) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


main()
