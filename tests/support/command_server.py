"""The program ``zkmargin`` for scripts of many commands: one process imports everything, and forks for each command.

A command of its own process takes more than a second to import, which a script of seventy commands pays seventy times.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 1 << 20
CLIENT = """\
#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({path!r})
    asked = {{"words": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
    socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
    sys.exit(int(server.recv(16) or 70))
"""


@contextmanager
def command_server(folder):
    """Serve commands while the block runs, and yield the folder with the program ``zkmargin``."""
    path = folder / "zkmargin.socket"
    folders = [ROOT / "prover", ROOT / "tests"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    words = [sys.executable, "-m", "support.command_server", str(path)]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE) as server:  # noqa: S603  # this module
        try:
            # It listens when it has written a line.
            if server.stdout is None or not server.stdout.readline():
                raise RuntimeError("no server of commands")
            programs = folder / "bin"
            programs.mkdir()
            (programs / "zkmargin").write_text(CLIENT.format(python=sys.executable, path=str(path)))
            (programs / "zkmargin").chmod(0o755)
            yield programs
        finally:
            server.terminate()


def serve(path):
    """Run each command that a client asks for, one after the other."""
    _import_everything()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        print("ready", flush=True)  # noqa: T201  # for the process that waits
        while True:
            client, _ = server.accept()
            with client:
                message, files, *_ = socket.recv_fds(client, LARGEST, 3)
                child = os.fork()
                if child == 0:
                    _run(json.loads(message), files)
                for one in files:
                    os.close(one)
                _, status = os.waitpid(child, 0)
                client.send(str(os.waitstatus_to_exitcode(status)).encode())


def _run(asked, files):
    """Become the command, and end this process."""
    code = 70
    try:
        for number, one in enumerate(files):
            os.dup2(one, number)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        sys.argv = ["zkmargin", *asked["words"]]
        from zkmargin.cli.app import run  # noqa: PLC0415  # imported already

        code = run()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001  # nothing else ends this process
        traceback.print_exc()
    finally:
        os._exit(code)


def _import_everything():
    from importlib import import_module  # noqa: PLC0415
    from pkgutil import walk_packages  # noqa: PLC0415

    from eth_account import Account as EthAccount  # noqa: PLC0415

    import zkmargin  # noqa: PLC0415
    from support.calculators import quick_config  # noqa: PLC0415
    from zkmargin.proving import wasm_engine  # noqa: PLC0415

    for one in walk_packages(zkmargin.__path__, "zkmargin."):
        import_module(one.name)
    # Keystores of a user take a second each.
    EthAccount.encrypt = partial(EthAccount.encrypt, kdf="pbkdf2", iterations=10)
    wasm_engine._config = quick_config


if __name__ == "__main__":
    serve(sys.argv[1])
