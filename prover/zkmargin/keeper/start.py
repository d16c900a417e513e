"""Starting a keeper from its settings."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from zkmargin.chain.keystore import load_keystore
from zkmargin.errors import InputError
from zkmargin.orders.key_file import VENUE, load_key
from zkmargin.settlement.book import Book
from zkmargin.settlement.deploy.deployment import Deployment
from zkmargin.settlement.market import connect_market
from zkmargin.settlement.snapshots import SnapshotFolder

from .acts import Acts
from .keeper import Keeper
from .metrics import Metrics
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reports import Tell
    from .settings import KeeperSettings

__all__ = ["open_keeper"]


@contextmanager
def open_keeper(
    settings: KeeperSettings, password: str, tell: Tell, *, venue_password: str = ""
) -> Iterator[Keeper]:
    """Yield a keeper that is ready to run, and close its files and its endpoint afterwards.

    Parameters
    ----------
    settings : KeeperSettings
    password : str
        The keystore's password.
    tell : callable
        Receives all reports.
    venue_password : str
        The password of the venue's key, if the settings name one.

    Raises
    ------
    InputError
        If a file is missing or malformed, a password is wrong, the venue's key is not the market's, another keeper is
        using the record, or the endpoint's address cannot be used.
    ChainError
        If the node is out of reach or on another chain, or a contract is missing.
    """
    files = settings.files
    deployment = Deployment.load(files.deployment)
    secret = None
    if files.venue_key is not None:
        venue = load_key(files.venue_key, venue_password, VENUE)
        if venue.key != deployment.venue_key:
            raise InputError("not the key of this market", source=str(files.venue_key))
        secret = venue.secret
    snapshots = SnapshotFolder(files.snapshots)
    market = connect_market(_node(settings), deployment, load_keystore(files.keystore, password))
    metrics = Metrics(settings.interval)
    with ExitStack() as stack:
        store, book = stack.enter_context(Store(files.state)), stack.enter_context(Book(files.book))
        store.require_market(deployment.chain_id, deployment.addresses.house)
        trading_key = settings.roles.bidder.key if settings.roles.bidder is not None else None
        acts = Acts(market, book, files.keys, settings.places, trading_key)
        if settings.metrics is not None:
            # The endpoint's modules are for keepers that have one.
            from .endpoint import serving  # noqa: PLC0415

            stack.enter_context(serving(settings.metrics, metrics))
        yield Keeper(
            settings,
            market,
            acts,
            store=store,
            book=book,
            snapshots=snapshots,
            venue_secret=secret,
            metrics=metrics,
            tell=tell,
        )


def _node(settings: KeeperSettings) -> str:
    if settings.rpc is not None:
        return settings.rpc
    name = settings.rpc_env or ""
    url = os.environ.get(name, "")
    if not url:
        raise InputError(
            f"environment variable {name} is not set", source=settings.source, key="chain.rpc_env"
        )
    return url
