"""`python -m admin.servers ensure` and `python -m admin.servers run [--print-env] [-- COMMAND ...]`."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from admin.servers.process import ServerFailed, ended_with_us
from admin.servers.provide import ensure, open_broker, open_database


def main() -> int:
    reader = argparse.ArgumentParser(prog="python -m admin.servers", description=__doc__)
    verbs = reader.add_subparsers(dest="verb", required=True)
    verbs.add_parser("ensure", help="install what is missing, where we may")
    run = verbs.add_parser("run", help="start both servers, and COMMAND with their addresses")
    run.add_argument("--print-env", action="store_true", help="print REFLOOP_... lines, wait to be ended")
    run.add_argument("command", nargs="*", metavar="COMMAND")
    chosen = reader.parse_args()
    try:
        ensure(lambda line: print(line, file=sys.stderr, flush=True))
        return 0 if chosen.verb == "ensure" else run_both(chosen.command, chosen.print_env)
    except ServerFailed as failure:
        print(f"servers: {failure}", file=sys.stderr)
        return 1


def run_both(command: list[str], print_env: bool) -> int:
    """Both servers around COMMAND (its exit code is ours), or until SIGTERM or Ctrl-C without one."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with open_database() as database, open_broker() as broker, TemporaryDirectory() as data:
            addresses = {
                "REFLOOP_DATABASE_URL": database.create("refloop"),
                "REFLOOP_BROKER_URL": broker.url,
                "REFLOOP_DATA_DIR": data,  # keys live and die with the database they belong to
            }
            if print_env:
                for name, value in addresses.items():
                    print(f"{name}={value}", flush=True)
            if command:
                return _run(command, addresses)
            signal.pause()
    except KeyboardInterrupt:
        return 130
    return 0


def _run(command: list[str], addresses: dict[str, str]) -> int:
    data = Path(addresses["REFLOOP_DATA_DIR"])
    with subprocess.Popen(command, env=os.environ | addresses) as running, ended_with_us(running.pid, data):
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:
                # Ctrl-C reached it too, SIGTERM did not; the servers go only after it has.
                running.send_signal(signal.SIGTERM)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
