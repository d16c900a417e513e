"""The integer reference of the margin statement, against which circuits and library are tested.

It uses no floats, no input or output, and imports nothing from the rest of the package. ``docs/statement.md``
states the same in words, with the same step numbers:

1. open the account: `account`;
2. authenticate rows, lanes and snapshot: `table`, `tree`, `snapshot`;
3. sum each lane: `lane_risk`;
4. the requirement: `requirement`;
5. the equity: `equity`;
6. health: `Margin.surplus`;
7. limits on the Greeks, in circuits with limits: `within_limits`;
8. bind the context: `circuit_inputs`.

The health of many accounts in one proof is in `health`, and its circuits' lookup of rows in `lookup`.

Signed orders and quote sheets, and the rules of their fills, are in `orders`, their signatures in `eddsa`.
Fills, expiries, credits and new keys are in `operations`, what an account learns of them in `changes`, and what a proof
of a list of them shows in `batch`.
"""

from __future__ import annotations

from .account import (
    EMPTY,
    NO_AMOUNTS,
    NO_KEY,
    NO_ORDERS,
    Account,
    OrderFill,
    Position,
    TradingKey,
    chunks,
    commitment,
    orders_hash,
)
from .batch import (
    ACCOUNT_POWER,
    BatchInputs,
    Request,
    TradeBatch,
    TradeSignals,
    UpkeepBatch,
    UpkeepSignals,
    factor,
    request,
    state_signals,
    trade_batch,
    trade_proof,
    upkeep_batch,
    upkeep_proof,
)
from .changes import (
    Change,
    Credited,
    Expired,
    Filled,
    Rekeyed,
    advance,
    follow,
    pack_change,
    pad,
    seal,
    settled_mark,
    unpack_change,
    unseal,
)
from .checks import SpecError
from .constants import FIELD
from .digest import digest, horner
from .eddsa import Signature, check_key, check_signature, shared_point, sign, trading_key
from .health import (
    BLANK,
    BLANK_COMMITMENT,
    HealthInputs,
    HealthShape,
    HealthSignals,
    check_account_health,
    check_health,
    health_signals,
)
from .lanes import Plan, Shape, one_lane_each, plan
from .layout import LAYOUTS, STANDARD, WIDE, Layout, find_layout, smallest_layout
from .limits import NO_LIMIT, Limits, within_limits
from .lookup import Rows, choose_rows, health_inputs
from .margin import LaneRisk, Margin, equity, lane_risk, margin, requirement
from .operations import (
    Credit,
    Expire,
    Match,
    OrderSide,
    Quote,
    Rekey,
    Setting,
    SheetSide,
    Step,
    Trade,
    Upkeep,
    find_slot,
    trade,
    upkeep,
)
from .orders import (
    Entry,
    Fill,
    Holder,
    Order,
    Sheet,
    Side,
    check_entry,
    fill_order,
    fill_sheet,
    order_message,
    pack_entry,
    pack_order,
    pack_sheet,
    sheet_message,
    sheet_tree,
    unpack_entry,
    unpack_order,
    unpack_sheet,
)
from .poseidon import Hasher, poseidon
from .rounding import haircut_price_down, round_row
from .snapshot import Snapshot, snapshot_root
from .table import Row, Table, build_table, leaf, pack, unpack
from .transition import (
    CASH,
    TRADE,
    TransitionInputs,
    TransitionSignals,
    actors,
    change,
    old_commitment,
    transition_inputs,
)
from .tree import Tree, build_tree, is_path
from .witness import CircuitInputs, Disclosed, PublicSignals, all_signals, circuit_inputs

__all__ = [
    "ACCOUNT_POWER",
    "BLANK",
    "BLANK_COMMITMENT",
    "CASH",
    "EMPTY",
    "FIELD",
    "LAYOUTS",
    "NO_AMOUNTS",
    "NO_KEY",
    "NO_LIMIT",
    "NO_ORDERS",
    "STANDARD",
    "TRADE",
    "WIDE",
    "Account",
    "BatchInputs",
    "Change",
    "CircuitInputs",
    "Credit",
    "Credited",
    "Disclosed",
    "Entry",
    "Expire",
    "Expired",
    "Fill",
    "Filled",
    "Hasher",
    "HealthInputs",
    "HealthShape",
    "HealthSignals",
    "Holder",
    "LaneRisk",
    "Layout",
    "Limits",
    "Margin",
    "Match",
    "Order",
    "OrderFill",
    "OrderSide",
    "Plan",
    "Position",
    "PublicSignals",
    "Quote",
    "Rekey",
    "Rekeyed",
    "Request",
    "Row",
    "Rows",
    "Setting",
    "Shape",
    "Sheet",
    "SheetSide",
    "Side",
    "Signature",
    "Snapshot",
    "SpecError",
    "Step",
    "Table",
    "Trade",
    "TradeBatch",
    "TradeSignals",
    "TradingKey",
    "TransitionInputs",
    "TransitionSignals",
    "Tree",
    "Upkeep",
    "UpkeepBatch",
    "UpkeepSignals",
    "actors",
    "advance",
    "all_signals",
    "build_table",
    "build_tree",
    "change",
    "check_account_health",
    "check_entry",
    "check_health",
    "check_key",
    "check_signature",
    "choose_rows",
    "chunks",
    "circuit_inputs",
    "commitment",
    "digest",
    "equity",
    "factor",
    "fill_order",
    "fill_sheet",
    "find_layout",
    "find_slot",
    "follow",
    "haircut_price_down",
    "health_inputs",
    "health_signals",
    "horner",
    "is_path",
    "lane_risk",
    "leaf",
    "margin",
    "old_commitment",
    "one_lane_each",
    "order_message",
    "orders_hash",
    "pack",
    "pack_change",
    "pack_entry",
    "pack_order",
    "pack_sheet",
    "pad",
    "plan",
    "poseidon",
    "request",
    "requirement",
    "round_row",
    "seal",
    "settled_mark",
    "shared_point",
    "sheet_message",
    "sheet_tree",
    "sign",
    "smallest_layout",
    "snapshot_root",
    "state_signals",
    "trade",
    "trade_batch",
    "trade_proof",
    "trading_key",
    "transition_inputs",
    "unpack",
    "unpack_change",
    "unpack_entry",
    "unpack_order",
    "unpack_sheet",
    "unseal",
    "upkeep",
    "upkeep_batch",
    "upkeep_proof",
    "within_limits",
]
