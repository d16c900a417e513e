"""The clients of ClearingHouse, LiquidationEngine and what they call, with real proofs on a local chain.

Owners, venue and bidder sign with keys of their own; none of them is an account of the node.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.local_market import (
    ALICE,
    BOB,
    DAY,
    INITIAL_BPS,
    VENUE,
    now,
    provers,
    published,
    put_back,
    wait,
)
from support.margin_values import VIEW_KEY, account
from zkmargin import Context
from zkmargin.account.report import margin_report
from zkmargin.chain import connect, run_anvil
from zkmargin.chain.verifier import Groth16Verifier
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.clearing_house_events import (
    Attested,
    Called,
    Changed,
    Deposited,
    Opened,
    Seized,
    TakenOver,
    Withdrawn,
)
from zkmargin.contracts.collateral_vault import CASH, CollateralVault
from zkmargin.contracts.disclosure_verifier import DisclosureVerifier
from zkmargin.contracts.greeks import Greeks, Option
from zkmargin.contracts.guardian import Guardian, PauseGroup
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.liquidation_engine import (
    AuctionStarted,
    AuctionWon,
    EngineParameters,
    LiquidationEngine,
)
from zkmargin.contracts.margin_verifier import Claim
from zkmargin.contracts.market_values import HouseParameters, State
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.proof_arguments import Health, Next
from zkmargin.contracts.timelock import Operation, OperationState, Timelock
from zkmargin.contracts.token import DemoToken
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.transition import CASH as CASH_NAME
from zkmargin.proofs.transition import Change, after
from zkmargin.risk import black76

ESCROW = keccak(b"sealed")
ONE, FAR = 10**6, 10**10
THOUSAND = Change(CASH_NAME, Decimal(1000))
HALF = Change("ETH", Decimal("0.5"))


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def made_by():
    return provers()


@pytest.fixture(scope="module")
def deployment(node, market_of):
    return market_of(node)


@pytest.fixture
def web3(node):
    with put_back(node) as web3:
        yield web3


class World:
    """One account and those who act on it."""

    def __init__(self, node, web3, deployment, made_by):
        self.node, self.web3, self.deployment, self.made_by = node, web3, deployment, made_by
        self.feed = OracleFeed(web3, deployment.addresses.feed)
        self.vault = CollateralVault(web3, deployment.addresses.vault)
        self.snapshot = published(self)

    def house(self, key):
        return ClearingHouse(connect(self.node, key=key), self.deployment.addresses.house)

    def engine(self, key):
        return LiquidationEngine(connect(self.node, key=key), self.deployment.addresses.engine)

    def approve(self, key, asset, amount):
        token = DemoToken(connect(self.node, key=key), self.vault.asset(asset).token)
        token.approve(self.vault.address, amount * self.vault.asset(asset).scale)

    def following(self, name, number, old, new, change, receiver):  # noqa: PLR0917  # what a proof is about
        context = self.house(ALICE).transition_context(name, number, receiver)
        proof = self.made_by.transition.prove(old, new, self.snapshot, change=change, context=context)
        return Next(proof, ESCROW)

    def health(self, name, number, held, receiver, requirement=INITIAL_BPS):
        house = self.house(ALICE)
        action = house.health_action(name, number, receiver)
        return self._health(held, action, house.address, requirement)

    def disclosure(self, number, held, consumer=None):
        engine = self.engine(ALICE)
        action = engine.disclosure_action(number)
        return self._health(held, action, consumer or engine.verifier, 10_000, disclose=True)

    def _health(self, held, action, consumer, requirement, **options):
        commitment = held.commitment(self.snapshot)
        context = Context(self.deployment.chain_id, consumer, commitment, action, FAR)
        proof = self.made_by.margin.prove(
            held, self.snapshot, requirement, context=context, allow_unhealthy=True, **options
        )
        return Health(proof, FAR)

    def opened(self, key=ALICE, change=THOUSAND):
        """Open an account: (number, what it holds)."""
        held = after(begun(key), change, owner=int(key.address, 16))
        held = replace(held, view_key=VIEW_KEY)
        asset, amount = (CASH if change.asset == CASH_NAME else 2), int(change.amount * ONE)
        self.approve(key, asset, amount)
        following = self.following("open", 0, None, held, change, key.address)
        number, _ = self.house(key).open(asset, amount, following)
        return number, held

    def traded(self, number, key, old, cash="-1150"):
        """Return what a side of a match takes, and what the account then holds."""
        held = account(
            cash, owner=old.owner, nonce=old.nonce + 1, view_key=VIEW_KEY + 1, collateral=old.collateral
        )
        following = self.following("trade", number, old, held, Change(), key.address)
        signature = self.house(key).sign_trade(key, number, following.commitment, ESCROW, old.nonce, FAR)
        return (number, following, self.health("trade", number, held, key.address), signature), held


def begun(key):
    return account("0", owner=int(key.address, 16), nonce=0, collateral={}, positions={})


@pytest.fixture
def world(node, web3, deployment, made_by):
    return World(node, web3, deployment, made_by)


# what binds proofs and signatures


def test_contexts_actions_and_digests_are_the_contracts(world):
    house, engine = world.house(ALICE), world.engine(ALICE)
    for name, number in (("open", 0), ("withdraw", 7), ("takeOver", 2**200)):
        context = house._ask("transitionContext", name, number, BOB.address)
        assert house.transition_context(name, number, BOB.address) == context
        assert house.health_action(name, number, BOB.address) == house._ask(
            "healthAction", name, number, BOB.address
        )
        assert engine.disclosure_action(number) == engine._ask("disclosureAction", number)
    digest = house._ask("tradeDigest", 3, (5).to_bytes(32, "big"), ESCROW, 4, FAR)
    parts = {"account": 3, "new_commitment": 5, "escrow": ESCROW, "nonce": 4, "deadline": FAR}
    assert house.trade_digest(**parts) == digest
    signature = house.sign_trade(ALICE, **parts)
    assert EthAccount._recover_hash(digest, signature=signature) == ALICE.address


def test_what_has_not_its_types_range_is_an_input_error(world):
    house = world.house(ALICE)
    with pytest.raises(InputError, match="escrow: expected 32 bytes, got 3"):
        Next(None, b"abc")
    with pytest.raises(InputError, match="escrow: expected 32 bytes, got 3"):
        house.trade_digest(account=1, new_commitment=1, escrow=b"abc", nonce=1, deadline=1)
    with pytest.raises(InputError, match="nonce: does not fit in 64 bits"):
        house.sign_trade(ALICE, 1, 1, ESCROW, 2**64, 1)
    with pytest.raises(InputError, match="receiver: expected an address"):
        house.transition_context("open", 0, "alice")
    with pytest.raises(InputError, match="amount: does not fit in 64 bits"):
        house.deposit(1, CASH, 2**64, None)
    with pytest.raises(InputError, match="grace: does not fit in 32 bits"):
        house.set_parameters_call(HouseParameters(10_000, 60, 3600, 2**32, 0))


# an account's life


def test_an_account_opens_and_is_funded_by_a_key_that_the_node_does_not_know(world, web3):
    assert ALICE.address not in web3.eth.accounts
    number, held = world.opened()
    house = world.house(ALICE)
    assert (number, house.accounts()) == (1, 1)
    known = house.account(number)
    assert (known.owner, known.nonce, known.state, known.escrow) == (ALICE.address, 1, State.OPEN, ESCROW)
    assert known.commitment == held.commitment(world.snapshot)
    assert house.account(2).state is State.NONE
    assert world.vault.asset(CASH).total == 1000 * ONE

    wait(web3, 400)
    parts = []
    for asset, change in ((CASH, THOUSAND), (2, HALF)):
        following = after(held, change)
        amount = int(change.amount * ONE)
        world.approve(ALICE, asset, amount)
        proof = world.following("deposit", number, held, following, change, ALICE.address)
        parts.append((asset, amount, proof))
        held = following
    house.deposits(number, parts)
    assert house.account(number).commitment == held.commitment(world.snapshot)

    block = web3.eth.block_number
    events = house.changes(0, block)
    assert [type(one) for one in events] == [
        Opened,
        Changed,
        Deposited,
        Changed,
        Deposited,
        Changed,
        Deposited,
    ]
    assert events[0].owner == ALICE.address
    assert [one.nonce for one in events if isinstance(one, Changed)] == [1, 2, 3]
    last = events[-1]
    assert (last.account, last.asset, last.amount, last.value) == (number, 2, ONE // 2, ONE // 2)
    assert last.place.block_hash == bytes(web3.eth.get_block(last.place.block)["hash"])
    assert house.changes(last.place.block + 1, block) == []

    # Deposits of one moment belong together; then there is a pause.
    wait(web3, 60)
    again = after(held, THOUSAND)
    world.approve(ALICE, CASH, 1000 * ONE)
    proof = world.following("deposit", number, held, again, THOUSAND, ALICE.address)
    with pytest.raises(ChainError, match=r"^deposit: reverted: DepositTooSoon\(account=1, from=\d+\)$"):
        house.deposit(number, CASH, 1000 * ONE, proof)


def test_a_deposit_goes_with_a_permit(world, web3):
    number, held = world.opened()
    wait(web3, 400)
    house = world.house(ALICE)
    token = DemoToken(house.web3, world.vault.asset(2).token)
    permit = token.sign_permit(ALICE, world.vault.address, 5 * 10**17, FAR)
    following = after(held, HALF)
    proof = world.following("deposit", number, held, following, HALF, ALICE.address)
    house.deposit_with_permit(number, 2, ONE // 2, proof, permit)
    assert world.vault.asset(2).total == ONE // 2


def test_a_withdrawal_needs_initial_margin_and_its_errors_have_names(world):
    number, held = world.opened()
    house, change = world.house(ALICE), Change(CASH_NAME, Decimal(-400))
    left = after(held, change)
    proof = world.following("withdraw", number, held, left, change, BOB.address)
    weak = world.health("withdraw", number, left, BOB.address, 10_000)
    with pytest.raises(
        ChainError, match=r"^withdraw: reverted: RequirementTooLow\(provenBps=10000, askedBps="
    ):
        house.withdraw(number, CASH, 400 * ONE, BOB.address, proof, weak)
    good = world.health("withdraw", number, left, BOB.address)
    with pytest.raises(ChainError, match=r"^withdraw: reverted: InvalidTransition\(account=1\)$"):
        house.withdraw(number, CASH, 401 * ONE, BOB.address, proof, good)
    with pytest.raises(ChainError, match=r"NotOwner\(account=1, caller=0x\w{40}\)$"):
        world.house(BOB).withdraw(number, CASH, 400 * ONE, BOB.address, proof, good)
    token = DemoToken(house.web3, world.vault.asset(CASH).token)
    before = token.balance_of(BOB.address)
    gas = house.withdraw(number, CASH, 400 * ONE, BOB.address, proof, good)
    assert gas < 620_000
    assert token.balance_of(BOB.address) == before + 400 * ONE
    (event,) = [one for one in house.changes(0, house.web3.eth.block_number) if isinstance(one, Withdrawn)]
    assert (event.to, event.value) == (BOB.address, 400 * ONE)


def test_errors_of_vault_and_token_have_names(world):
    held = replace(after(begun(BOB), THOUSAND), view_key=VIEW_KEY)
    following = world.following("open", 0, None, held, THOUSAND, BOB.address)
    with pytest.raises(ChainError, match=r"^open: reverted: ERC20InsufficientAllowance\(spender=0x"):
        world.house(BOB).open(CASH, 1000 * ONE, following)
    other = replace(held, cash=Decimal(0), collateral={"DOGE": Decimal(1)})
    change = Change("DOGE", Decimal(1))
    following = world.following("open", 0, None, other, change, BOB.address)
    with pytest.raises(ChainError, match=r"^open: reverted: NotListed\(asset=1\)$"):
        world.house(BOB).open(1, ONE, following)


def test_the_venue_matches_with_both_signatures(world):
    (first, one), (second, two) = world.opened(ALICE, HALF), world.opened(BOB, HALF)
    (side, _), (other, held) = world.traded(first, ALICE, one, "-500"), world.traded(second, BOB, two, "-500")
    with pytest.raises(ChainError, match=r"^multicall: reverted: NotVenue\(caller=0x\w{40}\)$"):
        world.house(ALICE).match([side, other])
    wrong = (*other[:3], side[3])
    house = world.house(VENUE)
    with pytest.raises(ChainError, match=r"^multicall: reverted: InvalidSignature\(account=2, owner=0x"):
        house.match([side, wrong])
    assert house.account(first).nonce == 1
    house.match([side, other])
    assert [house.account(number).nonce for number in (first, second)] == [2, 2]
    assert house.account(second).commitment == held.commitment(world.snapshot)


def test_a_call_is_answered_by_a_proof(world, web3):
    number, held = world.opened()
    house = world.house(BOB)
    assert (house.is_overdue(number), house.is_called(number), house.deadline(number)) == (False, False, None)
    with pytest.raises(ChainError, match=r"^marginCall: reverted: NotOverdue\(account=1\)$"):
        house.margin_call(number)
    wait(web3, DAY + 1)
    world.snapshot = published(world)
    assert house.is_overdue(number)
    house.margin_call(number)
    assert house.is_called(number)
    assert house.deadline(number) == now(web3) + house.parameters().grace
    gas = house.attest(number, world.health("attest", number, held, ALICE.address, 10_000))
    assert gas < 290_000
    assert (house.is_called(number), house.deadline(number)) == (False, None)
    assert house.account(number).last_healthy_at == world.snapshot.timestamp
    events = house.changes(0, web3.eth.block_number)
    assert [type(one) for one in events[-2:]] == [Called, Attested]
    with pytest.raises(InputError, match="proof: must not disclose equity and requirement"):
        house.attest(number, world.disclosure(number, held))


def test_what_the_house_says_of_itself(world, deployment):
    house = world.house(ALICE)
    at = deployment.addresses
    assert house.parameters() == HouseParameters(INITIAL_BPS, 3600, DAY, 1800, 600)
    assert (house.engine(), house.venue(), house.silence()) == (at.engine, VENUE.address, 9 * DAY)
    assert (house.cash_factor(), house.socialisable()) == (10**18, 0)
    assert house.contracts.transition_verifier == at.transition_verifier
    with pytest.raises(ChainError, match=r"^setEngine: reverted: NotDeployer\(caller=0x"):
        house.set_engine(at.engine)
    with pytest.raises(ChainError, match=r"^call of ClearingHouse.vault: "):
        ClearingHouse(house.web3, at.vault)


# liquidation


def seized(world):
    """Bring an account into default and have it seized: (number, what it holds)."""
    number, held = world.opened(ALICE, HALF)
    side, held = world.traded(number, ALICE, held)
    world.house(VENUE).trade(*side)
    wait(world.web3, 60)
    world.snapshot = published(world, "1900")
    wait(world.web3, 600)
    world.snapshot = published(world, "1750")
    return number, held


def test_an_account_in_default_is_auctioned_and_taken_over(world, web3, deployment):
    number, held = seized(world)
    engine = world.engine(BOB)
    with pytest.raises(ChainError, match=r"NoAuction\(account=1\)$"):
        engine.price(number)
    with pytest.raises(InputError, match="proof: must disclose equity"):
        engine.start(number, world.health("disclose", number, held, ALICE.address))
    assert engine.auction(number) is None
    world.engine(VENUE).start(number, world.disclosure(number, held, engine.address))
    auction = engine.auction(number)
    margin = margin_report(held, world.snapshot)
    assert auction.equity == int(margin.equity * ONE)
    assert auction.parameters == engine.parameters() == EngineParameters(500, 10_000, 200, 900)
    wait(web3, 450)
    assert engine.elapsed(number) >= 450
    price = engine.price(number)
    assert 0 < price < auction.equity

    won = replace(after(held, THOUSAND, owner=int(BOB.address, 16)))
    world.approve(BOB, CASH, 3000 * ONE)
    following = world.following("takeOver", number, held, won, THOUSAND, BOB.address)
    health = world.health("takeOver", number, won, BOB.address)
    with pytest.raises(ChainError, match=r"^bid: reverted: PriceAboveLimit\(price=\d+, limit=-5\)$"):
        engine.bid(number, -5, CASH, 1000 * ONE, following, health)
    engine.bid(number, price, CASH, 1000 * ONE, following, health)
    assert world.house(BOB).account(number).owner == BOB.address
    started, ended = engine.changes(0, web3.eth.block_number)
    assert isinstance(started, AuctionStarted)
    assert (started.in_default, started.equity) == (True, auction.equity)
    assert isinstance(ended, AuctionWon)
    assert (ended.winner, ended.fee) == (BOB.address, ended.price * 200 // 10_000)
    kinds = [type(one) for one in world.house(BOB).changes(started.place.block, web3.eth.block_number)]
    assert Seized in kinds
    assert TakenOver in kinds
    fund = InsuranceFund(web3, deployment.addresses.insurance_fund)
    assert fund.balance_of(deployment.addresses.house) == ended.fee


def test_an_account_that_nobody_bought_goes_back(world, web3):
    number, held = seized(world)
    engine = world.engine(VENUE)
    engine.start(number, world.disclosure(number, held, engine.address))
    with pytest.raises(ChainError, match=r"^giveBack: reverted: AuctionRunning\(account=1, elapsed=\d+\)$"):
        engine.give_back(number, world.disclosure(number, held, engine.address))
    wait(web3, 3601)
    world.snapshot = published(world, "1900")
    wait(web3, 601)
    world.snapshot = published(world, "2000")
    engine.give_back(number, world.disclosure(number, held, engine.address))
    known = world.house(ALICE).account(number)
    assert known.state is State.OPEN
    assert known.last_healthy_at == world.snapshot.timestamp


def test_a_disclosure_says_equity_and_requirement(world, web3, deployment):
    number, held = world.opened()
    verifier = DisclosureVerifier(web3, deployment.addresses.disclosure_verifier)
    assert verifier.registry == deployment.addresses.feed
    circuits = deployment.circuits
    assert verifier.verifier(10) == circuits["disclosure_13"].verifier
    assert verifier.verifier(0) is None
    health = world.disclosure(number, held, web3.eth.accounts[0])
    action = world.engine(ALICE).disclosure_action(number)
    claim = Claim(held.commitment(world.snapshot), action, FAR, 10_000, 600)
    told = verifier.disclose(claim, health)
    assert (told.healthy, told.equity, told.requirement) == (True, 1000 * 10**12, 0)
    assert told.published_at == world.snapshot.timestamp
    # Health follows from the disclosed values, at the level of the claim.
    assert verifier.disclose(replace(claim, requirement_bps=9999), health) == told
    with pytest.raises(ChainError, match=r"^disclose: reverted: WrongContext\("):
        verifier.disclose(replace(claim, deadline=FAR - 1), health)
    with pytest.raises(InputError, match="action: expected 32 bytes, got 3"):
        verifier.disclose(replace(claim, action=b"abc"), health)


def test_a_verification_of_a_disclosure_takes_what_the_contract_keeps_for_it(world, deployment):
    # DisclosureVerifier refuses with less than 265 000 left, of which a call gets 63/64.
    number, held = world.opened()
    health = world.disclosure(number, held)
    public = health.proof.public
    verifier = Groth16Verifier(world.web3, deployment.circuits["disclosure_13"].verifier, len(public))
    assert verifier.verify(health.proof.proof, public)
    call = verifier._contract.functions.verifyProof(*verifier._arguments(health.proof.proof, public))
    intrinsic = verifier.measure_gas(health.proof.proof, public) - 231_777
    assert 20_000 < intrinsic < 27_000
    assert call.call({"gas": 265_000 * 63 // 64 + intrinsic}) is True
    assert call.call({"gas": 225_000 + intrinsic}) is False


# fund, timelock, Greeks


def test_a_fund_takes_deposits_for_a_market(world, deployment):
    house = world.house(ALICE)
    fund = InsuranceFund(house.web3, deployment.addresses.insurance_fund)
    token = DemoToken(house.web3, fund.token)
    assert (fund.scale, token.decimals, token.symbol()) == (1, 6, "USD")
    with pytest.raises(ChainError, match=r"^deposit: reverted: ERC20InsufficientAllowance\("):
        fund.deposit(house.address, ONE)
    token.approve(fund.address, ONE)
    assert token.allowance(ALICE.address, fund.address) == ONE
    fund.deposit(house.address, ONE)
    assert fund.balance_of(house.address) == ONE
    with pytest.raises(ChainError, match=r"^deposit: reverted: NotAMarket\(market=0x"):
        fund.deposit(BOB.address, ONE)


def test_parameters_change_by_the_timelock_with_notice(world, web3, deployment):
    house, engine = world.house(ALICE), world.engine(ALICE)
    timelock = Timelock(web3, deployment.addresses.timelock)
    wanted = replace(house.parameters(), grace=7200)
    operation = Operation(house.address, house.set_parameters_call(wanted))
    assert timelock.state(operation) is OperationState.UNSET
    timelock.schedule(operation)
    assert timelock.state(operation) is OperationState.WAITING
    assert timelock.due_at(operation) == now(web3) + 2 * DAY
    with pytest.raises(ChainError, match=r"^execute: reverted: TimelockUnexpectedOperationState\("):
        timelock.execute(operation)
    bad = Operation(engine.address, engine.set_parameters_call(replace(engine.parameters(), fee_bps=1001)))
    cancelled = Operation(house.address, house.set_venue_call(BOB.address), salt=3)
    timelock.schedule(bad, 3 * DAY)
    timelock.schedule(cancelled)
    timelock.cancel(cancelled)
    assert timelock.state(cancelled) is OperationState.UNSET
    wait(web3, 3 * DAY)
    timelock.execute(operation)
    assert timelock.state(operation) is OperationState.DONE
    assert house.parameters() == wanted
    with pytest.raises(ChainError, match=r"^execute: reverted: ParameterOutOfRange\(index=2, value=1001"):
        timelock.execute(bad)
    with pytest.raises(
        ChainError, match=r"^schedule: reverted: AccessControlUnauthorizedAccount\(account=0x"
    ):
        Timelock(house.web3, timelock.address).schedule(cancelled)
    with pytest.raises(ChainError, match=r"TimelockInsufficientDelay\(delay=5, minDelay=172800\)$"):
        timelock.schedule(cancelled, 5)


def test_the_vaults_listings_change_by_the_timelock(world, web3, deployment):
    timelock = Timelock(web3, deployment.addresses.timelock)
    token = DemoToken.deploy(web3, "DOGE", 8)
    vault = world.vault
    calls = (vault.list_asset_call(1, token.address, 5 * ONE), vault.set_cap_call(CASH, 7 * ONE))
    operations = [Operation(vault.address, call) for call in calls]
    for one in operations:
        timelock.schedule(one)
    wait(web3, 2 * DAY)
    for one in operations:
        timelock.execute(one)
    assert (vault.asset(1).token, vault.asset(1).scale, vault.asset(CASH).cap) == (
        token.address,
        100,
        7 * ONE,
    )
    roles = timelock.roles(deployment.block)
    assert roles.admins == {timelock.address}
    assert roles.proposers == roles.cancellers == {web3.eth.accounts[0]}


def test_greeks_are_those_of_the_library(web3, deployment):
    greeks = Greeks(web3, deployment.addresses.greeks)
    option = Option(Decimal("2000"), Decimal("2100.5"), Decimal("0.65"), 30 * DAY, is_call=True)
    found = greeks.greeks(option)
    assert (found.price, found.delta, found.gamma) == (
        greeks.price(option),
        greeks.delta(option),
        greeks.gamma(option),
    )
    expected = float(black76.price(2000.0, 2100.5, 0.65 * (30 / 365) ** 0.5, True))
    assert float(found.price) == pytest.approx(expected, rel=1e-9)
    put = replace(option, is_call=False)
    assert greeks.price(option) - greeks.price(put) == option.forward - option.strike
    assert greeks.delta(put) == found.delta - 1
    worthless = Option(Decimal(1), Decimal(1), Decimal(0), 0, is_call=True)
    assert greeks.gamma(worthless) == Decimal("Infinity")
    with pytest.raises(ChainError, match=r"ForwardOutOfRange\(forward=1, lowest="):
        greeks.price(replace(option, forward=Decimal("1e-18")))
    for number in (Decimal("1e-19"), Decimal("NaN"), Decimal(-1)):
        with pytest.raises(InputError, match="forward: "):
            greeks.price(replace(option, forward=number))


def test_a_pause_stops_the_house_by_name(world, deployment):
    # The guardian of the test market is the node's first account.
    Guardian(world.web3, deployment.addresses.guardian).pause(PauseGroup.LIQUIDATE, 60, "test")
    with pytest.raises(ChainError, match=r"^marginCall: reverted: Paused\(groups=4\)$"):
        world.house(ALICE).margin_call(1)
