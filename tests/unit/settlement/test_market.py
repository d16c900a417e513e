"""A market's approvals: what a lying node says about the vault approves nothing else than the user named."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from support.formats import FORMATS
from zkmargin import InputError
from zkmargin.settlement import market as module
from zkmargin.settlement.market import Market

(DEPLOYMENT,) = FORMATS["deployment"]
ETH = DEPLOYMENT.assets[0]
VAULT = DEPLOYMENT.addresses.vault


@pytest.fixture
def approved(monkeypatch):
    """Stand for tokens, and return the approvals."""
    done = []

    class FakeToken:
        def __init__(self, _web3, address):
            self.address = address

        def allowance(self, _owner, _spender):
            return 3

        def approve(self, spender, value):
            done.append((self.address, spender, value))

    monkeypatch.setattr(module, "Token", FakeToken)
    return done


def market_of(token):
    market = Market(SimpleNamespace(eth=SimpleNamespace(default_account="0x" + "22" * 20)), DEPLOYMENT)
    listed = SimpleNamespace(token=token, scale=10**12)
    market.__dict__["vault"] = SimpleNamespace(address=VAULT, asset=lambda _slot: listed)
    return market


def test_the_vault_is_approved_for_the_amount(approved):
    market_of(ETH.token).allow({ETH.slot: 7})
    assert approved == [(ETH.token, VAULT, 0), (ETH.token, VAULT, 7 * 10**12)]


def test_attack_a_node_that_names_another_token_of_the_vault(approved):
    with pytest.raises(InputError, match="the vault has another token than the deployment"):
        market_of("0x" + "33" * 20).allow({ETH.slot: 7})
    assert approved == []
