"""``zkmargin wind-down``: the end of a market."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.nearest import expected_one_of
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from . import typed
from .holding import (
    AccountNumber,
    BookFile,
    Places,
    Prover,
    Proving,
    Receiver,
    SnapshotPath,
    acting,
)
from .market_snapshots import snapshot_at
from .markets import DeploymentFile, Keystore, open_market
from .options import LOCAL_NODE, Json, Rpc, integer
from .output import print_json, print_line
from .passwords import PasswordFile  # noqa: TC001  # typed reads the annotations
from .settle_text import amount_text, parse_funds
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.settlement.market import Market

__all__ = ["wind_down_app"]

wind_down_app = typed.Group()

_CAUSES = ("unsaleable", "frozen-too-long", "oracle-gone", "venue-gone")
_OF_AN_ACCOUNT = _CAUSES[:2]


@wind_down_app.command()
def status(
    deployment: DeploymentFile,
    account: Annotated[
        int | None,
        typed.Option("--account", min=1, help="Show the causes and the claim of this account too."),
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    as_json: Json = False,
) -> None:
    """Show whether the market ends, why, and what comes next."""
    market = open_market(deployment, rpc)
    shown = _status(market, account)
    if as_json:
        print_json(shown)
        return
    print_line(f"stage: {shown['stage']}")
    rows = [
        (f"{cause} since {utc_text(one['since'])}", f"may end the market from {utc_text(one['endsFrom'])}")
        for cause, one in shown["causes"].items()
    ]
    for name, label in (("endedAt", "ended"), ("valuedFrom", "valued from"), ("claimsUntil", "claims until")):
        if shown[name]:
            rows.append((label, utc_text(shown[name])))
    if shown["valuation"]:
        rows += [("valuation", shown["valuation"]), ("claims", shown["totalClaims"])]
    if shown["finalised"]:
        rows.append(("pool", shown["pool"]))
    if shown["price"] is not None:
        rows.append(("price of a coin", shown["price"]))
    if shown["claim"] is not None:
        rows.append((f"claim of account {account}", _claim_text(shown["claim"])))
    if rows:
        print_table(rows, indent=2)


@wind_down_app.command()
def end(  # noqa: PLR0913, PLR0917  # the options of a command
    cause: Annotated[str, typed.Argument(help="unsaleable, frozen-too-long, oracle-gone or venue-gone.")],
    deployment: DeploymentFile,
    account: Annotated[
        int, typed.Option("--account", min=0, help="The account of the cause: unsaleable, frozen-too-long.")
    ] = 0,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """End the market for good, once a cause has stood long enough. Anybody can."""
    from zkmargin.contracts.wind_down import Cause  # noqa: PLC0415  # needs an extra

    if cause not in _CAUSES:
        raise InputError(expected_one_of(cause, _CAUSES), source="cause")
    if (account == 0) == (cause in _OF_AN_ACCOUNT):
        raise InputError("needed for unsaleable and frozen-too-long alone", source="--account")
    market = open_market(deployment, rpc, keystore, password_file)
    gas = market.wind_down.end(Cause[cause.replace("-", "_").upper()], account)
    _show({"ended": cause, "gas": gas}, f"the market has ended: {cause}; {gas} gas", as_json=as_json)


@wind_down_app.command()
def value(  # noqa: PLR0913, PLR0917  # the options of a command
    deployment: DeploymentFile,
    root: Annotated[
        str | None, typed.Option("--root", help="The snapshot's root; the feed's latest if left out.")
    ] = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Fix the snapshot that values the market: the first one published at or after the bound. Anybody can."""
    market = open_market(deployment, rpc, keystore, password_file)
    chosen = _latest_root(market) if root is None else integer(root, "--root")
    gas = market.wind_down.fix_valuation(chosen)
    until = market.wind_down.claims_until()
    text = f"valued by snapshot {chosen}; claims until {utc_text(until)}; {gas} gas"
    _show({"valuation": str(chosen), "claimsUntil": until, "gas": gas}, text, as_json=as_json)


@wind_down_app.command()
def claim(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    book: BookFile,
    deployment: DeploymentFile,
    snapshot: SnapshotPath,
    to: Receiver = None,
    places: Places = 0,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    prover: Prover = None,
    as_json: Json = False,
) -> None:
    """Claim what your account is worth. Coins are paid at once; a debt is paid in.

    The proof shows the account's funds and coins to everybody, and no position.
    """
    market = open_market(deployment, rpc, keystore, password_file)
    with acting(market, book, snapshot, Proving(prover, places)) as holder:
        risk = snapshot_at(snapshot, market.wind_down.valuation(), "the snapshot that values the market")
        worth = holder.claim(account, risk, to)
    text = f"claims {amount_text(worth)}" if worth >= 0 else f"has paid its debt of {amount_text(-worth)}"
    _show({"account": account, "claim": amount_text(worth)}, f"account {account}: {text}", as_json=as_json)


@wind_down_app.command()
def buy(  # noqa: PLR0913, PLR0917  # the options of a command
    funds: Annotated[str, typed.Argument(metavar="FUNDS", help="The coin and amount, e.g. ETH=2.")],
    limit: Annotated[str, typed.Option("--limit", help="The highest cost, in the quote currency.")],
    deployment: DeploymentFile,
    to: Receiver = None,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Buy coins of unpaid debts and of accounts without a claim, while the pool lacks something."""
    from zkmargin.settlement.roles import Owner  # noqa: PLC0415  # needs an extra

    coins, most = parse_funds(funds), parse_funds(f"cash={limit}")
    market = open_market(deployment, rpc, keystore, password_file)
    gas = Owner(market).buy_coins(coins, most.amount, to)
    bought = {"asset": coins.asset, "amount": coins.text, "gas": gas}
    _show(bought, f"{coins.text} {coins.asset} bought; {gas} gas", as_json=as_json)


@wind_down_app.command()
def finalise(
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Fix pool and claims. Anybody can; the first payment does the same."""
    wind_down = open_market(deployment, rpc, keystore, password_file).wind_down
    gas = wind_down.finalise()
    pool, claims = amount_text(wind_down.pool()), amount_text(wind_down.total_claims())
    text = f"the pool of {pool} pays claims of {claims}; {gas} gas"
    _show({"pool": pool, "claims": claims, "gas": gas}, text, as_json=as_json)


@wind_down_app.command()
def pay(  # noqa: PLR0913, PLR0917  # the options of a command
    account: AccountNumber,
    deployment: DeploymentFile,
    rpc: Rpc = LOCAL_NODE,
    keystore: Keystore = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Pay the claim of an account to its receiver. Anybody can."""
    market = open_market(deployment, rpc, keystore, password_file)
    gas = market.wind_down.pay(account)
    text = f"account {account}: its claim is paid to {market.wind_down.entry(account).to}; {gas} gas"
    _show({"account": account, "gas": gas}, text, as_json=as_json)


def _latest_root(market: Market) -> int:
    latest = market.feed.latest()
    if latest is None:
        raise InputError("the feed has no snapshot yet", source="--root")
    return latest[0]


def _status(market: Market, account: int | None) -> dict[str, Any]:
    from zkmargin.contracts.wind_down import Cause, Stage  # noqa: PLC0415  # needs an extra

    wind_down = market.wind_down
    stage, causes = wind_down.stage(), {}
    for name in _CAUSES if stage == Stage.RUNNING else ():
        of_account = name in _OF_AN_ACCOUNT
        if of_account and account is None:
            continue
        cause = Cause[name.replace("-", "_").upper()]
        since = wind_down.cause_since(cause, account or 0 if of_account else 0)
        if since:
            causes[name] = {"since": since, "endsFrom": since + wind_down.bound(cause)}
    entry = None if account is None else wind_down.entry(account)
    return {
        "stage": stage.name.lower(),
        "causes": causes,
        "endedAt": wind_down.ended_at() or None,
        "valuedFrom": wind_down.valued_from() or None,
        "valuation": str(wind_down.valuation() or "") or None,
        "claimsUntil": wind_down.claims_until() or None,
        "totalClaims": amount_text(wind_down.total_claims()),
        "finalised": wind_down.finalised(),
        "pool": amount_text(wind_down.pool()),
        "price": _price(wind_down.price()) if stage == Stage.SELLING else None,
        "claim": None
        if entry is None
        else {
            "claimed": entry.claimed,
            "owed": amount_text(entry.value),
            "to": entry.to if entry.claimed else None,
        },
    }


def _price(micro: int) -> str:
    """Return the price of a coin in the quote currency, from micro-quote for 1e18 micro of the coin."""
    return f"{Decimal(micro).scaleb(-18):f}"


def _claim_text(claim: dict[str, Any]) -> str:
    if not claim["claimed"]:
        return "not claimed"
    return f"{claim['owed']} owed to {claim['to']}" if claim["owed"] != "0" else "nothing owed any more"


def _show(told: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(told)
    else:
        print_line(text)
