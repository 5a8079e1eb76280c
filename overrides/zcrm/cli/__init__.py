"""The command line: what a person types, sees and gets back.

Needs the extra `cli`. Nothing heavy is imported here, so that `zcrm --help` stays quick.
"""

import signal
import sys
from importlib.util import find_spec

from zcrm.cli.streams import hold_descriptors, let_go

__all__ = ["main"]

_MISSING_EXTRA = 'zcrm: the command line needs an extra: pip install "zcrm[cli]"'


def main() -> None:
    """Run the command line and exit the process with its code.

    SIGTERM, SIGHUP and SIGBREAK end it the way Ctrl-C does. Without the extra `cli` it prints one line that
    names it and exits 2.
    """
    hold_descriptors()
    if any(find_spec(name) is None for name in ("typer", "rich")):
        sys.stderr.write(f"{_MISSING_EXTRA}\n")
        if "--json" in sys.argv:
            from zcrm.cli.output import failed, write_json

            write_json(failed(2, _MISSING_EXTRA))
        sys.exit(2)
    from zcrm.cli.app import app
    from zcrm.cli.guard import run
    from zcrm.cli.output import degrade
    from zcrm.cli.signals import ENDING

    degrade()
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    try:
        code = run(app)
    finally:
        let_go()
    sys.exit(code)
