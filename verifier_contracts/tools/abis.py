"""Write the interfaces that wallets call as TypeScript, from the contracts' sources: web/wallet/src/abi.

    python verifier_contracts/tools/abis.py            write the files
    python verifier_contracts/tools/abis.py --check    exit 1 if a file differs from what would be written

A wallet acts for holders and reads, so functions of venues, administrators and other contracts are left out. All errors
are kept, so that a refusal has a name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkmargin.chain.contract import our_contract

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

TARGET = Path(__file__).resolve().parents[2] / "web" / "wallet" / "src" / "abi"

CONTRACTS = {
    "house": (
        ("clearing/House.sol", "clearing/HouseDesk.sol"),
        "accountOf accounts accountsOf announceRefund announceWithdrawal attest cashFactor contextOf contracts deposit "
        "depositWithPermit domain isCalled isOverdue keyRequestOf open parameters postBond refund register renewKeys "
        "requestKey standing timesOf venue venueKey waitingOf withdraw Registered",
    ),
    "marginVerifier": (
        ("MarginVerifier.sol",),
        "checkDefault checkHealth consumeDefault consumeHealth contextOf isConsumed registry verifierOf",
    ),
    "statementRegistry": (
        ("StatementRegistry.sol",),
        "check digestOf isRetired lenderOf pledge release revokedUpTo",
    ),
    "oracleFeed": (
        ("OracleFeed.sol",),
        "collateral indexPrice latest maxAge publicationOf publishedAt signers threshold underlyings",
    ),
    "collateralVault": (("CollateralVault.sol",), "assetOf claim claimOf"),
}
"""The sources, and the kept functions and events, by the name of the interface."""


def interface(sources: Iterable[str], kept: Collection[str]) -> list[dict[str, Any]]:
    """Return the kept entries of contracts at one address, sorted, and their errors."""
    found: dict[str, dict[str, Any]] = {}
    for source in sources:
        for entry in our_contract(source).abi:
            if entry["type"] == "error" or entry.get("name") in kept:
                found[json.dumps([entry["type"], entry["name"], entry["inputs"]])] = entry
    missing = set(kept) - {entry["name"] for entry in found.values()}
    if missing:
        raise SystemExit(f"{', '.join(sources)}: no {', '.join(sorted(missing))}")
    return [found[key] for key in sorted(found)]


def text_of(name: str) -> str:
    """Return the file of an interface."""
    sources, kept = CONTRACTS[name]
    lines = [
        f"/** The interface of {' and '.join(sources)} for wallets. Written by verifier_contracts/tools/abis.py. */",
        f"export const {name}Abi = [",
        *(
            f"  {json.dumps(_without_names(entry), separators=(',', ':'))},"
            for entry in interface(sources, kept.split())
        ),
        "] as const;",
    ]
    return "\n".join(lines) + "\n"


def _without_names(value: Any) -> Any:
    """Return an entry without the names that Solidity gives its types; callers do not need them."""
    if isinstance(value, list):
        return [_without_names(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_names(one) for key, one in value.items() if key != "internalType"}
    return value


def main() -> int:
    """Write or check the files."""
    TARGET.mkdir(parents=True, exist_ok=True)
    code = 0
    for name in CONTRACTS:
        path, text = TARGET / f"{name}.ts", text_of(name)
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.stderr.write(f"{path}: differs from the contracts; run {Path(__file__).name}\n")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
