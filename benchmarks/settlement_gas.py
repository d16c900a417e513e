"""Gas of settlement transactions by contract: ``python benchmarks/settlement_gas.py``.

It plays the settlement example with real proofs on a local chain and traces its transactions. Each part is the
gas of the calls to one contract, without the calls that it makes itself. The base cost of a transaction and
its calldata is another part. Refunds for cleared storage are subtracted from the first contract's part.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "examples"))

from settlement import Story  # noqa: E402  # it lies beside, not in the package
from web3 import Web3  # noqa: E402

from zkmargin import MarginProver  # noqa: E402
from zkmargin.chain import run_anvil  # noqa: E402
from zkmargin.chain.contract import our_contract  # noqa: E402
from zkmargin.proofs.transition import TransitionProver  # noqa: E402
from zkmargin.settlement.deploy.deploy import CLIENTS  # noqa: E402
from zkmargin.settlement.roles.participant import Provers  # noqa: E402
from zkmargin.venues import import_deribit  # noqa: E402

CURVE = {6: "curve arithmetic", 7: "curve arithmetic", 8: "curve arithmetic"}
"""The precompiled contracts of BN254: addition, multiplication, pairing check."""


def main() -> None:
    """Play, trace, print."""
    os.environ.setdefault("ZKMARGIN_KEYS", str(ROOT / "build" / "keys"))
    venue_data = import_deribit(*sorted((ROOT / "examples" / "chain").glob("*.json")))
    with run_anvil(timestamp=venue_data.time) as url:
        story = Story(url, venue_data, Provers(MarginProver(), TransitionProver()))
        for part in story.parts():
            part()
        for name, (gas, parts) in measure(story).items():
            print(f"\n{name}: {gas:,}")
            for part, spent in parts.most_common():
                print(f"  {part:<24}{spent:>10,}")


def measure(story: Story) -> dict[str, tuple[int, Counter[str]]]:
    """Return gas and its parts by entry point, of the last transaction of each kind."""
    web3, names = story.place.web3, contract_names(story)
    entries = entry_points(story)
    found: dict[str, tuple[int, Counter[str]]] = {}
    for number in range(story.place.deployment.block + 1, web3.eth.block_number + 1):
        for transaction in web3.eth.get_block(number, full_transactions=True)["transactions"]:
            entry = entries.get((str(transaction["to"]), bytes(transaction["input"])[:4]))
            if entry is not None:
                receipt = web3.eth.get_transaction_receipt(transaction["hash"])
                found[entry] = int(receipt["gasUsed"]), split(web3, transaction["hash"].to_0x_hex(), names)
    return found


def entry_points(story: Story) -> dict[tuple[str, bytes], str]:
    """Return the names of the entry points by contract and selector."""
    found = {}
    for contract in ("house", "engine", "feed"):
        address = getattr(story.place.deployment.addresses, contract)
        for one in our_contract(CLIENTS[contract].SOURCE).abi:
            if one["type"] == "function" and one["stateMutability"] == "nonpayable":
                selector = bytes(Web3.keccak(text=signature(one))[:4])
                found[address, selector] = f"{contract}.{one['name']}"
    return found


def signature(function: dict[str, Any]) -> str:
    """Return a function's signature, as its selector is made of."""

    def kind(parameter: dict[str, Any]) -> str:
        text: str = parameter["type"]
        if not text.startswith("tuple"):
            return text
        return f"({','.join(map(kind, parameter['components']))}){text.removeprefix('tuple')}"

    return f"{function['name']}({','.join(map(kind, function['inputs']))})"


def contract_names(story: Story) -> dict[str, str]:
    """Return the names of the contracts by address."""
    deployment = story.place.deployment
    at = deployment.addresses
    named = {getattr(at, name): name for name in at.__slots__}
    named |= {one.verifier: f"verifier of {name}" for name, one in deployment.circuits.items()}
    named |= {one.token: "token" for one in deployment.assets}
    return {address.lower(): name for address, name in named.items()}


def split(web3: Web3, transaction: str, names: dict[str, str]) -> Counter[str]:
    """Return the gas of each contract without that of the calls it makes, of a transaction."""
    answer: Any = web3.provider.make_request(
        "debug_traceTransaction",  # type: ignore[arg-type]  # not among the methods that web3 names
        [transaction, {"tracer": "callTracer"}],
    )
    whole = answer["result"]
    data = bytes.fromhex(whole["input"].removeprefix("0x"))
    # EIP-2028: 4 for a zero byte, 16 for another.
    base = 21_000 + sum(16 if byte else 4 for byte in data)
    parts = Counter({"transaction, calldata": base, names[whole["to"]]: -base})
    add(parts, whole, names)
    return parts


def add(parts: Counter[str], call: dict[str, Any], names: dict[str, str]) -> None:
    """Add a call and those that it makes."""
    inner = call.get("calls", [])
    number = int(call["to"], 16)
    name = CURVE.get(number) or names.get(call["to"], "others")
    own = int(call["gasUsed"], 16) - sum(int(one["gasUsed"], 16) for one in inner)
    parts[name] += own
    for one in inner:
        add(parts, one, names)


if __name__ == "__main__":
    main()
