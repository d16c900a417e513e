"""The integer reference of the margin statement, against which circuits and library are tested.

It uses no floats, no input or output, and imports nothing from the rest of the package but `zkmargin.exports`, which
loads its names on first use. ``docs/statement.md`` states the same in words, with the same step numbers:

1. open the account: `account`;
2. authenticate rows, lanes and snapshot: `table`, `tree`, `snapshot`;
3. sum each lane: `lane_risk`;
4. the requirement: `requirement`;
5. the equity: `equity`;
6. health: `Margin.surplus`;
7. limits on the Greeks, in circuits with limits: `within_limits`;
8. bind the context: `circuit_inputs`.

Disclosures for auctions are in `disclosure`, and the list of elements that they publish in `opening`.

The health of many accounts in one proof is in `health`, and its circuits' lookup of rows in `lookup`. The sums over all
accounts of a venue, in a proof of solvency, are in `solvency`.

Signed orders and quote sheets, and the rules of their fills, are in `orders`, their signatures in `eddsa`.
Fills, expiries, credits and new keys are in `operations`, what an account learns of them in `changes`, and what a proof
of a list of them shows in `batch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

# Functions with the names of their modules, which would hide them.
from .digest import digest, horner
from .margin import LaneRisk, Margin, equity, lane_risk, margin, requirement
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
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
        Touched,
        TradeBatch,
        TradeSignals,
        UpkeepBatch,
        UpkeepSignals,
        factor,
        is_consistent,
        request,
        state_signals,
        trade_batch,
        trade_proof,
        upkeep_batch,
        upkeep_proof,
    )
    from .changes import (
        CASH,
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
    from .claim import ClaimInputs, ClaimSignals, claim_inputs
    from .constants import FIELD
    from .disclosure import Disclosed, DisclosureInputs, DisclosureSignals, disclosure_inputs
    from .eddsa import Signature, check_key, check_signature, shared_point, sign, trading_key
    from .health import (
        BLANK,
        BLANK_COMMITMENT,
        HealthInputs,
        HealthShape,
        HealthSignals,
        check_account_health,
        check_health,
        filled_up,
        health_signals,
    )
    from .lanes import Plan, Shape, one_lane_each, plan
    from .layout import LAYOUTS, STANDARD, WIDE, Layout, find_layout, smallest_layout
    from .limits import NO_LIMIT, Limits, within_limits
    from .lookup import Rows, choose_rows, health_inputs
    from .opening import account_of, opening_elements
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
    from .rounding import haircut_price_down, round_row
    from .snapshot import Snapshot, snapshot_root
    from .solvency import (
        NO_SUMS,
        SolvencyInputs,
        SolvencySignals,
        Sums,
        account_sums,
        first_level,
        lots_value,
        solvency_inputs,
        sums_hash,
        sums_signals,
        upper_levels,
    )
    from .table import Row, Table, build_table, leaf, pack, unpack
    from .tree import Tree, build_tree, is_path
    from .witness import CircuitInputs, PublicSignals, circuit_inputs
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        account=(
            "EMPTY NO_AMOUNTS NO_KEY NO_ORDERS Account OrderFill Position TradingKey chunks "
            "commitment orders_hash"
        ),
        batch=(
            "ACCOUNT_POWER BatchInputs Request Touched TradeBatch TradeSignals UpkeepBatch "
            "UpkeepSignals factor is_consistent request state_signals trade_batch trade_proof "
            "upkeep_batch upkeep_proof"
        ),
        changes=(
            "CASH Change Credited Expired Filled Rekeyed advance follow pack_change pad seal "
            "settled_mark unpack_change unseal"
        ),
        checks="SpecError",
        claim="ClaimInputs ClaimSignals claim_inputs",
        constants="FIELD",
        disclosure="Disclosed DisclosureInputs DisclosureSignals disclosure_inputs",
        eddsa="Signature check_key check_signature shared_point sign trading_key",
        health=(
            "BLANK BLANK_COMMITMENT HealthInputs HealthShape HealthSignals check_account_health "
            "check_health filled_up health_signals"
        ),
        lanes="Plan Shape one_lane_each plan",
        layout="LAYOUTS STANDARD WIDE Layout find_layout smallest_layout",
        limits="NO_LIMIT Limits within_limits",
        lookup="Rows choose_rows health_inputs",
        opening="account_of opening_elements",
        operations=(
            "Credit Expire Match OrderSide Quote Rekey Setting SheetSide Step Trade Upkeep "
            "find_slot trade upkeep"
        ),
        orders=(
            "Entry Fill Holder Order Sheet Side check_entry fill_order fill_sheet order_message "
            "pack_entry pack_order pack_sheet sheet_message sheet_tree unpack_entry unpack_order "
            "unpack_sheet"
        ),
        rounding="haircut_price_down round_row",
        snapshot="Snapshot snapshot_root",
        solvency=(
            "NO_SUMS SolvencyInputs SolvencySignals Sums account_sums first_level lots_value "
            "solvency_inputs sums_hash sums_signals upper_levels"
        ),
        table="Row Table build_table leaf pack unpack",
        tree="Tree build_tree is_path",
        witness="CircuitInputs PublicSignals circuit_inputs",
    )

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
    "NO_SUMS",
    "STANDARD",
    "WIDE",
    "Account",
    "BatchInputs",
    "Change",
    "CircuitInputs",
    "ClaimInputs",
    "ClaimSignals",
    "Credit",
    "Credited",
    "Disclosed",
    "DisclosureInputs",
    "DisclosureSignals",
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
    "SolvencyInputs",
    "SolvencySignals",
    "SpecError",
    "Step",
    "Sums",
    "Table",
    "Touched",
    "Trade",
    "TradeBatch",
    "TradeSignals",
    "TradingKey",
    "Tree",
    "Upkeep",
    "UpkeepBatch",
    "UpkeepSignals",
    "account_of",
    "account_sums",
    "advance",
    "build_table",
    "build_tree",
    "check_account_health",
    "check_entry",
    "check_health",
    "check_key",
    "check_signature",
    "choose_rows",
    "chunks",
    "circuit_inputs",
    "claim_inputs",
    "commitment",
    "digest",
    "disclosure_inputs",
    "equity",
    "factor",
    "fill_order",
    "fill_sheet",
    "filled_up",
    "find_layout",
    "find_slot",
    "first_level",
    "follow",
    "haircut_price_down",
    "health_inputs",
    "health_signals",
    "horner",
    "is_consistent",
    "is_path",
    "lane_risk",
    "leaf",
    "lots_value",
    "margin",
    "one_lane_each",
    "opening_elements",
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
    "solvency_inputs",
    "state_signals",
    "sums_hash",
    "sums_signals",
    "trade",
    "trade_batch",
    "trade_proof",
    "trading_key",
    "unpack",
    "unpack_change",
    "unpack_entry",
    "unpack_order",
    "unpack_sheet",
    "unseal",
    "upkeep",
    "upkeep_batch",
    "upkeep_proof",
    "upper_levels",
    "within_limits",
]
