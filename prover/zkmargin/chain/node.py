"""Connections to a chain node, and what its failures become."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError, Web3Exception
from web3.middleware import SignAndSendRawMiddlewareBuilder

from zkmargin.errors import ChainError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth_account.signers.local import LocalAccount

__all__ = ["connect", "connection", "node_errors"]

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def connect(url: str, *, timeout: float = 30.0, key: LocalAccount | None = None) -> Web3:
    """Connect to a node.

    Parameters
    ----------
    url : str
        Its JSON-RPC address, ``http://`` or ``https://``. It may carry an access key, so no message repeats
        more of it than the host.
    timeout : float
        The limit of one request, in seconds.
    key : LocalAccount, optional
        What transactions are signed with before they are sent, from `keystore.load_keystore`; its
        address is then the connection's account. Without one the node signs, for an account that it has
        unlocked.

    Returns
    -------
    Web3
        A connection whose node has answered once.

    Raises
    ------
    InputError
        If the address is not an HTTP one.
    ChainError
        If the node does not answer.
    """
    host = _http_host(url)
    session = requests.Session()
    # A proxy from the environment is for other machines.
    session.trust_env = host not in _LOOPBACK
    web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": timeout}, session=session))
    with node_errors(f"the node at {host}"):
        _ = web3.eth.chain_id
    if key is not None:
        web3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(key), layer=0)
        web3.eth.default_account = key.address
    return web3


def connection(node: str | Web3) -> Web3:
    """Return a connection: a given one, or a new one to an address."""
    return node if isinstance(node, Web3) else connect(node)


def _http_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts.hostname
    except ValueError:
        pass
    # Without the cause, whose text may repeat the address.
    raise InputError("the address of a node starts with http:// or https:// and names a host")


@contextmanager
def node_errors(what: str) -> Iterator[None]:
    """Turn the failures of a node into `ChainError`.

    Parameters
    ----------
    what : str
        What was asked of the node; the start of the message.

    Raises
    ------
    ChainError
        If the block raises an error of web3 or of its HTTP client.
    """
    try:
        yield
    except ContractLogicError as error:
        raise ChainError(f"{what}: reverted: {error.message or 'no reason given'}") from error
    except Web3Exception as error:
        raise ChainError(f"{what}: {error}") from error
    except requests.RequestException as error:
        # The text of this error holds the whole address, so neither it nor its trace goes on.
        raise ChainError(f"{what}: no answer ({type(error).__name__})") from None
