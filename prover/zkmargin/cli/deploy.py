"""``zkmargin deploy``."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.errors import ChainError, InputError
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .key_origin import key_to_json, origin_rows
from .options import LOCAL_NODE, Json, Rpc  # typed reads the annotations
from .output import print_json, print_line, progress
from .passwords import PasswordFile, signing_key
from .tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eth_account.signers.local import LocalAccount

    from zkmargin.settlement.deploy.check import Finding
    from zkmargin.settlement.deploy.deployment import Deployment
    from zkmargin.settlement.deploy.settings import MarketSettings
    from zkmargin.settlement.deploy.verified import MarketKey

__all__ = ["deploy"]


def deploy(  # noqa: PLR0913, PLR0917  # the options of a command
    settings: Annotated[
        Path | None, typed.Argument(help="The market's settings: docs/formats/market-settings.md.")
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    out: Annotated[Path | None, typed.Option("-o", "--out", help="The deployment file to write.")] = None,
    keystore: Annotated[
        Path | None,
        typed.Option("--keystore", help="The deployer's key; if left out, the node's own account signs."),
    ] = None,
    password_file: PasswordFile = None,
    snapshot: Annotated[
        Path | None,
        typed.Option(
            "--snapshot", help="A snapshot, to compare its assets and underlyings with the settings."
        ),
    ] = None,
    check: Annotated[
        Path | None,
        typed.Option("--check", help="Deploy nothing; compare this deployment file with the chain."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Deploy a market, or compare a deployed market with its file.

    Deploys with the circuits' keys on this machine; except on a local chain they must be a ceremony's that was verified
    here. After a failure, the same command goes on where it stopped: the contracts that stand are in OUT.partial.
    --check deploys nothing and exits with code 1 if the chain differs from the file, or its keys are not a ceremony's;
    with settings it also compares the parameters.
    """
    read = _settings(settings, snapshot)
    if check is not None:
        if out is not None or keystore is not None:
            raise InputError("cannot be combined with --out or --keystore", source="--check")
        _check(check, rpc, read, as_json=as_json)
        return
    if read is None or out is None:
        raise InputError("expected settings and --out, or --check", source="deploy")
    key = signing_key(keystore, password_file)
    _show(out, _deploy(read, rpc, key, out), as_json=as_json)


def _settings(path: Path | None, snapshot: Path | None) -> MarketSettings | None:
    from zkmargin.settlement.deploy.settings import MarketSettings  # noqa: PLC0415

    if path is None:
        if snapshot is not None:
            raise InputError("needs the market's settings", source="--snapshot")
        return None
    read = MarketSettings.load(path)
    if snapshot is not None:
        read.check_snapshot(Snapshot.load(snapshot))
    return read


def _deploy(settings: MarketSettings, rpc: str, key: LocalAccount | None, out: Path) -> Deployment:
    """Deploy, and keep what stands in a partial file until all is done."""
    from zkmargin.chain import connect  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.deploy.deploy import deploy_market  # noqa: PLC0415

    if not out.parent.is_dir():
        raise InputError("no such folder", source=str(out.parent))
    partial = out.with_name(f"{out.name}.partial")
    web3 = connect(rpc, key=key)
    with progress() as bar, _rest(partial):
        deployment = deploy_market(web3, settings, progress=bar, unfinished=partial)
        deployment.save(out)
    partial.unlink(missing_ok=True)
    return deployment


@contextmanager
def _rest(partial: Path) -> Iterator[None]:
    """Name the partial file in the error of a deployment that fails."""
    try:
        yield
    except ChainError as error:
        if partial.is_file():
            reason = f"{error}; what stands is in {partial}: run the same command again to go on"
            raise ChainError(reason) from error
        raise


def _show(out: Path, deployment: Deployment, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(out), "deployment": deployment.to_json()})
        return
    print_line(f"{out}: chain {deployment.chain_id}, after block {deployment.block}")
    contracts = [(key, str(address)) for key, address in deployment.addresses.to_json().items()]
    circuits = [(name, f"key {one.fingerprint}") for name, one in deployment.circuits.items()]
    print_table([*contracts, *circuits], indent=2)


def _check(path: Path, rpc: str, settings: MarketSettings | None, *, as_json: bool) -> None:
    from zkmargin.chain import connect  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.deploy.check import check_deployment  # noqa: PLC0415
    from zkmargin.settlement.deploy.deployment import Deployment  # noqa: PLC0415

    deployment = Deployment.load(path)
    checked = check_deployment(connect(rpc), deployment, settings=settings)
    if as_json:
        shown = [{"what": one.what, "holds": one.holds, "found": one.found} for one in checked.findings]
        keys = {one.circuit: _key_to_json(one) for one in checked.keys}
        print_json({"valid": checked.holds, "findings": shown, "keys": keys})
    else:
        _show_keys(checked.keys)
        _show_findings(checked.findings)
    if not checked.holds:
        raise typed.Exit(1)


def _key_to_json(one: MarketKey) -> dict[str, Any]:
    here = None if one.found is None else key_to_json(one.found.keys)
    return {"fingerprint": one.fingerprint, "here": here}


def _show_keys(keys: Sequence[MarketKey]) -> None:
    """Show the keys on the chain, and what is known here of their origin."""
    for one in keys:
        kind = f"{one.found.keys.kind} key" if one.found else "no key here"
        print_line(f"{one.circuit}: {one.fingerprint} on the chain; {kind}")
        if one.found is not None:
            print_table(origin_rows(one.found.keys), indent=2)
    for kind in sorted({one.found.keys.kind for one in keys if one.found}):
        print_line(kind.note)


def _show_findings(findings: Sequence[Finding]) -> None:
    # Failures come last, where they are seen.
    print_table(
        ("ok" if one.holds else "FAIL", f"{one.what}{f'; found {one.found}' if one.found else ''}")
        for one in sorted(findings, key=lambda found: not found.holds)
    )
    print_line(f"{sum(one.holds for one in findings)} of {len(findings)} hold")
