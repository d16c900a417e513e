"""The table of venues' formats: which column or member of an answer holds which of our fields, and in which unit.

Each entry names where the venue documents it. A new format is a new entry; the reader (`answers`) is the same for all.
Names that were read from a client's code, because the venue's page was not at hand, say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .names import BINANCE, BINANCE_FUTURES, BYBIT, BYBIT_FUTURES, CCXT, DERIBIT, OKX

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Mapping

__all__ = ["FORMATS", "PLAIN", "SOURCES", "Columns", "find_columns"]

_FRACTION, _PERCENT = Decimal(1), Decimal("0.01")
_MILLI, _MICRO = 10**3, 10**6


@dataclass(frozen=True, slots=True)
class Columns:
    """How one kind of answer writes our fields.

    Attributes
    ----------
    source : str
        The venue or collector, as ``zkmargin data import`` names it.
    answer : str
        The venue's name of the answer.
    documented : str
        Where names and units were read.
    names : pattern or None
        The form of instrument names (`names`); None if a row is about an underlying.
    fields : mapping of str to tuple of str
        Our field to their names; the first one that a row has is read. Ours are ``name``, ``quote`` (the currency of
        prices), ``mark``, ``bid``, ``ask``, ``volatility``, ``forward``, ``index``, ``time`` and ``delivery`` (0 for
        none). Prices of options that are settled in the coin are in the coin.
    needs : tuple of str
        The names by which a row is recognised.
    where : mapping of str to str
        Values by which a row is recognised.
    volatility : Decimal
        The unit of volatilities: 1 for fractions, 0.01 for percent.
    ticks : int
        Units of time in a second, for times that are numbers. Times may be ISO 8601 too.
    envelope : str
        The member beside the rows that has the time of all of them; empty for none.
    is_stream : bool
        Whether an instrument has many rows, of which the newest one counts.
    refused : str
        Why rows of this kind cannot be used; empty if they can.
    """

    source: str
    answer: str
    documented: str
    names: re.Pattern[str] | None
    fields: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]
    where: Mapping[str, str] = field(default_factory=dict)
    volatility: Decimal = _FRACTION
    ticks: int = _MILLI
    envelope: str = ""
    is_stream: bool = False
    refused: str = ""

    def matches(self, row: Mapping[str, Any]) -> bool:
        """Return whether a row is of this kind."""
        return all(name in row for name in self.needs) and all(
            row.get(name) == value for name, value in self.where.items()
        )


PLAIN = ("underlying", "index_price", "kind", "name", "lot", "quote", "mark")
"""The required columns of our own plain CSV (docs/formats/venue-csv.md)."""

_TARDIS = {
    "name": ("symbol",),
    "mark": ("mark_price",),
    "bid": ("bid_price",),
    "ask": ("ask_price",),
    "volatility": ("mark_iv",),
    "forward": ("underlying_price",),
    "time": ("timestamp",),
}
_TARDIS_NEEDS = ("exchange", "symbol", "local_timestamp", "mark_price")
# Columns and microseconds: docs.tardis.dev/downloadable-csv-files, options_chain. Units of volatilities are those of
# the exchange, and underlying_price is what tardis-dev/tardis-node, src/mappers, takes from each exchange's feed:
# deribit.ts and bybit.ts the price of the underlying future, okex.ts and binanceeuropeanoptions.ts the index price.
_TARDIS_PAGE = "docs.tardis.dev/downloadable-csv-files, options_chain"
_SPOT = "its underlying_price is the index price, not the forward; import the venue's own answers"

FORMATS: tuple[Columns, ...] = (
    Columns(
        source="deribit",
        answer="Deribit's public/get_book_summary_by_currency or public/ticker",
        documented="docs.deribit.com/api-reference/market-data: public-get_book_summary_by_currency, public-ticker",
        names=DERIBIT,
        fields={
            "name": ("instrument_name",),
            "quote": ("quote_currency",),
            "mark": ("mark_price",),
            "bid": ("bid_price", "best_bid_price"),
            "ask": ("ask_price", "best_ask_price"),
            "volatility": ("mark_iv",),
            "forward": ("underlying_price",),
            # A ticker has both; in the half hour before an expiry the estimate is an average.
            "index": ("index_price", "estimated_delivery_price"),
            "time": ("creation_timestamp", "timestamp"),
        },
        needs=("instrument_name",),
        volatility=_PERCENT,
    ),
    Columns(
        source="bybit",
        answer="Bybit's /v5/market/tickers of options",
        documented="bybit-exchange.github.io/docs/v5/market/tickers, category=option",
        names=BYBIT,
        fields={
            "name": ("symbol",),
            "mark": ("markPrice",),
            "bid": ("bid1Price",),
            "ask": ("ask1Price",),
            "volatility": ("markIv",),
            "forward": ("underlyingPrice",),
            "index": ("indexPrice",),
        },
        needs=("symbol", "markPrice", "markIv", "underlyingPrice"),
        envelope="time",
    ),
    Columns(
        source="bybit",
        answer="Bybit's /v5/market/tickers of perpetuals and futures",
        documented="bybit-exchange.github.io/docs/v5/market/tickers, category=linear and inverse",
        names=BYBIT_FUTURES,
        fields={
            "name": ("symbol",),
            "mark": ("markPrice",),
            "bid": ("bid1Price",),
            "ask": ("ask1Price",),
            "index": ("indexPrice",),
            "delivery": ("deliveryTime",),
        },
        needs=("symbol", "markPrice", "indexPrice", "nextFundingTime"),
        envelope="time",
    ),
    Columns(
        source="okx",
        answer="OKX's /api/v5/public/opt-summary",
        documented="www.okx.com/docs-v5/en, Public data: Get option market data",
        names=OKX,
        fields={
            "name": ("instId",),
            "volatility": ("markVol",),
            "forward": ("fwdPx",),
            "time": ("ts",),
        },
        needs=("instId", "markVol", "fwdPx"),
    ),
    Columns(
        source="okx",
        # Of options, swaps and futures.
        answer="OKX's /api/v5/public/mark-price",
        documented="www.okx.com/docs-v5/en, Public data: Get mark price; in the coin by ccxt 4.5.90, okx.py",
        names=OKX,
        fields={"name": ("instId",), "mark": ("markPx",), "time": ("ts",)},
        needs=("instId", "markPx"),
    ),
    Columns(
        source="okx",
        answer="OKX's /api/v5/market/tickers",
        documented="www.okx.com/docs-v5/en, Market data: Get tickers",
        names=OKX,
        fields={"name": ("instId",), "bid": ("bidPx",), "ask": ("askPx",), "time": ("ts",)},
        needs=("instId", "bidPx", "askPx"),
    ),
    Columns(
        source="okx",
        answer="OKX's /api/v5/market/index-tickers",
        documented="www.okx.com/docs-v5/en, Market data: Get index tickers",
        names=None,
        fields={"name": ("instId",), "index": ("idxPx",), "time": ("ts",)},
        needs=("instId", "idxPx"),
    ),
    Columns(
        source="binance",
        answer="Binance's /eapi/v1/mark",
        documented="developers.binance.com/docs/derivatives/option/market-data/Option-Mark-Price",
        names=BINANCE,
        fields={"name": ("symbol",), "mark": ("markPrice",), "volatility": ("markIV",)},
        needs=("symbol", "markPrice", "markIV"),
    ),
    Columns(
        source="binance",
        answer="Binance's /eapi/v1/ticker",
        # exercisePrice is the index price, and within the last hour the estimated settlement price.
        documented="developers.binance.com/docs/derivatives/option/market-data, 24hr Ticker Price Change Statistics",
        names=BINANCE,
        fields={"name": ("symbol",), "bid": ("bidPrice",), "ask": ("askPrice",), "index": ("exercisePrice",)},
        needs=("symbol", "exercisePrice", "bidPrice"),
    ),
    Columns(
        source="binance",
        answer="Binance's /fapi/v1/premiumIndex",
        documented="developers.binance.com/docs/derivatives/usds-margined-futures, Mark Price; ccxt 4.5.90, binance.py",
        names=BINANCE_FUTURES,
        fields={"name": ("symbol",), "mark": ("markPrice",), "index": ("indexPrice",), "time": ("time",)},
        needs=("symbol", "markPrice", "indexPrice", "lastFundingRate"),
    ),
    Columns(
        source="binance",
        answer="Binance's /fapi/v1/ticker/bookTicker",
        documented="developers.binance.com/docs/derivatives/usds-margined-futures, Symbol Order Book Ticker",
        names=BINANCE_FUTURES,
        # Its time is that of the last change of the book, so that of a quiet one is old.
        fields={"name": ("symbol",), "bid": ("bidPrice",), "ask": ("askPrice",)},
        # Spot's answer of this name has no time.
        needs=("symbol", "bidPrice", "askPrice", "bidQty", "time"),
    ),
    Columns(
        source="ccxt",
        answer="CCXT's fetch_option_chain",
        documented="docs.ccxt.com, Option chain structure; impliedVolatility is a fraction: ccxt 4.5.90, bybit.py",
        names=CCXT,
        fields={
            "name": ("symbol",),
            "mark": ("markPrice",),
            "bid": ("bidPrice",),
            "ask": ("askPrice",),
            "volatility": ("impliedVolatility",),
            "forward": ("underlyingPrice",),
            "time": ("timestamp",),
        },
        needs=("symbol", "info", "impliedVolatility"),
    ),
    Columns(
        source="tardis",
        answer="Tardis's options_chain of deribit",
        documented=_TARDIS_PAGE,
        names=DERIBIT,
        fields=_TARDIS,
        needs=_TARDIS_NEEDS,
        where={"exchange": "deribit"},
        volatility=_PERCENT,
        ticks=_MICRO,
        is_stream=True,
    ),
    Columns(
        source="tardis",
        answer="Tardis's options_chain of bybit-options",
        documented=_TARDIS_PAGE,
        names=BYBIT,
        fields=_TARDIS,
        needs=_TARDIS_NEEDS,
        where={"exchange": "bybit-options"},
        ticks=_MICRO,
        is_stream=True,
    ),
    *(
        Columns(
            source="tardis",
            answer=f"Tardis's options_chain of {exchange}",
            documented=_TARDIS_PAGE,
            names=names,
            fields=_TARDIS,
            needs=_TARDIS_NEEDS,
            where={"exchange": exchange},
            ticks=_MICRO,
            is_stream=True,
            refused=_SPOT,
        )
        for exchange, names in (("okex-options", OKX), ("binance-european-options", BINANCE))
    ),
)
"""All formats, the more specific ones of a source first."""

SOURCES = tuple(dict.fromkeys(one.source for one in FORMATS))
"""The sources of the table."""


def find_columns(row: Mapping[str, Any], sources: Collection[str] = SOURCES) -> Columns | None:
    """Return the format of a row, among those of some sources; None if it is of none."""
    return next((one for one in FORMATS if one.source in sources and one.matches(row)), None)
