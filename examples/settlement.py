"""A day of a market on a local chain, from deployment to an expiry: the second half of the demo.

Alice, Bob and a market maker sign orders. The venue crosses them and settles all fills in one transaction. Prices fall,
the oracle's circuit breaker trips, and all three are called for margin. The venue proves the health of the maker. Alice
deposits what the rebalancer advises. Bob is in default, and the venue shields him, so anybody freezes the market, until
Carol has bought Bob's account in an auction. Two days later an option expires. No position is visible on the chain,
except Bob's, which the auction publishes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from settlement_market import HOUR, MINUTE, Place

from zkmargin import Requirement
from zkmargin.account.funds import Funds
from zkmargin.contracts.auctions import Bought
from zkmargin.errors import ChainError, StatementError
from zkmargin.orders import Fill, Fills, Order, SigningKey, sequence_at, sign_order
from zkmargin.rebalance import advise
from zkmargin.risk.stress import stressed
from zkmargin.settlement import account_of
from zkmargin.settlement.book import Book
from zkmargin.settlement.following import follow
from zkmargin.settlement.roles import Bidder, Holder, Liquidator, Venue
from zkmargin.spec import Holder as Signer
from zkmargin.spec import Side
from zkmargin.venue_data import Perpetual
from zkmargin.venue_data.expiry import expire

if TYPE_CHECKING:
    from collections.abc import Callable

    from eth_account.signers.local import LocalAccount

    from zkmargin import Snapshot, spec
    from zkmargin.venue_data import VenueData

__all__ = ["BEFORE", "Event", "Story"]

# Whole transactions with real proofs: a match of two accounts by two margin proofs and two transition proofs, and
# one proof of health, as measured on the example of the last version with that market.
BEFORE = {"match": 1_048_891, "attest": 273_463}
"""Gas of a match of two accounts, and of an attestation of one, in the market that this one has replaced."""

PERPETUAL, PUT, CALL = "ETH-PERPETUAL", "ETH-27MAR26-2800-P", "BTC-4MAR26-88000-C"
EXPIRY = int(datetime(2026, 3, 4, 8, tzinfo=UTC).timestamp())
FUNDING = Decimal("1.25")
FEE = Decimal("0.05")
BOND = Decimal(25)
CRASH = {"BTC": Decimal("-0.08"), "ETH": Decimal("-0.12"), "SOL": Decimal("-0.12")}
NERVOUS = {"BTC": Decimal("0.05"), "ETH": Decimal("0.1")}
MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline.

    `time` is in seconds since the start. `gas` is None if nothing was sent. A batch has its number of `accounts`, and
    `before`, the gas per account of the market before this one.
    """

    time: int
    who: str
    what: str
    gas: int | None
    accounts: int = 0
    before: int = 0


@dataclass(slots=True)
class Person:
    """A person with an account: signing key, trading key, role and the account's number."""

    name: str
    key: LocalAccount
    trading: SigningKey
    holder: Holder
    number: int = 0

    def present(self, place: Place) -> spec.Account:
        """Return the opening of the account, from the chain and the person's own book alone."""
        market, book = self.holder.market, self.holder.book
        follow(market, book, snapshots=place)
        opening = book.opening(market.house.account(self.number).commitment)
        if opening is None:
            raise StatementError(f"{self.name} does not know the account's opening")
        return opening


class Story:
    """The steps of the day.

    Parameters
    ----------
    url : str
        A local chain whose clock shows the time of the venue data.
    venue_data : VenueData
    """

    def __init__(self, url: str, venue_data: VenueData) -> None:
        self.timeline: list[Event] = []
        self._venue_data, venue_key = venue_data, SigningKey.new()
        self._temporary = TemporaryDirectory(prefix="zkmargin-demo-")
        self.folder, self._books = Path(self._temporary.name), list[Book]()
        self.place = Place(url, venue_data, venue_key.key)
        self._begin, self._told = self.place.time(), self.place.web3.eth.block_number
        self.market = self.place.connect(self.place.venue)
        self.house = self.market.house
        self.venue = Venue(self.market, self._book("venue"), venue_key, snapshots=self.place)
        self.anybody = Liquidator(self.place.connect(self.place.new_key()), self._book("anybody"))
        self.snapshot = self.publish(venue_data)
        self.alice = self._person("Alice")
        self.bob = self._person("Bob")
        self.maker = self._person("the maker")

    def parts(self) -> tuple[Callable[[], None], ...]:
        """Return the steps in order."""
        day = (self.open_accounts, self.trade, self.fund, self.attest, self.crash, self.cure)
        return (*day, self.shield, self.auction, self.expire, self.leave)

    def close(self) -> None:
        """Close and delete the books and orders of all."""
        for book in self._books:
            book.close()
        self._temporary.cleanup()

    def tell(
        self, who: str, what: str, sender: str | None = None, *, accounts: int = 0, before: int = 0
    ) -> None:
        """Append a line to the timeline, with the gas of the sender's transactions since the last line."""
        gas = None if sender is None else self.place.gas_of(sender, self._told)
        self._told = self.place.web3.eth.block_number
        self.timeline.append(Event(self.place.time() - self._begin, who, what, gas, accounts, before))

    def publish(self, venue_data: VenueData) -> Snapshot:
        """Publish a snapshot at the chain's current time."""
        self._venue_data = stressed(venue_data, self.place.time())
        snapshot = self.place.publish(self._venue_data)
        self.tell("oracles", "snapshot published, signed by 2 of 3", self.place.web3.eth.accounts[0])
        return snapshot

    def open_accounts(self) -> None:
        """Open three accounts with deposits and bonds, and credit all deposits in one batch."""
        self._open(self.maker, Funds("cash", Decimal(60_000)))
        self._open(self.bob, Funds("cash", Decimal(7_000)), Funds("BTC", Decimal("0.1")))
        self._open(self.alice, Funds("cash", Decimal(12_000)), Funds("ETH", Decimal(4)))
        self._upkeep("credits all deposits in one batch")

    def trade(self) -> None:
        """Cross the orders of the three holders, and settle all fills in one transaction."""
        sold = (
            self._order(self.maker, Side.SELL, PERPETUAL, 20, 0),
            self._order(self.bob, Side.SELL, PUT, 25, 1),
        )
        call = self._order(self.alice, Side.SELL, CALL, "0.5", 2)
        bought = (
            self._order(self.alice, Side.BUY, PERPETUAL, 20, 0),
            self._order(self.maker, Side.BUY, PUT, 25, 1),
            self._order(self.maker, Side.BUY, CALL, "0.5", 2),
        )
        self.tell("Alice, Bob and the maker", "sign six orders, off the chain")
        quantities = (Decimal(20), Decimal(25), Decimal("0.5"))
        pairs = zip(bought, (*sold, call), (PERPETUAL, PUT, CALL), quantities, strict=True)
        fills = [Fill(buy, sell, size, self._mark(name), FEE, FEE) for buy, sell, name, size in pairs]
        filled = self.venue.fill(self._fills("morning", *fills), self.snapshot)
        sent = self.venue.settle(filled.draft, "morning")
        what = f"crosses them: {sent.operations} fills of {len(sent.accounts)} accounts, settled in one transaction"
        before = sent.operations * BEFORE["match"] // len(sent.accounts)
        self.tell("the venue", what, self.place.venue.address, accounts=len(sent.accounts), before=before)

    def fund(self) -> None:
        """Let funding accrue to the sellers of the perpetual: a snapshot carries it, and no transaction."""
        self.place.wait(HOUR)
        self.snapshot = self.publish(_with_funding(self._venue_data, FUNDING))
        paid = FUNDING * 20
        self.tell(
            "the feed",
            f"funding of {FUNDING} USD per ETH accrues by the mark: Alice pays the maker {paid} USD",
        )

    def attest(self) -> None:
        """Prove the health of all accounts in one transaction."""
        self._attest_all()

    def crash(self) -> None:
        """Move prices beyond the breaker's limit, so that every account must prove health again."""
        self.place.wait(HOUR)
        moved = stressed(self._venue_data, self.place.time(), moves=CRASH, volatility=NERVOUS)
        self.snapshot = self.publish(moved)
        self.tell("the feed", "circuit breaker trips: ETH fell by 12 %")
        self.anybody.call([one.number for one in (self.maker, self.bob, self.alice)])
        self.tell("anybody", "calls all three for margin: half an hour to prove health", self._anybody)
        failing = self._attest_all()
        names = " and ".join(one.name for one in (self.alice, self.bob) if one.number in failing)
        self.tell("the venue", f"cannot prove the health of {names}")

    def cure(self) -> None:
        """Have Alice deposit what the rebalancer advises; the venue credits it, and she proves health herself."""
        account = account_of(self.alice.present(self.place), self.snapshot)
        advice = advise(account, self.snapshot, Requirement.MAINTENANCE)
        funds = [Funds(str(one.asset), one.amount) for one in advice.deposits_only.deposits]
        for one in funds:
            self.place.give(self.alice.key, _token(one), one.amount)
        self.alice.holder.deposit(self.alice.number, *funds)
        shown = ", ".join(_text(one) for one in funds)
        self.tell("Alice", f"deposits as the rebalancer advises: {shown}", self.alice.key.address)
        self._upkeep("credits it, though trading has stopped")
        self.alice.present(self.place)
        self.alice.holder.attest([self.alice.number], self.snapshot)
        self.tell("Alice", "proves health", self.alice.key.address)

    def shield(self) -> None:
        """Let the venue shield Bob, until anybody freezes its market."""
        for _ in range(2):
            self.place.wait(50 * MINUTE)
            self.snapshot = self.publish(self._venue_data)
        self.anybody.freeze(self.bob.number)
        self.tell(
            "anybody",
            "freezes the market: nobody has liquidated Bob, an hour after the deadline",
            self._anybody,
        )
        buy = self._order(self.maker, Side.BUY, PERPETUAL, 1, 3)
        sell = self._order(self.alice, Side.SELL, PERPETUAL, 1, 3)
        fills = self._fills("noon", Fill(buy, sell, Decimal(1), self._mark(PERPETUAL), FEE, FEE))
        draft = self.venue.fill(fills, self.snapshot, reduce_only=True).draft
        try:
            self.venue.settle(draft)
        except ChainError as error:
            reason = str(error).rpartition("reverted: ")[2].partition("(")[0]
            self.tell("the venue", f"cannot settle even a fill that reduces: {reason}")
        else:
            raise StatementError("a frozen market has settled fills")

    def auction(self) -> None:
        """Have the venue start the auction that ends the freeze, and Carol bid once the price has fallen."""
        number, auctions = self.bob.number, self.market.auctions
        seller = Liquidator(self.market, self.venue.book)
        seller.start(number, self.snapshot)
        price = auctions.price(number) / MICRO
        self.tell(
            "the venue", f"starts the auction of Bob's account at {price:,.0f} USD", self.place.venue.address
        )
        self.place.wait(6 * MINUTE)
        self.place.mine(5)
        self.carol = self._person("Carol", Bidder)
        self.carol.number, bidder = number, self.carol.holder
        self.place.give(self.carol.key, "USD", Decimal(50_000))
        follow(bidder.market, bidder.book, snapshots=self.place)
        limit = auctions.price(number)
        bidder.allow(limit)
        bidder.bid(number, limit, self.carol.trading.key)
        block = self.place.web3.eth.block_number
        (self.won,) = (one for one in auctions.changes(block, block) if isinstance(one, Bought))
        what = f"reads its opening from the chain, and buys it for {self.won.price / MICRO:,.2f} USD"
        self.tell("Carol", what, self.carol.key.address)
        self.tell("Bob", f"receives {self.place.balance(self.bob.key, 'USD'):,.2f} USD; the market goes on")
        bidder.deposit(number, Funds("cash", Decimal(8_000)))
        self.tell("Carol", "deposits 8,000 USD", self.carol.key.address)
        self._upkeep("credits it")
        self._attest_all()

    def expire(self) -> None:
        """Let an option expire: the venue turns it into cash in both accounts, without their owners."""
        self.place.wait(EXPIRY + MINUTE - self.place.time())
        later = stressed(self._venue_data, self.place.time())
        delivered = {("BTC", EXPIRY): next(one.price for one in later.underlyings if one.name == "BTC")}
        self.snapshot = self.publish(expire(self._venue_data, later, delivered))
        self._upkeep("turns the expired option into cash")
        self.venue.collect_fees()
        fees = self.market.first_loss.balance() / MICRO
        self.tell(
            "the venue", f"pays {fees:,.2f} USD of fees into its first-loss tranche", self.place.venue.address
        )

    def leave(self) -> None:
        """Have the maker withdraw its gain, after a notice of ten minutes."""
        self.maker.holder.announce_withdrawal(self.maker.number)
        self.place.wait(10 * MINUTE + 1)
        self.snapshot = self.publish(self._venue_data)
        self.maker.present(self.place)
        self.maker.holder.withdraw(self.maker.number, Funds("cash", Decimal(10_000)), self.snapshot)
        self.tell("the maker", "withdraws 10,000 USD, proving initial margin", self.maker.key.address)

    # --- parts of steps

    @property
    def _anybody(self) -> str:
        return self.anybody.market.sender

    def _book(self, name: str) -> Book:
        book = Book(self.folder / f"{name}.db")
        self._books.append(book)
        return book

    def _person(self, name: str, role: type[Holder] | type[Bidder] = Holder) -> Person:
        key = self.place.new_key()
        return Person(name, key, SigningKey.new(), role(self.place.connect(key), self._book(name)))

    def _open(self, person: Person, *funds: Funds) -> None:
        for one in (*funds, Funds("cash", BOND)):
            self.place.give(person.key, _token(one), one.amount)
        person.number = person.holder.open(person.trading.key)
        person.holder.deposit(person.number, *funds)
        person.holder.post_bond(person.number)
        shown = " and ".join(_text(one) for one in funds)
        what = f"opens account {person.number}, deposits {shown}, and leaves the bond"
        self.tell(person.name, what, person.key.address)

    def _order(self, person: Person, side: Side, instrument: str, size: int | str, place: int) -> str:
        """Sign an order at the mark, and return its file."""
        time, limit = self.place.time(), self._mark(instrument)
        limit -= self.snapshot.listing(instrument).funding
        sequence = sequence_at(place, time)
        terms = Order(instrument, side, Decimal(size), limit, FEE, sequence, time + HOUR)
        signer = Signer(self.house.domain, int(person.key.address, 16), person.number)
        name = f"{person.name.split()[-1]}-{sequence}.json"
        sign_order(terms, signer, person.trading, self.snapshot).save(self.folder / name)
        return name

    def _mark(self, instrument: str) -> Decimal:
        """Return the mark, rounded to what orders can have: whole micro-quote per lot."""
        marks = {one.name: one.mark for _, _, one in self._venue_data.instruments()}
        return marks[instrument].quantize(Decimal("0.01"))

    def _fills(self, name: str, *fills: Fill) -> Fills:
        path = self.folder / f"{name}.json"
        Fills(name, fills).save(path)
        return Fills.load(path)

    def _upkeep(self, what: str) -> None:
        self.venue.sync()
        sent = self.venue.settle(self.venue.upkeep(self.snapshot))
        self.tell("the venue", what, self.place.venue.address, accounts=len(sent.accounts))

    def _attest_all(self) -> tuple[int, ...]:
        """Prove the health of all accounts that have it; return the others."""
        self.venue.sync()
        found = self.venue.attest_all(self.snapshot)
        (sent,) = found.sent
        names = {one.number: one.name for one in (self.maker, self.bob, self.alice)}
        if hasattr(self, "carol"):
            names[self.carol.number] = self.carol.name
        shown = ", ".join(names[number] for number in sent.accounts)
        what = f"proves health of {shown} in one transaction"
        count = len(sent.accounts)
        self.tell("the venue", what, self.place.venue.address, accounts=count, before=BEFORE["attest"])
        return tuple(found.failing)


def _token(funds: Funds) -> str:
    return "USD" if funds.asset == "cash" else funds.asset


def _text(funds: Funds) -> str:
    return f"{funds.amount:,.2f} {_token(funds)}"


def _with_funding(venue_data: VenueData, funding: Decimal) -> VenueData:
    """Return venue data in which a perpetual of ETH has accumulated funding."""
    underlyings = tuple(
        replace(
            one,
            instruments=tuple(
                replace(each, funding=funding)
                if isinstance(each, Perpetual) and each.name == PERPETUAL
                else each
                for each in one.instruments
            ),
        )
        for one in venue_data.underlyings
    )
    return replace(venue_data, underlyings=underlyings)
