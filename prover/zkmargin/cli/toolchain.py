"""``zkmargin toolchain``: the node programs that compile circuits and contracts and run a local chain."""

from __future__ import annotations

import shutil
from pathlib import Path

from zkmargin.documents.files import make_folder, private_folder
from zkmargin.errors import ToolchainError
from zkmargin.toolchain import run, toolchain_folder

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, progress

__all__ = ["toolchain_app"]

toolchain_app = typed.Group()

_FILES = ("package.json", "package-lock.json", ".npmrc")
_TIMEOUT = 1800.0


@toolchain_app.command()
def install(as_json: Json = False) -> None:
    """Install circom, circomlib, snarkjs, solc and anvil with npm, for this user.

    The versions and their hashes come with zkmargin. In a checkout, `make setup` installs the same programs.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise ToolchainError("npm is not on the PATH: install Node.js 20 or newer")
    target = toolchain_folder()
    with progress() as report:
        report("installing node packages", 0, 1)
        _install(npm, target)
    if as_json:
        print_json({"folder": str(target)})
    else:
        print_line(f"installed in {target}")


def _install(npm: str, target: Path) -> None:
    """Install the packages that the lock file pins; a failure leaves the folder unchanged."""
    with private_folder(make_folder(target.parent)) as scratch:
        made = make_folder(scratch / "toolchain")
        for name in _FILES:
            shutil.copyfile(_pinned() / name, made / name)
        run([npm, "ci", "--loglevel=error"], cwd=made, timeout=_TIMEOUT)
        if target.exists():
            shutil.rmtree(target)
        made.rename(target)


def _pinned() -> Path:
    """Return the folder with package.json and its lock, of the installed package or of the checkout."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "node"
    return packaged if packaged.is_dir() else here.parents[3]
