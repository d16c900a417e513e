"""Markets to deploy in tests of ``zkmargin deploy``: settings with tokens on a chain, and a deployer's keystore."""

from __future__ import annotations

import json

from eth_account import Account as EthAccount

from support.local_market import CIRCUITS, settings_text
from zkmargin.contracts.token import DemoToken

PASSWORD = "correct horse"  # noqa: S105  # of a key that is made here
DEPLOYER = EthAccount.create()


def write_market(folder, web3, circuits=CIRCUITS):
    """Deploy tokens, and write settings, the deployer's keystore and its password into a folder."""
    usd, eth = DemoToken.deploy(web3, "USD", 6), DemoToken.deploy(web3, "ETH", 18)
    text = settings_text(web3.eth.accounts, usd.address, eth.address, circuits)
    (folder / "market.toml").write_text(text)
    # A keystore of the smallest work: scrypt is not tested here.
    document = DEPLOYER.encrypt(PASSWORD, kdf="pbkdf2", iterations=1)
    for name, content in (("key.json", json.dumps(document)), ("password", PASSWORD + "\n")):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(content)
    return folder


def fund(web3, address, wei):
    web3.provider.make_request("anvil_setBalance", [address, hex(wei)])


def failures(checked):
    return [one for one in checked.findings if not one.holds]


def creations(web3, deployer):
    """Return the contracts that an account has created, by the transactions of all blocks."""
    blocks = (web3.eth.get_block(one, True) for one in range(web3.eth.block_number + 1))
    sent = [one for block in blocks for one in block["transactions"] if one["from"] == deployer]
    receipts = [web3.eth.get_transaction_receipt(one["hash"]) for one in sent if one.get("to") is None]
    return [one["contractAddress"] for one in receipts]
