"""``zkmargin snapshot sign``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.errors import InputError
from zkmargin.snapshot.estimates import require_few_estimates
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .options import (
    FEW_ESTIMATES,
    LOCAL_NODE,
    ChainId,
    Json,
    MaxEstimated,
    Rpc,
    VerifyingContract,
    parse_share,
    warn_of_readers,
)
from .output import print_json, print_line
from .passwords import PasswordFile, ask_password
from .previous import Previous, require_previous
from .tables import print_table

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.contracts.oracle_feed import OracleFeed
    from zkmargin.snapshot.signatures import Domain, Signatures

__all__ = ["sign"]


def sign(  # noqa: PLR0913, PLR0917  # the options of a command
    snapshot: Annotated[Path, typed.Argument(help="The snapshot to sign.")],
    keystore: Annotated[Path, typed.Option("--keystore", help="The signer's keystore.")],
    out: Annotated[
        Path, typed.Option("-o", "--out", help="The file of signatures to write, or to add one to.")
    ],
    password_file: PasswordFile = None,
    chain_id: ChainId = None,
    verifying_contract: VerifyingContract = None,
    previous: Previous = None,
    keys: Annotated[
        str | None,
        typed.Option(
            "--keys",
            metavar="CIRCUIT,...",
            help="Also name the fingerprints of this machine's keys of these circuits, e.g. margin_13,health_1x12.",
        ),
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    max_estimated: MaxEstimated = FEW_ESTIMATES,
    as_json: Json = False,
) -> None:
    """Sign a snapshot by EIP-712.

    A signer vouches for the rows: run zkmargin snapshot verify first. For a chain, the feed is asked through --rpc for
    its collateral list and its latest snapshot. Exit code 1, and nothing is signed, if the snapshot has other assets or
    another order, or drops or changes rows of the previous one. --keys names the keys that you prove under, so that
    others can compare theirs.
    """
    from zkmargin.chain.keystore import load_keystore  # noqa: PLC0415  # needs an extra
    from zkmargin.snapshot.signatures import Domain  # noqa: PLC0415
    from zkmargin.snapshot.signer import sign_snapshot  # noqa: PLC0415  # needs an extra

    domain, signed = Domain(chain_id, verifying_contract), Snapshot.load(snapshot)
    _require_few_estimates(signed, snapshot, parse_share(max_estimated))
    require_previous(signed, previous, _asked_feed(domain, signed, rpc))
    before = _signatures(out, domain, signed)
    named = {} if keys is None else _fingerprints(keys)
    warn_of_readers(keystore)
    account = load_keystore(keystore, ask_password(password_file))
    after = before.with_signature(sign_snapshot(signed, account, domain, keys=named))
    after.save(out)
    if as_json:
        signers = [one.signer for one in after.signatures]
        print_json({"file": str(out), "signer": account.address, "signers": signers, "keys": named})
        return
    print_line(f"{out}: root {signed.root}")
    print_line(f"signed by {account.address}, {domain}; signatures in the file: {len(after.signatures)}")
    if named:
        print_table(named.items(), indent=2)


def _require_few_estimates(signed: Snapshot, source: Path, share: Decimal) -> None:
    try:
        require_few_estimates(signed.parts, share)
    except InputError as error:
        raise InputError(error.reason, source=str(source), key=error.key) from None


def _fingerprints(names: str) -> dict[str, str]:
    """Return the fingerprints of this machine's keys of circuits; warn of keys that are not a ceremony's."""
    from zkmargin.proofs.instances import find_circuit  # noqa: PLC0415

    from .chain_verify import built_keys  # noqa: PLC0415
    from .prove import warn_of_development_keys  # noqa: PLC0415

    found = {name.strip(): built_keys(find_circuit(name.strip())) for name in names.split(",")}
    for one in found.values():
        warn_of_development_keys(one)
    return {name: one.fingerprint for name, one in found.items()}


def _asked_feed(domain: Domain, snapshot: Snapshot, rpc: str) -> OracleFeed | None:
    """Return the feed of a domain on a chain, after it was asked for its collateral list."""
    from zkmargin.chain.node import connect  # noqa: PLC0415
    from zkmargin.contracts.oracle_feed import OracleFeed  # noqa: PLC0415

    if domain.verifying_contract is None:
        return None
    feed = OracleFeed(connect(rpc), domain.verifying_contract)
    if feed.domain != domain:
        reason = f"the node is on chain {feed.domain.chain_id}, not on {domain.chain_id}"
        raise InputError(reason, source="--chain-id")
    feed.require_collateral(snapshot)
    return feed


def _signatures(path: Path, domain: Domain, snapshot: Snapshot) -> Signatures:
    """Return the file's signatures, if they are of the same snapshot and domain."""
    from zkmargin.snapshot.signatures import Signatures, SnapshotMessage  # noqa: PLC0415
    from zkmargin.snapshot.signer import recover_signers  # noqa: PLC0415

    message = SnapshotMessage.of(snapshot)
    if not path.exists():
        return Signatures(domain, message, ())
    found = Signatures.load(path)
    if found.message != message:
        raise InputError("the signatures are of another snapshot", source=str(path), key="message")
    if found.domain != domain:
        raise InputError(
            f"the signatures are for another domain: {found.domain}", source=str(path), key="domain"
        )
    recover_signers(snapshot, found, domain=domain)
    return found
