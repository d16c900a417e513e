"""``zkmargin dev``: ether, demo tokens and the clock of a local chain."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.fields import Field
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from . import typed
from .options import LOCAL_NODE, Json, Rpc  # typed reads the annotations
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["dev_app"]

dev_app = typed.Group()

_LARGEST_TIME = 2**63 - 1


@dev_app.command()
def faucet(  # noqa: PLR0913, PLR0917  # the options of a command
    addresses: Annotated[list[str], typed.Argument(help="The addresses that get ether and tokens.")],
    token: Annotated[
        list[str] | None,
        typed.Option("--token", help="A demo token, its decimals, and the amount for each: USD:6=10000."),
    ] = None,
    token_address: Annotated[
        list[str] | None,
        typed.Option("--token-address", help="The address of a token that exists already: USD=0x..."),
    ] = None,
    tokens: Annotated[
        Path, typed.Option("--tokens", help="The file that remembers the addresses of tokens.")
    ] = Path("demo-tokens.json"),
    ether: Annotated[
        str, typed.Option("--ether", help="The ether that each address has at least afterwards.")
    ] = "100",
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Give addresses ether and demo tokens, which anybody can mint.

    The node's own account pays. A token that was made before is found again by the file of --tokens.
    """
    from zkmargin.contracts.client import address_of  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.administration.demo_chain import (  # noqa: PLC0415
        DemoTokens,
        fill_with_ether,
        mint,
        mint_in,
    )

    receivers = [address_of("ADDRESS", one) for one in addresses]
    wanted, least = [mint_in(one) for one in token or []], Decimal(Field(ether, "--ether").decimal())
    web3 = _local(rpc)
    known = dict(DemoTokens.load(tokens).tokens) if tokens.is_file() else {}
    known |= dict(_named_address(one) for one in token_address or [])
    for receiver in receivers:
        fill_with_ether(web3, receiver, least)
    for one in wanted:
        known[one.name] = mint(web3, one, known.get(one.name), receivers)
        DemoTokens(known).save(tokens)
    named = {one.name: known[one.name] for one in wanted}
    if as_json:
        print_json({"tokens": named, "file": str(tokens)})
    elif named:
        print_table(list(named.items()))


@dev_app.command()
def time(
    moment: Annotated[
        str, typed.Argument(help="+SECONDS, +30m, +2h or +1d; or a time: 2026-12-01T08:00:00Z, or Unix time.")
    ],
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Advance the node's clock by mining a block at a later time."""
    from zkmargin.settlement.administration.demo_chain import advance  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.administration.values import seconds_in  # noqa: PLC0415

    web3 = _local(rpc)
    if moment.startswith("+"):
        to = _now(web3) + seconds_in(moment[1:], "TIME")
    elif moment.isdigit():
        to = Field(moment, "TIME").integer(0, _LARGEST_TIME)
    else:
        to = Field(moment, "TIME").time()
    advance(web3, to)
    if as_json:
        print_json({"time": to})
    else:
        print_line(f"the chain's time is {utc_text(to)} ({to})")


def _local(rpc: str) -> Web3:
    from zkmargin.chain.node import connect  # noqa: PLC0415  # needs an extra
    from zkmargin.settlement.administration.demo_chain import require_local  # noqa: PLC0415

    web3 = connect(rpc)
    require_local(web3)
    return web3


def _now(web3: Web3) -> int:
    from zkmargin.chain.node import node_errors  # noqa: PLC0415

    with node_errors("the latest block"):
        return int(web3.eth.get_block("latest")["timestamp"])


def _named_address(text: str) -> tuple[str, str]:
    from zkmargin.contracts.client import address_of  # noqa: PLC0415

    name, equals, address = text.partition("=")
    if not name or not equals:
        raise InputError("expected NAME=ADDRESS", source="--token-address")
    return name, address_of("--token-address", address)
