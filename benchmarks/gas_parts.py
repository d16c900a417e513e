"""The gas of a transaction of a local chain by what it pays for, from two traces of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from web3 import HTTPProvider, Web3

CURVE = (6, 7, 8)
"""The precompiled contracts of BN254: addition, multiplication, pairing check."""
PARTS = ("transaction", "curve", "verifier", "storage", "log", "batches", "house", "others")
"""The parts: base cost and calldata; precompiled contracts; code of BatchVerifier; storage and log of all contracts;
code of Batches, of the house, and of all other contracts."""

# A JavaScript tracer. What an operation has cost is known at the next step: none of these calls another contract.
_OPERATIONS = """{
  sums: {}, last: null, gas: 0,
  step: function(log) {
    var left = log.getGas();
    if (this.last !== null) this.sums[this.last] = (this.sums[this.last] || 0) + this.gas - left;
    var name = log.op.toString();
    var kind = name === "SLOAD" || name === "SSTORE" ? "storage" : name.indexOf("LOG") === 0 ? "log" : null;
    this.last = kind && kind + " " + toHex(log.contract.getAddress());
    this.gas = left;
  },
  fault: function() {},
  result: function() { return this.sums; }
}"""


_TIMEOUT = 3600.0
"""The longest wait for a trace, in seconds: anvil takes minutes for one of ten million gas."""


def split(url: str, transaction: str, names: dict[str, str]) -> tuple[int, dict[str, int]]:
    """Return the gas of a transaction and its parts, which add up to it.

    Parameters
    ----------
    url : str
        The address of anvil.
    transaction : str
        Its hash.
    names : dict
        The names of verifier, batches and house by address, in lower case.
    """
    web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": _TIMEOUT}))
    used = int(web3.eth.get_transaction_receipt(transaction)["gasUsed"])
    whole = _traced(web3, transaction, "callTracer")
    data = bytes.fromhex(whole["input"].removeprefix("0x"))
    # EIP-2028: 4 for a zero byte, 16 for another. The floor of EIP-7623, 10 and 40, is below what these use.
    base = 21_000 + sum(16 if byte else 4 for byte in data)
    parts = Counter({"transaction": base, names.get(whole["to"], "others"): -base})
    _add(parts, whole, names)
    for key, gas in _traced(web3, transaction, _OPERATIONS).items():
        kind, address = key.split()
        parts[kind] += int(gas)
        parts[names.get(address, "others")] -= int(gas)
    # What the traces have more is the refund for cleared storage.
    parts["storage"] += used - sum(parts.values())
    return used, {name: parts[name] for name in PARTS}


def _traced(web3: Any, transaction: str, tracer: str) -> dict[str, Any]:
    answer = web3.provider.make_request("debug_traceTransaction", [transaction, {"tracer": tracer}])
    result: dict[str, Any] = answer["result"]
    return result


def _add(parts: Counter[str], call: dict[str, Any], names: dict[str, str]) -> None:
    """Add the gas of a call without that of the calls that it makes, and then theirs."""
    inner = call.get("calls", [])
    # Code that is delegated to runs in the caller's name, as the second half of a house.
    name = names.get(call["from"] if call["type"] == "DELEGATECALL" else call["to"], "others")
    if int(call["to"], 16) in CURVE:
        name = "curve"
    parts[name] += int(call["gasUsed"], 16) - sum(int(one["gasUsed"], 16) for one in inner)
    for one in inner:
        _add(parts, one, names)
