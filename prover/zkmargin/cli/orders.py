"""``zkmargin order``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError, StatementError

from . import typed
from .options import Json, integer, load_account, warn_of_readers
from .output import print_json, print_line
from .passwords import PasswordFile, ask_password
from .tables import print_table

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.orders import SignedOrder, SignedSheet, SigningKey
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec import Holder, TradingKey

__all__ = ["order_app"]

order_app = typed.Group()

KeyFile = Annotated[Path, typed.Option("--key", help="The trading key, from zkmargin order key.")]
HolderFile = Annotated[
    Path, typed.Option("--account", help="The account file: owner, number and trading key.")
]
SnapshotOption = Annotated[
    Path, typed.Option("--snapshot", help="The snapshot, for ids and lots of instruments.")
]
DomainOption = Annotated[
    str | None,
    typed.Option(
        "--domain", help="The domain of chain and house, decimal or with 0x, instead of --deployment."
    ),
]
MarketOption = Annotated[
    Path | None,
    typed.Option(
        "--deployment", help="The market's deployment file, which gives the domain; 0 without a chain."
    ),
]
Expiry = Annotated[
    str, typed.Option("--expiry", help="The last second of its validity, such as 2026-12-01T08:00:00Z.")
]
Place = Annotated[
    int | None,
    typed.Option(
        "--place",
        min=0,
        max=23,
        help="The place in the account's order table; the sequence is the highest of the place that is valid now.",
    ),
]
Sequence = Annotated[
    int | None, typed.Option("--sequence", min=0, help="The sequence itself, instead of --place.")
]
OrderFile = Annotated[Path, typed.Argument(help="A signed order or quote sheet.")]


@order_app.command("key")
def new_key(
    out: Annotated[Path, typed.Option("-o", "--out", help="The key file to write.")],
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Create a trading key, encrypted with a password, in a file that only you can read."""
    from zkmargin.orders import SigningKey  # noqa: PLC0415
    from zkmargin.orders.key_file import save_key  # noqa: PLC0415  # needs an extra

    key = SigningKey.new()
    save_key(key, out, ask_password(password_file, twice=True))
    public = {"x": str(key.key.x), "y": str(key.key.y)}
    if as_json:
        print_json({"file": str(out), "key": public})
        return
    print_line(f"{out}: a trading key. Put its public part into the account:")
    print_line(f'  "tradingKey": {{"x": "{public["x"]}", "y": "{public["y"]}"}}')


@order_app.command()
def sign(  # noqa: PLR0913, PLR0917  # the options of a command
    side: Annotated[str, typed.Argument(help="buy or sell.")],
    quantity: Annotated[str, typed.Argument(help="The most that fills take, in units of the underlying.")],
    instrument: Annotated[str, typed.Argument(help="The instrument's name in the snapshot.")],
    price: Annotated[
        str,
        typed.Option("--price", help="The limit as the venue quotes it, in the quote currency per unit."),
    ],
    key: KeyFile,
    account: HolderFile,
    snapshot: SnapshotOption,
    expiry: Expiry,
    out: Annotated[Path, typed.Option("-o", "--out", help="The order file to write.")],
    funding: Annotated[
        str | None,
        typed.Option(
            "--funding",
            help="A perpetual's accumulated funding per unit, by default the snapshot's: the booked limit is the "
            "price less it.",
        ),
    ] = None,
    fee_rate: Annotated[
        str, typed.Option("--fee-rate", help="The highest fee, in the quote currency per unit.")
    ] = "0",
    place: Place = None,
    sequence: Sequence = None,
    deployment: MarketOption = None,
    domain: DomainOption = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Sign an order, and show the booked limit.

    A newer order in the same place of the order table kills an older one.
    """
    from zkmargin.orders import Order, sign_order  # noqa: PLC0415
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415
    from zkmargin.spec import Side  # noqa: PLC0415
    from zkmargin.venue_data import booked_price  # noqa: PLC0415

    if side not in {"buy", "sell"}:
        raise InputError("expected buy or sell", source="SIDE")
    market = Snapshot.load(snapshot)
    quoted, accumulated = _decimal(price, "--price"), _funding(funding, market, instrument)
    terms = Order(
        instrument=instrument,
        side=Side[side.upper()],
        quantity=_decimal(quantity, "QUANTITY"),
        limit=booked_price(quoted, accumulated),
        fee_rate=_not_negative(fee_rate, "--fee-rate"),
        sequence=_sequence(place, sequence),
        expiry=_time(expiry),
    )
    # Before the password is asked for.
    terms.terms(market)
    holder, signer = _signer(key, account, _domain(domain, deployment), password_file)
    signed = sign_order(terms, holder, signer, market)
    signed.save(out)
    if as_json:
        print_json(
            {"file": str(out), "quoted": price, "funding": decimal_text(accumulated), **signed.to_json()}
        )
        return
    print_line(f"{out}: signed")
    shown = ("quoted limit", price), ("accumulated funding", decimal_text(accumulated))
    print_table([*_rows(signed, _ORDER), *shown])


@order_app.command()
def sheet(  # noqa: PLR0913, PLR0917  # the options of a command
    quotes: Annotated[
        Path, typed.Argument(help="The quotes: CSV with instrument,bid,ask,size, or a JSON list of them.")
    ],
    cap: Annotated[
        int, typed.Option("--cap", min=1, help="The most lots that all fills of the sheet take together.")
    ],
    key: KeyFile,
    account: HolderFile,
    snapshot: SnapshotOption,
    expiry: Expiry,
    out: Annotated[Path, typed.Option("-o", "--out", help="The sheet file to write.")],
    fee_rate: Annotated[
        str, typed.Option("--fee-rate", help="The highest fee, in the quote currency per lot.")
    ] = "0",
    place: Place = None,
    sequence: Sequence = None,
    deployment: MarketOption = None,
    domain: DomainOption = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Sign a sheet of quotes for many instruments at once.

    Bids and asks are booked prices: of a perpetual, less its accumulated funding.
    """
    from zkmargin.orders import Sheet, read_quotes, sign_sheet  # noqa: PLC0415
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415

    terms = Sheet(
        cap=cap,
        fee_rate=_not_negative(fee_rate, "--fee-rate"),
        sequence=_sequence(place, sequence),
        expiry=_time(expiry),
        quotes=read_quotes(quotes),
    )
    market = Snapshot.load(snapshot)
    terms.header()
    terms.entries(market, str(quotes))
    holder, signer = _signer(key, account, _domain(domain, deployment), password_file)
    signed = sign_sheet(terms, holder, signer, market)
    signed.save(out)
    if as_json:
        shown = {name: value for name, value in signed.to_json().items() if name != "quotes"}
        print_json({"file": str(out), "quotes": len(terms.quotes), **shown})
        return
    print_line(f"{out}: signed")
    print_table([*_rows(signed, _SHEET), ("quotes", str(len(terms.quotes)))])


@order_app.command()
def show(file: OrderFile, as_json: Json = False) -> None:
    """Show a signed order or quote sheet. Private.

    The signature is not checked.
    """
    from zkmargin.orders import SignedSheet  # noqa: PLC0415

    signed = _load(file)
    if as_json:
        print_json({name: value for name, value in signed.to_json().items() if name != "format"})
        return
    if not isinstance(signed, SignedSheet):
        print_table(_rows(signed, _ORDER))
        return
    print_table(_rows(signed, _SHEET))
    print_line()
    names = ("instrument", "bid", "ask", "size")
    items = [quote.to_json() for quote in signed.sheet.quotes]
    print_table([[item.get(name, "") for name in names] for item in items], headings=names, right={1, 2, 3})


@order_app.command()
def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    file: OrderFile,
    snapshot: SnapshotOption,
    key: Annotated[
        str | None, typed.Option("--key", help="The trading key: its file, or its coordinates X,Y.")
    ] = None,
    account: Annotated[
        Path | None,
        typed.Option(
            "--account", help="The account, instead of --key: owner and number must be its own too."
        ),
    ] = None,
    deployment: Annotated[
        Path | None,
        typed.Option("--deployment", help="The market that the order must be for; by default any."),
    ] = None,
    domain: Annotated[
        str | None, typed.Option("--domain", help="The same by its domain, decimal or with 0x.")
    ] = None,
    at: Annotated[
        str | None, typed.Option("--at", help="The time at which it must be valid; by default now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify the signature of an order or a quote sheet, and that it has not expired.

    The exit code is 1 if it is invalid.
    """
    from zkmargin.snapshot.snapshot import Snapshot  # noqa: PLC0415

    if (key is None) == (account is None):
        raise InputError("give either --key or --account")
    signed, market = _load(file), Snapshot.load(snapshot)
    moment = int(time.time()) if at is None else _time(at, "--at")
    bound = domain is not None or deployment is not None
    if bound and signed.holder.domain != _domain(domain, deployment):
        raise StatementError(f"{file}: for another domain")
    signed.check(_public_key(key, account, signed), market)
    if moment > signed.expiry:
        raise StatementError(f"{file}: expired")
    if as_json:
        print_json({"valid": True})
    else:
        print_line(f"{file}: valid")


def _load(file: Path) -> SignedOrder | SignedSheet:
    from zkmargin.orders import load_signed  # noqa: PLC0415

    signed = load_signed(file)
    warn_of_readers(file)
    return signed


def _domain(domain: str | None, deployment: Path | None) -> int:
    if deployment is None:
        return integer(domain or "0", "--domain")
    if domain is not None:
        raise InputError("give either --deployment or --domain")
    from zkmargin.settlement.deploy.deployment import Deployment  # noqa: PLC0415  # needs an extra

    return Deployment.load(deployment).order_domain


def _signer(key: Path, account: Path, domain: int, password_file: Path | None) -> tuple[Holder, SigningKey]:
    """Return the account and its key; another key than the account's is refused."""
    from zkmargin.orders.key_file import load_key, load_public_key  # noqa: PLC0415  # needs an extra
    from zkmargin.spec import Holder  # noqa: PLC0415

    held = load_account(account)
    warn_of_readers(key)
    if held.key != load_public_key(key):
        raise InputError(f"not the trading key of {account}", source=str(key))
    holder = Holder(domain, held.owner, held.number)
    return holder, load_key(key, ask_password(password_file))


def _public_key(key: str | None, account: Path | None, signed: SignedOrder | SignedSheet) -> TradingKey:
    if account is not None:
        held = load_account(account)
        if (held.owner, held.number) != (signed.holder.owner, signed.holder.account):
            raise StatementError(f"{signed.source}: for another account than {account}")
        return held.key
    x, comma, y = (key or "").partition(",")
    if comma:
        from zkmargin.spec import TradingKey  # noqa: PLC0415

        return TradingKey(integer(x, "--key"), integer(y, "--key"))
    from zkmargin.orders.key_file import load_public_key  # noqa: PLC0415  # needs an extra

    return load_public_key(Path(key or ""))


def _sequence(place: int | None, sequence: int | None) -> int:
    from zkmargin.orders import sequence_at  # noqa: PLC0415

    if (place is None) == (sequence is None):
        raise InputError("give either --place or --sequence")
    return sequence if place is None and sequence is not None else sequence_at(place or 0, int(time.time()))


def _time(text: str, option: str = "--expiry") -> int:
    from zkmargin.documents.fields import Field  # noqa: PLC0415

    return Field(text, option).time()


def _decimal(text: str, option: str) -> Decimal:
    from zkmargin.documents.fields import Field  # noqa: PLC0415

    return Field(text, option).decimal()


def _funding(text: str | None, market: Snapshot, instrument: str) -> Decimal:
    return market.listing(instrument).funding if text is None else _decimal(text, "--funding")


def _not_negative(text: str, option: str) -> Decimal:
    number = _decimal(text, option)
    if number < 0:
        raise InputError("must not be negative", source=option)
    return number


_HOLDER = {"domain": "domain", "owner": "owner", "account": "account"}
_VALIDITY = {"feeRate": "highest fee", "sequence": "sequence", "expiry": "expiry"}
_ORDER = {
    **_HOLDER,
    "instrument": "instrument",
    "side": "side",
    "quantity": "quantity",
    "limit": "booked limit",
    **_VALIDITY,
}
_SHEET = {**_HOLDER, "cap": "cap (lots)", **_VALIDITY}


def _rows(signed: SignedOrder | SignedSheet, labels: dict[str, str]) -> list[tuple[str, str]]:
    shown = signed.to_json()
    place = str(int(shown["sequence"]) % 24)
    return [*((label, shown[name]) for name, label in labels.items()), ("place", place)]
