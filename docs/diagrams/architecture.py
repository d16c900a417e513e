"""The architecture: the parts of the repository, and which part uses which."""

from __future__ import annotations

from svg import Box, Drawing

__all__ = ["architecture"]

_DESCRIPTION = (
    "Command line, Python API, pages and keeper use the rest of the package: data and risk, accounts and "
    "proofs, a market on a chain. These use the specification, proving and the chain. Proving runs the "
    "circuits in the native core or another prover; the chain room compiles, deploys and calls the "
    "contracts."
)


def architecture() -> Drawing:
    """Draw the parts, from what people use at the top to what proves and checks at the bottom."""
    drawing = Drawing(860, 640, "Architecture", _DESCRIPTION)
    drawing.group(20, 20, 820, 414, "Python package: prover/zkmargin")
    tops = (
        Box(40, 50, 180, 58, "Command line", ("cli",), "public"),
        Box(240, 50, 180, 58, "Python API", ("zkmargin",), "public"),
        Box(440, 50, 180, 58, "Pages", ("pages: report, backtest",), "public"),
        Box(640, 50, 180, 58, "Keeper", ("keeper: attests, calls, bids",), "public"),
    )
    data_rooms = ("venues, venue_data, risk,", "span_file, snapshot")
    data = drawing.box(Box(40, 176, 240, 80, "Data and risk", data_rooms, "public"))
    accounts = Box(310, 176, 240, 80, "Accounts and proofs", ("account, proofs, rebalance",), "public")
    market = Box(580, 176, 240, 80, "Market on a chain", ("settlement, contracts",), "public")
    statement = ("spec: the statement in integers,", "no float, no file")
    spec = drawing.box(Box(40, 330, 240, 80, "Specification", statement, "public"))
    groth16 = ("proving: Groth16 for any circuit,", "witnesses in wasmtime")
    proving = drawing.box(Box(310, 330, 240, 80, "Proving", groth16, "public"))
    chain = drawing.box(Box(580, 330, 240, 80, "Chain", ("chain: solc, anvil, web3",), "public"))

    circuits = Box(40, 510, 190, 100, "Circuits", ("circuits: Circom", "margin, batches, steps"), "outside")
    native = Box(250, 510, 150, 100, "Native core", ("prover/native:", "Rust, arkworks"), "outside")
    other = Box(416, 510, 144, 100, "Other engines", ("snarkjs, rapidsnark;", "py-ecc verifies"), "outside")
    names = ("verifier_contracts: OracleFeed,", "BatchVerifier, House,", "CollateralVault ...")
    contracts = drawing.box(Box(580, 510, 240, 100, "Contracts", names, "outside"))
    for box in (*tops, accounts, market, circuits, native, other):
        drawing.box(box)

    drawing.divide(40, 140, 780)
    for box in tops:
        drawing.arrow((box.middle, box.bottom), (box.middle, 138))
    drawing.arrow((accounts.x, accounts.level), (data.right, data.level))
    drawing.arrow((market.x, market.level), (accounts.right, accounts.level))
    drawing.arrow((data.middle, data.bottom), (spec.middle, spec.y))
    drawing.arrow((350, accounts.bottom), (350, 293), (240, 293), (240, spec.y))
    drawing.arrow((accounts.middle, accounts.bottom), (proving.middle, proving.y))
    drawing.arrow((market.middle, market.bottom), (chain.middle, chain.y))
    drawing.arrow((chain.x, chain.level), (proving.right, proving.level))
    drawing.arrow((325, proving.bottom), (325, 472), (200, 472), (200, circuits.y))
    drawing.arrow((360, proving.bottom), (360, native.y))
    drawing.arrow((488, proving.bottom), (488, other.y))
    drawing.arrow((chain.middle, chain.bottom), (contracts.middle, contracts.y))
    drawing.arrow((80, circuits.y), (80, spec.bottom))
    drawing.text(88, 462, "tested against", style="note", anchor="start")
    drawing.text(708, 462, "deploys, calls", style="note", anchor="start")
    return drawing
