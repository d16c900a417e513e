"""A day of a market on a local chain, from deployment to an auction: the second half of the demo.

Alice and Bob trade with a market maker. Prices fall, the oracle's circuit breaker trips, and the venue calls
all three for margin. The maker proves health. Alice deposits what the rebalancer advises and proves health.
Bob is in default, and Carol takes over his account in an auction. No position is visible on the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from settlement_market import HOUR, MINUTE, Place

from zkmargin import Requirement
from zkmargin.contracts.liquidation_engine import AuctionWon
from zkmargin.proofs.transition import CASH, Change
from zkmargin.rebalance import advise
from zkmargin.risk.stress import stressed
from zkmargin.settlement.escrow import SealingKey
from zkmargin.settlement.openings import traded
from zkmargin.settlement.roles.bidder import Bidder
from zkmargin.settlement.roles.holder import Holder
from zkmargin.settlement.roles.venue import Venue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eth_account.signers.local import LocalAccount

    from zkmargin import Snapshot
    from zkmargin.settlement.account_state import AccountState
    from zkmargin.settlement.roles.participant import Provers
    from zkmargin.venue_data import VenueData

__all__ = ["Event", "Story"]

ALICE_BUYS = {"ETH-PERPETUAL": Decimal(20), "ETH-27MAR26-3400-C": Decimal(-15)}
BOB_BUYS = {"ETH-27MAR26-2800-P": Decimal(-25)}
CRASH = {"BTC": Decimal("-0.08"), "ETH": Decimal("-0.12"), "SOL": Decimal("-0.12")}
NERVOUS = {"BTC": Decimal("0.05"), "ETH": Decimal("0.1")}
MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the timeline: seconds since the start, actor, action, and gas if a transaction was sent."""

    time: int
    who: str
    what: str
    gas: int | None


@dataclass(slots=True)
class Person:
    """A person with an account: signing key, client and current state of the account."""

    name: str
    key: LocalAccount
    holder: Holder
    held: AccountState


class Story:
    """The steps of the day.

    Parameters
    ----------
    url : str
        A local chain whose clock shows the time of the venue data.
    venue_data : VenueData
    provers : Provers
    """

    def __init__(self, url: str, venue_data: VenueData, provers: Provers) -> None:
        self.timeline: list[Event] = []
        self._venue_data, self._provers, self._sealing_key = venue_data, provers, SealingKey.new()
        self.place = Place(url, venue_data, self._sealing_key)
        self._begin = self.place.time()
        self.view = self.place.connect(self.place.venue)
        self.venue = Venue(self.view, provers, self._sealing_key, keep=lambda _: None)
        self.house = self.view.house
        self.snapshot = self.publish(venue_data)
        self.alice: Person
        self.bob: Person
        self.maker: Person

    def parts(self) -> tuple[Callable[[], None], ...]:
        """Return the steps in order."""
        day = (self.open_accounts, self.trade, self.attest, self.crash)
        return (*day, self.cure, self.auction, self.leave)

    def tell(self, who: str, what: str, *, sent: bool = True) -> None:
        """Append a line to the timeline, with the gas of the last transaction if `sent`."""
        gas = self.place.gas_of_last_block() if sent else None
        self.timeline.append(Event(self.place.time() - self._begin, who, what, gas))

    def publish(self, venue_data: VenueData) -> Snapshot:
        """Publish a snapshot at the chain's current time."""
        snapshot = self.place.publish(stressed(venue_data, self.place.time()))
        self.tell("oracles", "snapshot published, signed by 2 of 3")
        return snapshot

    def open_accounts(self) -> None:
        """Open the three accounts with their first deposits."""
        self.maker = self._open("the maker", CASH, "USD", Decimal(60_000))
        self.bob = self._open("Bob", "BTC", "BTC", Decimal("0.2"))
        self.alice = self._open("Alice", CASH, "USD", Decimal(100))
        self.place.give(self.alice.key, "ETH", Decimal("5.5"))
        deposit = Change("ETH", Decimal("5.5"))
        self.alice.held = self.alice.holder.deposit(self.alice.held, self.snapshot, deposit)
        self.tell("Alice", "deposits 5.5 ETH")

    def trade(self) -> None:
        """Match Alice and Bob with the maker."""
        self._match(self.alice, ALICE_BUYS)
        self._match(self.bob, BOB_BUYS)

    def attest(self) -> None:
        """Have all three prove health an hour later, against a new snapshot."""
        self.place.wait(HOUR)
        self.snapshot = self.publish(self._venue_data)
        for person in (self.alice, self.bob, self.maker):
            person.holder.attest(person.held, self.snapshot)
            self.tell(person.name, "proves health")

    def crash(self) -> None:
        """Move prices beyond the breaker's limit, so that every account must prove health again."""
        self.place.wait(HOUR)
        self._venue_data = stressed(self._venue_data, self.place.time(), moves=CRASH, volatility=NERVOUS)
        self.snapshot = self.publish(self._venue_data)
        self.tell("the feed", "circuit breaker trips: ETH fell by 12 %", sent=False)
        for person in (self.alice, self.bob, self.maker):
            self.venue.call(person.held.number)
            self.tell("the venue", f"calls {person.name} for margin: one hour to prove health")
        self.maker.holder.attest(self.maker.held, self.snapshot)
        self.tell("the maker", "proves health")

    def cure(self) -> None:
        """Have Alice deposit what the rebalancer advises, and prove health: the breaker stopped trading."""
        advice = advise(self.alice.held.account, self.snapshot, Requirement.MAINTENANCE)
        changes = [Change(one.asset, one.amount) for one in advice.deposits_only.deposits]
        for change in changes:
            self.place.give(
                self.alice.key, "USD" if change.asset == CASH else str(change.asset), change.amount
            )
        self.alice.held = self.alice.holder.deposit(self.alice.held, self.snapshot, *changes)
        shown = ", ".join(f"{change.amount:,.2f} {change.asset}" for change in changes)
        self.tell("Alice", f"deposits as the rebalancer advises: {shown}")
        self.alice.holder.attest(self.alice.held, self.snapshot)
        self.tell("Alice", "proves health")

    def auction(self) -> None:
        """Have the venue prove Bob's default, and Carol bid once the price has fallen."""
        opening = self.venue.opening(self.bob.held.number, self.bob.held.sealed, self.snapshot)
        self.venue.start(opening, self.snapshot)
        engine = self.view.engine
        self.tell(
            "the venue",
            f"proves Bob's default; auction starts at {engine.price(opening.number) / MICRO:,.0f} USD",
        )
        self.place.wait(6 * MINUTE)
        carol = self.place.new_key()
        self.place.give(carol, "USD", Decimal(50_000))
        bidder = Bidder(self.place.connect(carol), self._provers, keep=lambda _: None)
        limit = engine.price(opening.number)
        self.taken = bidder.bid(opening, self.snapshot, Change(CASH, Decimal(8_000)), limit)
        self.carol, block = carol, self.view.web3.eth.block_number
        (won,) = (one for one in engine.changes(block, block) if isinstance(one, AuctionWon))
        self.tell("Carol", f"takes over Bob's account for {won.price / MICRO:,.2f} USD, adds 8,000")
        paid = self.place.balance(self.bob.key, "USD")
        self.tell(
            "Bob", f"receives {paid:,.2f} USD; {won.fee / MICRO:,.2f} go to the insurance fund", sent=False
        )

    def leave(self) -> None:
        """Have the maker withdraw its gain once the market is calm."""
        self.place.wait(HOUR + MINUTE)
        self.snapshot = self.publish(self._venue_data)
        change = Change(CASH, Decimal(-10_000))
        self.maker.held = self.maker.holder.withdraw(self.maker.held, self.snapshot, change)
        self.tell("the maker", "withdraws 10,000 USD, proving initial margin")

    def _open(self, name: str, asset: str, token: str, amount: Decimal) -> Person:
        key = self.place.new_key()
        self.place.give(key, token, amount)
        holder = Holder(self.place.connect(key), self._provers, keep=lambda _: None)
        person = Person(name, key, holder, holder.open(self.snapshot, Change(asset, amount)))
        self.tell(name, f"opens account {person.held.number} with {amount:,} {token}")
        return person

    def _match(self, buyer: Person, fills: Mapping[str, Decimal]) -> None:
        deadline, sides = self.place.time() + 10 * MINUTE, []
        marks = {one.name: one.mark for _, _, one in self._venue_data.instruments()}
        cost = sum(quantity * marks[name] for name, quantity in fills.items()).quantize(Decimal("0.000001"))
        for person, sign in ((buyer, 1), (self.maker, -1)):
            new = traded(
                person.held.account,
                {name: sign * quantity for name, quantity in fills.items()},
                -sign * cost,
            )
            signed = person.holder.sign_trade(person.held, new, self.snapshot, deadline, person.key)
            sides.append((self.venue.opening(person.held.number, person.held.sealed, self.snapshot), signed))
        buyer.held, self.maker.held = self.venue.trade(sides, self.snapshot)
        self.tell("the venue", f"matches {buyer.name} and the maker, both at initial margin")
