"""Connections to a chain node, and its failures as errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakSet

from zkmargin.errors import ChainError, InputError
from zkmargin.exports import needs_extra

with needs_extra("chain"):
    import requests
    from web3 import HTTPProvider, Web3
    from web3.exceptions import ContractLogicError, Web3Exception
    from web3.middleware import SignAndSendRawMiddlewareBuilder
    from web3.types import RPCEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth_account.signers.local import LocalAccount

__all__ = ["LOCAL_CHAINS", "connect", "connection", "node_errors", "send_without_waiting", "waits"]

LOCAL_CHAINS = (31337, 1337)
"""The ids of local chains, where nothing has value: of anvil and Hardhat, and of geth in development mode."""

_UNAWAITED: WeakSet[Web3] = WeakSet()
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def connect(url: str, *, timeout: float = 30.0, key: LocalAccount | None = None) -> Web3:
    """Connect to a node.

    Parameters
    ----------
    url : str
        The JSON-RPC address, ``http://`` or ``https://``. It may contain an access key, so messages show only
        its host.
    timeout : float
        The limit of one request, in seconds.
    key : LocalAccount, optional
        The key that signs transactions, from `load_keystore`; its address is the connection's account.
        Without a key the node signs, with one of its unlocked accounts.

    Returns
    -------
    Web3
        A connection whose node has answered once.

    Raises
    ------
    InputError
        If the address is not an HTTP address.
    ChainError
        If the node does not answer.
    """
    host = _http_host(url)
    session = requests.Session()
    # A proxy from the environment does not apply to this machine.
    session.trust_env = host not in _LOOPBACK
    provider = HTTPProvider(
        url,
        request_kwargs={"timeout": timeout},
        session=session,
        # web3 asks for the chain's id with each call.
        cache_allowed_requests=True,
        cacheable_requests={RPCEndpoint("eth_chainId")},
    )
    web3 = Web3(provider)
    with node_errors(f"the node at {host}"):
        _ = web3.eth.chain_id
    if key is not None:
        web3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(key), layer=0)
        web3.eth.default_account = key.address
    return web3


def send_without_waiting(web3: Web3) -> None:
    """Let the contract clients of a connection send transactions without waiting for their blocks.

    Their functions then return 0 for the gas used. The caller follows the transactions itself.
    """
    _UNAWAITED.add(web3)


def waits(web3: Web3) -> bool:
    """Return whether the contract clients of a connection wait for the blocks of their transactions."""
    return web3 not in _UNAWAITED


def connection(node: str | Web3) -> Web3:
    """Return `node` if it is a connection, else a new connection to the address."""
    return node if isinstance(node, Web3) else connect(node)


def _http_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts.hostname
    except ValueError:
        pass
    # The cause is dropped: its text may repeat the address.
    raise InputError("a node's address must start with http:// or https:// and name a host")


@contextmanager
def node_errors(what: str) -> Iterator[None]:
    """Turn the failures of a node into `ChainError`.

    Parameters
    ----------
    what : str
        The request to the node; the start of the message.

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
        # The text of this error contains the whole address, so neither text nor trace is passed on.
        raise ChainError(f"{what}: no answer ({type(error).__name__})") from None
