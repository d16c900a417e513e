"""Groups of accounts for proofs of health: every account once, and every group within its circuit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import spec_values
from zkmargin import spec
from zkmargin.clearing.health_groups import _fits, group_accounts
from zkmargin.errors import InputError
from zkmargin.proofs.batch_instances import HealthInstance
from zkmargin.spec.health import HealthShape


def instance(name, accounts, lanes, positions, *, octets=0, singles=0, layout=spec.STANDARD):
    shape = HealthShape(accounts, spec.Shape(lanes, positions, layout), octets, singles)
    return HealthInstance(name, shape)


INSTANCES = (
    instance("health_1x4", 1, 3, 4),
    instance("health_1x12", 1, 8, 12),
    instance("health_3x4", 3, 3, 4, octets=2),
    instance("health_6x4", 6, 3, 4, octets=2, singles=2),
    instance("health_4x8", 4, 3, 8, octets=3),
    instance("wide_health_9x8", 9, 8, 8, octets=8, layout=spec.WIDE),
)
HELD = st.lists(st.sampled_from([0, 1, 8, 9, 16, 17, 4096, 8192, 12288, 16384]), max_size=12, unique=True)


def accounts(*lists):
    return [
        spec_values.account([(one, 1) for one in held], number=number) for number, held in enumerate(lists)
    ]


@given(st.lists(HELD, max_size=15))
def test_every_account_is_in_one_group_and_every_group_fits_its_circuit(lists):
    given_accounts = accounts(*lists)
    groups = group_accounts(given_accounts, spec.STANDARD, INSTANCES)
    numbers = [one.number for group in groups for one in group.accounts]
    assert sorted(numbers) == [one.number for one in given_accounts]
    assert all(_fits(group.instance, group.accounts) for group in groups)
    assert all(group.instance.shape.account.layout == spec.STANDARD for group in groups)


def test_accounts_that_hold_the_same_instruments_share_proofs():
    mixed = accounts(*[[0, 1], [4096, 4097], [8192]] * 4)
    groups = group_accounts(mixed, spec.STANDARD, INSTANCES[:3])
    assert [len(group.accounts) for group in groups] == [3, 3, 3, 3]
    assert all(len({p.underlying for one in group.accounts for p in one.held}) <= 2 for group in groups)


def test_what_is_left_goes_to_the_smallest_circuit():
    groups = group_accounts(accounts(*[[0, 1]] * 7), spec.STANDARD, INSTANCES)
    assert [group.instance.name for group in groups] == ["health_6x4", "health_1x4"]


def test_an_account_that_fits_no_lookup_has_a_proof_of_its_own():
    many = [0, 8, 16, 24, 32, 40, 48, 56]
    groups = group_accounts(accounts([0], many), spec.STANDARD, INSTANCES)
    assert [group.instance.name for group in groups] == ["health_1x4", "health_1x12"]


def test_an_account_that_fits_nothing_is_named():
    with pytest.raises(InputError, match="account 1 fits no circuit of health"):
        group_accounts(accounts([0], list(range(13))), spec.STANDARD, INSTANCES)
    with pytest.raises(InputError, match="account 0 fits no circuit of health"):
        group_accounts(accounts([0]), spec.WIDE, INSTANCES[:-1])
