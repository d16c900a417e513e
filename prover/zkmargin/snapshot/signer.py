"""Signatures of snapshots by EIP-712, and the quorum that a snapshot needs.

The publisher of a risk table determines everybody's margin. So several oracle signers verify each snapshot
independently and sign a message that contracts can compute again.

To sign needs the extra ``chain`` (eth-account); to check signatures does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError, StatementError
from zkmargin.ethereum import signer_of, typed_digest
from zkmargin.exports import needs_extra

from .named_keys import NamedKeys
from .signatures import (
    DOMAIN_NAME,
    DOMAIN_VERSION,
    Domain,
    Signature,
    Signatures,
    SnapshotMessage,
    read_address,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from eth_account.signers.base import BaseAccount

    from .snapshot import Snapshot

__all__ = [
    "domain_types",
    "keys_typed_data",
    "recover",
    "recover_signers",
    "require_quorum",
    "sign_data",
    "sign_snapshot",
    "typed_data",
]

OFF_CHAIN = Domain()

_MEMBERS = (
    ("root", "uint256"),
    ("timestamp", "uint64"),
    ("paramsHash", "uint256"),
    ("collateralHash", "bytes32"),
    ("indexPrices", "uint256[]"),
)
_KEYS_MEMBERS = (("root", "uint256"), ("keys", "CircuitKey[]"))
_KEY_MEMBERS = (("circuit", "string"), ("fingerprint", "string"))


def typed_data(message: SnapshotMessage, domain: Domain = OFF_CHAIN) -> dict[str, Any]:
    """Return the signed message as an EIP-712 object, for example for ``eth_signTypedData_v4``.

    Parameters
    ----------
    message : SnapshotMessage
    domain : Domain

    Returns
    -------
    dict
        ``types``, ``primaryType``, ``domain`` and ``message``.
    """
    values = {
        "root": message.root,
        "timestamp": message.timestamp,
        "paramsHash": message.params_hash,
        "collateralHash": message.collateral_hash,
        "indexPrices": list(message.index_prices),
    }
    return _typed("RiskSnapshot", {"RiskSnapshot": _MEMBERS}, values, domain)


def keys_typed_data(root: int, fingerprints: Mapping[str, str], domain: Domain = OFF_CHAIN) -> dict[str, Any]:
    """Return the signed message about the keys that a signer names, as an EIP-712 object.

    Parameters
    ----------
    root : int
        The snapshot root.
    fingerprints : mapping of str to str
        The fingerprint of each circuit's key by the circuit's name; signed in ascending order of the names.
    domain : Domain

    Returns
    -------
    dict
        As `typed_data`.
    """
    keys = [{"circuit": name, "fingerprint": one} for name, one in sorted(fingerprints.items())]
    types = {"SnapshotKeys": _KEYS_MEMBERS, "CircuitKey": _KEY_MEMBERS}
    return _typed("SnapshotKeys", types, {"root": root, "keys": keys}, domain)


def _typed(
    primary: str, types: Mapping[str, tuple[tuple[str, str], ...]], message: dict[str, Any], domain: Domain
) -> dict[str, Any]:
    fields, values = domain_types(domain)
    members = {name: [{"name": member, "type": kind} for member, kind in one] for name, one in types.items()}
    return {
        "types": {"EIP712Domain": fields, **members},
        "primaryType": primary,
        "domain": values,
        "message": message,
    }


def domain_types(domain: Domain) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Return the members of EIP712Domain for a domain, and their values."""
    fields = [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}]
    values: dict[str, Any] = {"name": DOMAIN_NAME, "version": DOMAIN_VERSION}
    if domain.chain_id is not None:
        fields += [
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ]
        values |= {"chainId": domain.chain_id, "verifyingContract": domain.verifying_contract}
    return fields, values


def sign_snapshot(
    snapshot: Snapshot,
    account: BaseAccount,
    domain: Domain = OFF_CHAIN,
    *,
    keys: Mapping[str, str] | None = None,
) -> Signature:
    """Sign a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
        A snapshot that the signer has verified, see `zkmargin.snapshot.verify`.
    account : eth_account.signers.base.BaseAccount
        The signer, for example from `zkmargin.chain.keystore.load_keystore`.
    domain : Domain
        The domain of the signature; off chain by default.
    keys : mapping of str to str, optional
        Fingerprints of the keys that the signer proves under, by circuit. They are signed apart, for readers off chain.

    Returns
    -------
    Signature
        Deterministic (RFC 6979): equal arguments give equal signatures.
    """
    value = sign_data(typed_data(SnapshotMessage.of(snapshot), domain), account)
    named = None
    if keys:
        named = NamedKeys(keys, sign_data(keys_typed_data(snapshot.root, keys, domain), account))
    return Signature(account.address, value, named)


def recover_signers(
    snapshot: Snapshot, signatures: Signatures, *, domain: Domain = OFF_CHAIN
) -> tuple[str, ...]:
    """Return the signers of a snapshot, in ascending order of their addresses.

    Parameters
    ----------
    snapshot : Snapshot
    signatures : Signatures
    domain : Domain
        The expected domain of the signatures.

    Returns
    -------
    tuple of str
        Distinct addresses with checksum. They need not be trusted signers: see `require_quorum`.

    Raises
    ------
    StatementError
        If the signatures are of another snapshot or for another domain, or one is not by its signer, be it of the
        snapshot or of the keys that the signer names.
    """
    if signatures.domain != domain:
        raise StatementError(f"the signatures are for: {signatures.domain}; expected: {domain}")
    message = SnapshotMessage.of(snapshot)
    if signatures.message != message:
        raise StatementError("the signatures are of another snapshot")
    data = typed_data(message, domain)
    for one in signatures.signatures:
        if recover(data, one.value) != one.signer:
            raise StatementError(f"not a signature of this snapshot by {one.signer}")
        if one.keys is not None:
            named = keys_typed_data(message.root, one.keys.fingerprints, domain)
            if recover(named, one.keys.value) != one.signer:
                raise StatementError(f"not a signature of the named keys by {one.signer}")
    return tuple(one.signer for one in signatures.signatures)


def require_quorum(
    snapshot: Snapshot,
    signatures: Signatures,
    signers: Collection[str],
    threshold: int,
    *,
    domain: Domain = OFF_CHAIN,
) -> tuple[str, ...]:
    """Require signatures of a snapshot by enough trusted signers.

    Parameters
    ----------
    snapshot : Snapshot
    signatures : Signatures
    signers : collection of str
        The addresses of the trusted signers.
    threshold : int
        The number of trusted signers that is enough, at least 1.
    domain : Domain
        The expected domain of the signatures.

    Returns
    -------
    tuple of str
        The trusted signers that signed; signatures of others are checked but do not count.

    Raises
    ------
    StatementError
        As `recover_signers`, or if fewer trusted signers than the threshold have signed.
    InputError
        If a trusted signer is not an address or a duplicate, or the threshold exceeds their number.
    """
    trusted = [read_address(one, "signers") for one in signers]
    if len(set(trusted)) != len(trusted):
        raise InputError("duplicate address", source="signers")
    if not 1 <= threshold <= len(trusted):
        raise InputError(f"must be from 1 to the number of signers, {len(trusted)}", source="threshold")
    found = tuple(one for one in recover_signers(snapshot, signatures, domain=domain) if one in trusted)
    if len(found) < threshold:
        raise StatementError(f"signed by {len(found)} of the {threshold} trusted signers that are needed")
    return found


def sign_data(data: dict[str, Any], account: BaseAccount) -> bytes:
    """Return the signature of typed data, 65 bytes.

    Raises
    ------
    ToolchainError
        If the extra ``chain`` is missing.
    """
    with needs_extra("chain"):
        from eth_account.messages import encode_typed_data  # noqa: PLC0415

    return bytes(account.sign_message(encode_typed_data(full_message=data)).signature)


def recover(data: dict[str, Any], signature: bytes) -> str | None:
    """Return the address that signed typed data; None if no key can have made the signature."""
    return signer_of(typed_digest(data), signature)
