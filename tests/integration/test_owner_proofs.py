"""Proofs of owners' steps with real keys, and the sealed view key of a takeover."""

from __future__ import annotations

import pytest

from support import spec_values
from zkmargin import InputError, spec
from zkmargin.account.account import new_view_key
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.batch_instances import claim_circuits
from zkmargin.proofs.owner_proofs import OwnerProver
from zkmargin.proving.verify import verify
from zkmargin.spec import owner_steps
from zkmargin.spec.eddsa import trading_key

VENUE = b"\x21" * 32
KEY = trading_key(b"\x22" * 32)


@pytest.fixture(scope="module")
def prover():
    return OwnerProver(claims=())


def test_an_account_is_opened_withdrawn_from_and_taken_over(prover):
    new = spec.Account(11, 5, KEY, new_view_key(), 0, 0, spec.NO_AMOUNTS, ())
    opened = prover.open(new, 77)
    assert verify(opened.key, opened.public, opened.proof)
    assert opened.public == (spec.commitment(new, fast_hasher()), owner_steps.holder(11, 5), 77)

    funded = spec_values.account([(1, 2)], cash=900, amounts=(5, 0, 0, 0, 0, 0, 0, 0))
    after, withdrawn = prover.withdraw(funded, spec.CASH, 400, 78)
    assert after.cash == 500
    assert verify(withdrawn.key, withdrawn.public, withdrawn.proof)

    taken, proof = prover.take_over(after, 12, KEY, trading_key(VENUE), 79)
    assert (taken.owner, taken.key) == (12, KEY)
    assert taken.view_key != after.view_key
    assert verify(proof.key, proof.public, proof.proof)
    public = owner_steps.TakeOverSignals(*proof.public)
    ephemeral = (public.ephemeral_x, public.ephemeral_y)
    assert owner_steps.unseal_view_key(VENUE, ephemeral, public.sealed, fast_hasher()) == taken.view_key


def test_two_takeovers_have_other_view_keys_and_other_pads(prover):
    account = spec_values.account([(1, 2)])
    proofs = [prover.take_over(account, 12, KEY, trading_key(VENUE), 79) for _ in range(2)]
    assert proofs[0][0].view_key != proofs[1][0].view_key
    assert len({proof.public[3] for _, proof in proofs}) == 2


def test_an_account_beyond_the_circuits_of_claims_is_refused(prover):
    snapshot = spec_values.snapshot({1: spec_values.row((1, -1), mark=1, short_floor=5, add_on=1)})
    with pytest.raises(InputError, match="more positions or underlyings than any circuit of claims"):
        prover.claim(spec_values.account([(1, 2)]), snapshot, 5)


def test_the_circuit_of_a_claim_has_a_lane_for_each_underlying():
    prover = OwnerProver()
    account = spec_values.account([(4096 * underlying, 1) for underlying in range(4)])
    chosen = prover._claim_circuit(account, spec.STANDARD)
    assert chosen.name == "claim_30"
    assert chosen in claim_circuits()
