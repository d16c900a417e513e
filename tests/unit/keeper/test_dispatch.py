"""How transactions are sent: several at once, each recorded before, none waited for, and stuck ones replaced."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
from eth_account import Account as EthAccount
from eth_account.typed_transactions import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes
from web3 import Web3
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.providers import BaseProvider

from zkmargin import ChainError
from zkmargin.chain.node import waits
from zkmargin.contracts.house_events import AccountTaken, MarketEnded
from zkmargin.keeper.dispatch import Dispatch
from zkmargin.keeper.sent import Outcome
from zkmargin.keeper.settings import Fees
from zkmargin.keeper.store import Store
from zkmargin.keeper.world import Action, Offer, Purpose

GWEI = 10**9
KEY = EthAccount.from_key(keccak(b"keeper"))
TO = "0x" + "11" * 20
CALL, ATTEST = Action(Purpose.CALL, (1, 2)), Action(Purpose.ATTEST, (3,))
BID = Action(Purpose.BID, (4,), Offer(50, 50, 7))


@dataclass
class Node(BaseProvider):
    """A node that keeps transactions until `mine`, and can lose them."""

    time: int = 1000
    base: int = 10 * GWEI
    pool: dict = field(default_factory=dict)
    mined: dict = field(default_factory=dict)
    count: int = 0
    asked: list = field(default_factory=list)
    fails: bool = False
    estimate: int = 40_000

    def __post_init__(self):
        super().__init__()

    def make_request(self, method, params):
        self.asked.append(method)
        return {"jsonrpc": "2.0", "id": 1, "result": getattr(self, method)(*params)}

    def eth_chainId(self):  # noqa: N802
        return "0x1"

    def eth_getBlockByNumber(self, *_):  # noqa: N802
        return {"number": hex(self.count), "timestamp": hex(self.time), "baseFeePerGas": hex(self.base)}

    def eth_getTransactionCount(self, *_):  # noqa: N802
        return hex(self.count)

    def eth_maxPriorityFeePerGas(self):  # noqa: N802
        return hex(GWEI)

    def eth_estimateGas(self, *_):  # noqa: N802
        return hex(self.estimate)

    def eth_sendRawTransaction(self, raw):  # noqa: N802
        if self.fails:
            raise ConnectionError
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        name = Web3.to_hex(keccak(bytes.fromhex(raw[2:])))
        # One of a nonce: the dearer one.
        self.pool = {one: value for one, value in self.pool.items() if value["nonce"] != fields["nonce"]}
        self.pool[name] = fields
        return name

    def eth_getTransactionReceipt(self, name):  # noqa: N802
        if name not in self.mined:
            return None
        block, status = self.mined[name]
        return {"blockNumber": hex(block), "status": hex(status), "logs": []}

    def eth_getTransactionByHash(self, name):  # noqa: N802
        return {"hash": name} if name in self.pool else None

    def mine(self, *nonces, status=1):
        for name, value in list(self.pool.items()):
            if value["nonce"] in nonces:
                self.mined[name] = 100 + value["nonce"], status
                del self.pool[name]
        self.count = max(nonces) + 1

    @property
    def nonces(self):
        return sorted(value["nonce"] for value in self.pool.values())


@pytest.fixture
def node():
    return Node()


@pytest.fixture
def web3(node):
    web3 = Web3(node)
    web3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(KEY), layer=0)
    web3.eth.default_account = KEY.address
    return web3


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "keeper.db") as found:
        yield found


@pytest.fixture
def house():
    return SimpleNamespace(events_of=lambda _: [])


@pytest.fixture
def dispatch(web3, store, house):
    return Dispatch(web3, store, Fees(50 * GWEI, 300), house)


def send(web3, dispatch, action=CALL, gas=1_000_000):
    with dispatch.sending(action):
        return web3.eth.send_transaction({"from": KEY.address, "to": TO, "data": "0x", "gas": gas})


def test_several_transactions_are_sent_without_waiting_by_ascending_nonces(node, web3, store, dispatch):
    for action in (CALL, ATTEST, BID):
        send(web3, dispatch, action)
    assert node.nonces == [0, 1, 2]
    assert [(one.purpose, one.accounts, one.cost) for one in store.pending()] == [
        (Purpose.CALL, (1, 2), 0),
        (Purpose.ATTEST, (3,), 0),
        (Purpose.BID, (4,), 50),
    ]
    assert not waits(web3)
    assert "eth_getTransactionReceipt" not in node.asked


def test_a_transaction_is_recorded_before_it_is_sent(node, web3, store, dispatch):
    node.fails = True
    with pytest.raises(ConnectionError):
        send(web3, dispatch)
    assert [one.purpose for one in store.pending()] == [Purpose.CALL]


def test_the_gas_limit_is_near_the_need_so_that_blocks_have_room_for_several(node, web3, dispatch):
    send(web3, dispatch)
    send(web3, dispatch, gas=50_000)
    assert sorted(one["gas"] for one in node.pool.values()) == [50_000, 60_000]


def test_a_stuck_transaction_gives_its_nonce_to_a_dearer_one(node, web3, store, dispatch):
    send(web3, dispatch, CALL)
    send(web3, dispatch, ATTEST)
    node.time += 299
    send(web3, dispatch, BID)
    assert node.nonces == [0, 1, 2]
    node.time += 1
    before = {value["nonce"]: value for value in node.pool.values()}
    send(web3, dispatch, ATTEST)
    send(web3, dispatch, CALL)
    # The third one has not waited for long.
    send(web3, dispatch, CALL)
    assert node.nonces == [0, 1, 2, 3]
    after = {value["nonce"]: value for value in node.pool.values()}
    for nonce in (0, 1):
        for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
            assert after[nonce][fee] * 8 >= before[nonce][fee] * 9
    assert after[2] == before[2]
    node.mine(0, 1, 2, 3)
    outcomes = [(one.nonce, one.outcome) for one in dispatch.settle(0)]
    dropped, done = Outcome.DROPPED, Outcome.DONE
    assert outcomes == [(0, dropped), (0, done), (1, dropped), (1, done), (2, done), (3, done)]
    assert store.pending() == []


def test_the_nonce_of_a_lost_transaction_is_taken_first(node, web3, store, dispatch):
    for action in (CALL, ATTEST, BID):
        send(web3, dispatch, action)
    lost = next(name for name, value in node.pool.items() if value["nonce"] == 1)
    del node.pool[lost]
    assert [(one.purpose, one.outcome) for one in dispatch.settle(0)] == [(Purpose.ATTEST, Outcome.DROPPED)]
    send(web3, dispatch, CALL)
    assert node.nonces == [0, 1, 2]
    assert len(store.pending()) == 3


def test_a_reorganisation_makes_a_transaction_pending_again(node, web3, store, dispatch):
    send(web3, dispatch)
    pool = dict(node.pool)
    node.mine(0)
    assert [one.outcome for one in dispatch.settle(90)] == [Outcome.DONE]
    assert dispatch.settle(90) == []
    node.mined, node.pool, node.count = {}, pool, 0
    assert [one.outcome for one in dispatch.settle(90)] == [None]
    assert len(store.pending()) == 1
    # A final block is not looked at again.
    node.mine(0)
    dispatch.settle(90)
    node.mined = {}
    assert dispatch.settle(100) == []


@pytest.mark.parametrize("outcome", [(1, 30, 30), (1, -30, 0), (0, 30, 0)])
def test_a_bid_costs_its_price(node, web3, store, dispatch, house, outcome):  # noqa: PLR0917
    status, price, spent = outcome
    send(web3, dispatch, BID)
    assert store.spent_since(0) == 50
    house.events_of = lambda _: [AccountTaken(4, TO, KEY.address, price, 1, None), MarketEnded(None)]
    node.mine(0, status=status)
    (sent,) = dispatch.settle(0)
    assert sent.outcome is (Outcome.DONE if status else Outcome.FAILED)
    assert store.spent_since(0) == spent


def test_fees_beyond_the_settings_are_not_paid(node, web3, store, dispatch):
    node.base = 49 * GWEI
    send(web3, dispatch)
    assert next(iter(node.pool.values()))["maxFeePerGas"] == 50 * GWEI
    node.base = 50 * GWEI
    with pytest.raises(ChainError, match="fees are above max_fee_gwei; nothing was sent"):
        send(web3, dispatch)
    assert len(store.pending()) == 1


def test_nothing_is_sent_that_belongs_to_no_action(node, web3, dispatch):
    with pytest.raises(ChainError, match="the transaction belongs to no action"):
        web3.eth.send_transaction({"from": KEY.address, "to": TO, "data": "0x", "gas": 1})
    assert node.pool == {}
