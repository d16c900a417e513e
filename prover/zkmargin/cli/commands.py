"""The list of commands at the top."""

from __future__ import annotations

from .lazy import Entry

__all__ = ["COMMANDS"]

_PANELS = {
    "Get started": (
        (
            "init",
            "init:init",
            "Start a folder: a list of secret files for git, and an example with quotes in Deribit's format and an "
            "account.",
        ),
        ("doctor", "doctor:doctor", "Show which programs and packages are installed, and which are missing."),
        ("config", "config:config", "Show where circuits, keys and programs are."),
        ("toolchain", "toolchain:toolchain_app", "Install the programs that compile circuits and contracts."),
    ),
    "Data, models and snapshots": (
        ("data", "data:data_app", "Import, fetch and change venue data: a venue's instruments and quotes."),
        ("model", "model:model_app", "List, show and adjust margin models."),
        ("collateral", "collateral:collateral_app", "Adjust the haircuts of collateral."),
        (
            "backtest",
            "backtest:backtest",
            "Test margin models on daily prices, or on the positions of an account.",
        ),
        ("snapshot", "snapshots:snapshot_app", "Build, verify, sign, publish and compare snapshots."),
    ),
    "Accounts and proofs": (
        (
            "account",
            "accounts:account_app",
            "Create, show and upgrade accounts, and compute their commitments.",
        ),
        ("order", "orders:order_app", "Create trading keys, and sign and verify orders and quote sheets."),
        ("margin", "margin:margin", "Show the margin report of an account. Private."),
        ("report", "report:report", "Write the margin report of an account as an HTML page. Private."),
        (
            "rebalance",
            "rebalance:rebalance",
            "Find the cheapest deposits and trades that bring an account to its target. Private.",
        ),
        (
            "statement",
            "statements:statement_app",
            "Sign and verify statements of account: a venue's word that an account exists.",
        ),
        ("prove", "prove:prove", "Prove that an account meets a margin requirement."),
        (
            "prove-batch",
            "prove_batch:prove_batch",
            "Prove each account of a folder, in several processes or on several machines.",
        ),
        (
            "bundle",
            "bundle:bundle",
            "Put a proof, its snapshot, signatures and statement of account into one file.",
        ),
        ("verify", "verify:verify", "Verify proofs."),
        (
            "web",
            "web:web",
            "Serve the pages that verify proofs and show a wallet, to browsers on this machine only.",
        ),
        (
            "solvency",
            "solvency:solvency_app",
            "Prove what all accounts of a venue add up to, and verify such proofs.",
        ),
        (
            "circuits",
            "circuits:circuits",
            "List the circuits: what each proves, how much it holds, its constraints and the size of its proving key.",
        ),
        ("keys", "keys:keys_app", "Build, list and verify proving and verification keys."),
        (
            "ceremony",
            "ceremony:ceremony_app",
            "Make keys with several contributors, and verify such keys.",
        ),
    ),
    "Markets on a chain": (
        ("keystore", "keystores:keystore_app", "Create encrypted keys for signatures and transactions."),
        ("guardian", "guardian:guardian_app", "Pause a market's functions, and remove oracle signers."),
        ("fund", "fund:fund_app", "Pay into the insurance fund and the first-loss tranche, and withdraw."),
        ("timelock", "timelock:timelock_app", "Change a market's parameters and roles after a delay."),
        ("dev", "dev:dev_app", "Mint demo tokens and advance the clock, on local chains only."),
        ("export", "chains:export_app", "Write Solidity verifiers and the calldata of proofs."),
        ("chain", "chains:chain_app", "Let contracts verify proofs."),
        (
            "settle",
            "settle:settle_app",
            "Open an account in a market, move its funds, and prove its health.",
        ),
        (
            "wind-down",
            "wind_down:wind_down_app",
            "End a market, claim what accounts are worth, and pay claims.",
        ),
        ("deploy", "deploy:deploy", "Deploy a market, or compare a deployed market with its file."),
        ("venue", "venue:venue_app", "Settle fills and deposits of a market in batches, as its venue."),
        ("keeper", "keeper:keeper", "Watch a market, and act as the settings say."),
    ),
}

COMMANDS = tuple(Entry(*entry, panel) for panel, entries in _PANELS.items() for entry in entries)
