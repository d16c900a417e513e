"""A client of the contract House: accounts, waiting funds, batches, margin calls and freezes.

Amounts are in micro, 1e-6 of the asset. Assets have the vault's slot numbers; 8 is cash. The connection's account sends
each transaction: the account's owner, or the venue for `settle` and `alive`; anybody for the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zkmargin import spec
from zkmargin.chain.contract import our_contract
from zkmargin.chain.node import connection
from zkmargin.chain.verifier import calldata
from zkmargin.errors import ChainError
from zkmargin.spec.owner_steps import TakeOverSignals

from .batches import attestation_arguments, batch_arguments, health_of_one
from .client import Client, address_of, fitting
from .house_events import AccountRegistered, SealedViewKey, market_event
from .house_values import HouseAccount, HouseContracts, HouseParameters, Standing, Times, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

    from zkmargin.clearing import Attestation, Batch
    from zkmargin.clearing.draft import Draft
    from zkmargin.proofs.owner_proofs import OwnerProof

    from .house_events import MarketEvent

__all__ = ["House", "new_keys"]

_MAINTENANCE_BPS = 10_000
_CALLED = (
    "clearing/Batches.sol",
    "BatchVerifier.sol",
    "CollateralVault.sol",
    "InsuranceFund.sol",
    "clearing/FirstLoss.sol",
    "demo/DemoToken.sol",
)


class House(Client):
    """A client of a deployed House.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    contracts : HouseContracts
        The other contracts of the market.
    domain : int
        The domain that orders are signed for.
    """

    SOURCE = "clearing/House.sol"
    EXTENSION = "clearing/HouseDesk.sol"
    CALLED = _CALLED
    # A batch of 128 accounts with 20 fills each takes about 10 million. Ethereum allows a transaction 2^24 (EIP-7825).
    GAS = 16_700_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self.contracts = HouseContracts(*self._ask("contracts"))
        self.domain = int(self._ask("domain"))

    @classmethod
    def _interface(cls) -> list[dict[str, Any]]:
        """Return the functions of both parts: the second runs in the house's name."""
        parts: list[dict[str, Any]] = []
        for source in (cls.SOURCE, cls.EXTENSION):
            parts += [entry for entry in our_contract(source).abi if entry not in parts]
        constructors = [entry for entry in parts if entry["type"] == "constructor"]
        return [entry for entry in parts if entry not in constructors[1:]]

    @classmethod
    def deploy(
        cls,
        node: str | Web3,
        contracts: HouseContracts,
        venue: str,
        venue_key: spec.TradingKey,
        parameters: HouseParameters,
    ) -> Self:
        """Deploy a house; its engine and its wind-down must then be set.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        contracts : HouseContracts
        venue : str
            The address that settles batches.
        venue_key : spec.TradingKey
            The key that view keys are sealed to.
        parameters : HouseParameters

        Raises
        ------
        InputError
            If an address is invalid, or a number does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach, or the contract rejects an argument: ``NotAContract``, ``OtherContract``,
            ``NoticeTooShort``, ``ParameterOutOfRange``.
        """
        arguments = contracts.arguments(), address_of("venue", venue), list(venue_key), parameters.arguments()
        return cls._deploy(connection(node), *arguments)

    def set_engine(self, engine: str) -> int:
        """Set the contract of auctions, once; only the deployer can. Returns the gas used."""
        return self._send("setEngine", address_of("engine", engine))

    def set_wind_down(self, wind_down: str) -> int:
        """Set the wind-down, once; only the deployer can. Returns the gas used."""
        return self._send("setWindDown", address_of("wind_down", wind_down))

    # --- owners

    def register(self) -> int:
        """Get the next account number for the connection's account.

        Returns
        -------
        int
            The account's number.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``Ended``.
        """
        receipt = self._transact("register")
        for data in self._logged(receipt["logs"]):
            if isinstance(event := market_event(data), AccountRegistered):
                return event.account
        raise ChainError("register: the receipt has no event Registered")

    def open(self, account: int, proof: OwnerProof, key: spec.TradingKey, view_key: SealedViewKey) -> int:
        """Open a registered account. Returns the gas used.

        Parameters
        ----------
        account : int
            The account's number.
        proof : OwnerProof
            Of the circuit ``open``, with the context of `context`.
        key : spec.TradingKey
            The trading key of the new account.
        view_key : SealedViewKey
            The view key of the new account, sealed to the venue. The contract checks neither key.

        Raises
        ------
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``WrongState``, ``InvalidBatch``.
        """
        number = fitting("account", account, 256)
        return self._send("open", number, _step(proof, 0), list(key), _sealed(view_key))

    def deposit(self, account: int, asset: int, amount: int) -> int:
        """Deposit funds, approved to the vault; they wait for the venue's credit. Returns the gas used.

        Raises
        ------
        InputError
            If a number does not fit its type.
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``NothingMoved``, ``CapExceeded``.
        """
        return self._send("deposit", *_funds(account, asset, amount))

    def announce_refund(self, account: int, asset: int, amount: int) -> int:
        """Give notice that waiting funds leave; otherwise like `deposit`: ``NotWaiting``."""
        return self._send("announceRefund", *_funds(account, asset, amount))

    def refund(self, account: int, asset: int, amount: int, to: str) -> int:
        """Take back waiting funds after the notice; otherwise like `deposit`: ``NoticeRunning``, ``NotWaiting``."""
        return self._send("refund", *_funds(account, asset, amount), address_of("to", to))

    def post_bond(self, account: int) -> int:
        """Leave the bond, approved to the vault, that fills need. Returns the gas used."""
        return self._send("postBond", fitting("account", account, 256))

    def request_key(self, account: int, key: spec.TradingKey, value: int) -> int:
        """Ask the venue for another trading key; `value` is Poseidon of its coordinates. Returns the gas used."""
        return self._send(
            "requestKey", fitting("account", account, 256), list(key), fitting("value", value, 256)
        )

    def announce_withdrawal(self, account: int) -> int:
        """Give notice of a withdrawal. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotOwner``, ``NoticeRunning``.
        """
        return self._send("announceWithdrawal", fitting("account", account, 256))

    def withdraw(  # noqa: PLR0913, PLR0917  # the arguments of the contract
        self, account: int, asset: int, amount: int, to: str, proof: OwnerProof, health: Attestation
    ) -> int:
        """Withdraw funds, once the notice is over.

        Parameters
        ----------
        account : int
            The account's number.
        asset, amount : int
            The slot and the amount to withdraw.
        to : str
            The receiver. If the token rejects the transfer, the receiver gets a claim on the vault.
        proof : OwnerProof
            Of the circuit ``withdraw``, with the context of `context`.
        health : Attestation
            Of the next state alone, at initial margin with the latest snapshot.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a value is out of range.
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``NoNotice``, ``NoticeRunning``, ``Paused``, ``NotCalm``,
            ``Frozen``, ``CalledLate``, ``NotARecentSnapshot``, ``InvalidBatch``.
        """
        root, proven = health_of_one(health)
        moved = *_funds(account, asset, amount), address_of("to", to)
        return self._send("withdraw", *moved, root, _step(proof, 1), proven)

    def renew_keys(self, account: int, proof: OwnerProof) -> int:
        """Give an account whose opening was published new keys. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``KeysNotExposed``, ``InvalidBatch``.
        """
        return self._send("renewKeys", fitting("account", account, 256), new_keys(proof))

    # --- the venue

    def settle(self, batch: Batch) -> int:
        """Settle a batch, as the venue.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a value does not fit its type.
        ChainError
            If the node or a contract reverts: ``NotVenue``, ``TimeOutOfRange``, ``NotARecentSnapshot``, ``WrongState``,
            ``InNotice``, ``NoBond``, ``KeysExposed``, ``Frozen``, ``Paused``, ``NotCalm``, ``NoSuchRequest``,
            ``NotWaiting``, and the errors of IBatches and IBatchVerifier.
        """
        return self._send("settle", batch_arguments(batch))

    def alive(self) -> int:
        """Give a sign of life, as the venue. Returns the gas used."""
        return self._send("alive")

    # --- anybody

    def attest(self, attestation: Attestation) -> int:
        """Submit proofs that accounts meet maintenance margin.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        ChainError
            If the node or a contract reverts: ``NothingNewer``, ``SnapshotTooOld``, ``UnknownSnapshot``,
            ``WrongState``, and the errors of IBatches and IBatchVerifier.
        """
        _, _, root, numbers, _, proven, _ = attestation_arguments(attestation)
        return self._send("attest", root, numbers, proven)

    def call(self, accounts: Sequence[int]) -> int:
        """Call accounts that owe a proof of health. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotTraded``, ``NotOverdue``, ``AlreadyCalled``, ``NoFreshSnapshot``.
        """
        return self._send("call", [fitting("accounts", one, 256) for one in accounts])

    def freeze(self, account: int) -> int:
        """Freeze fills and withdrawals because nobody liquidates an account. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotFreezable``, ``AlreadyFrozen``.
        """
        return self._send("freeze", fitting("account", account, 256))

    def collect_fees(self) -> int:
        """Pay the fees of batches into the venue's first-loss tranche. Returns the gas used."""
        return self._send("collectFees")

    # --- the timelock

    def set_venue_call(self, venue: str) -> bytes:
        """Return the calldata of a change of the venue, for the timelock to schedule."""
        return self._encoded("setVenue", address_of("venue", venue))

    def set_venue_key_call(self, key: spec.TradingKey) -> bytes:
        """Return the calldata of a change of the venue's key for view keys, for the timelock to schedule."""
        return self._encoded("setVenueKey", list(key))

    def set_parameters_call(self, parameters: HouseParameters) -> bytes:
        """Return the calldata of a change of parameters, for the timelock to schedule."""
        return self._encoded("setParameters", parameters.arguments())

    # --- views

    def account(self, account: int) -> HouseAccount:
        """Return the record of an account; all zero if it does not exist."""
        return HouseAccount.of(self._ask("accountOf", fitting("account", account, 256)))

    def accounts(self, numbers: Sequence[int]) -> list[HouseAccount]:
        """Return the records of several accounts, in one call."""
        return [HouseAccount.of(one) for one in self._ask("accountsOf", list(numbers))]

    def count(self) -> int:
        """Return the number of accounts, which is also the number of the newest one."""
        return int(self._ask("accounts"))

    def times(self, account: int) -> Times:
        """Return the times and the bond of an account."""
        return Times(*self._ask("timesOf", fitting("account", account, 256)))

    def waiting(self, account: int, asset: int) -> Waiting:
        """Return the funds of an account that wait to be credited."""
        return Waiting(
            *self._ask("waitingOf", fitting("account", account, 256), fitting("asset", asset, 256))
        )

    def key_request(self, account: int) -> int:
        """Return the requested trading key of an account, as Poseidon of its coordinates; 0 if there is none."""
        return int(self._ask("keyRequestOf", fitting("account", account, 256)))

    def standing(self) -> Standing:
        """Return the state of the market."""
        return Standing(*self._ask("standing"))

    def is_overdue(self, account: int) -> bool:
        """Return whether an account owes a proof of health."""
        return bool(self._ask("isOverdue", fitting("account", account, 256)))

    def is_called(self, account: int) -> bool:
        """Return whether an account has been called and has not answered."""
        return bool(self._ask("isCalled", fitting("account", account, 256)))

    def late_for(self, account: int) -> int:
        """Return the live seconds for which a called account has been late; 0 while it is not."""
        return int(self._ask("lateFor", fitting("account", account, 256)))

    def unpaid_fees(self) -> int:
        """Return the fees that have not been collected, in micro-credits."""
        return int(self._ask("unpaidFees"))

    def cash_factor(self) -> int:
        """Return the worth of a credit of cash, in 1e-18 of the quote token."""
        return int(self._ask("cashFactor"))

    def parameters(self) -> HouseParameters:
        """Return the parameters in force."""
        return HouseParameters(*self._ask("parameters"))

    def requirement_bps(self, draft: Draft) -> int:
        """Return the level that a batch must be proven at, in 1/10 000 of the requirement.

        Parameters
        ----------
        draft : Draft

        Returns
        -------
        int
            Initial margin if the batch has fills that may raise risk, otherwise maintenance margin.
        """
        fills = any(isinstance(done.operation, spec.Match | spec.Quote) for done in draft.operations)
        raises = fills and not draft.setting.reduce_only
        return self.parameters().initial_bps if raises else _MAINTENANCE_BPS

    def context(self, name: str, account: int, receiver: str) -> int:
        """Return the context of an owner's proof.

        Parameters
        ----------
        name : str
            ``open``, ``withdraw`` or ``takeOver``.
        account : int
            The account's number.
        receiver : str
            The receiver of a withdrawal, the new owner of a takeover, otherwise the owner.
        """
        return int(
            self._ask("contextOf", name, fitting("account", account, 256), address_of("receiver", receiver))
        )

    def changes(self, from_block: int, to_block: int) -> list[MarketEvent]:
        """Return the events in a range of blocks, both ends included, in order.

        Raises
        ------
        ChainError
            If the node is out of reach, or refuses so large a range.
        """
        events = (market_event(data) for data in self._logs(from_block, to_block))
        return [event for event in events if event is not None]


def new_keys(proof: OwnerProof) -> tuple[Any, ...]:
    """Return IHouse's struct ``NewKeys`` for a proof of the circuit ``take_over``."""
    public = TakeOverSignals(*proof.public)
    view_key = SealedViewKey(public.sealed, (public.ephemeral_x, public.ephemeral_y))
    return _step(proof, 1), [public.key_x, public.key_y], _sealed(view_key)


def _step(proof: OwnerProof, place: int) -> tuple[Any, ...]:
    """Return IHouse's struct ``Step``: the next commitment, a public signal of the proof, and the proof."""
    return proof.public[place], calldata(proof.proof, ())[:3]


def _sealed(view_key: SealedViewKey) -> tuple[Any, ...]:
    return view_key.sealed, list(view_key.ephemeral)


def _funds(account: int, asset: int, amount: int) -> tuple[int, int, int]:
    return fitting("account", account, 256), fitting("asset", asset, 256), fitting("amount", amount, 64)
