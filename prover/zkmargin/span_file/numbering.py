"""Numbers of underlyings and indices of contracts.

Accounts commit to ids, so a contract keeps its index from one import to the next. A new contract gets the
index after the highest one; after the 4096th, the first free one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.spec.constants import INSTRUMENTS, UNDERLYINGS
from zkmargin.venue_data.exclusions import Exclusion
from zkmargin.venue_data.listing import assign_indices

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["number_contracts", "order_products", "underlying_name"]

_PRODUCT = re.compile(r"[A-Za-z0-9]{1,8}:[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)
_MONTH = re.compile(r"-([0-9]{6})[A-Za-z0-9]{0,2}(?:-[CP]--?[0-9.]+)?\Z", re.ASCII)


def underlying_name(product: str) -> str:
    """Return the name of the underlying of a product: ``CME-ES`` for ``CME:ES``."""
    return product.replace(":", "-")


def order_products(products: Sequence[str], previous: Snapshot | None) -> tuple[str, ...]:
    """Return the products in the order of their underlyings' numbers: known ones first, then as given.

    Raises
    ------
    InputError
        If a product is malformed, a duplicate, or missing although it is in the previous snapshot, or if
        there are none or more than eight.
    """
    for one in products:
        if not _PRODUCT.fullmatch(one):
            raise InputError("expected a product: exchange and code, such as CME:ES", source=one)
    if not 1 <= len(set(products)) == len(products) <= UNDERLYINGS:
        raise InputError(f"expected 1 to {UNDERLYINGS} different products", source="products")
    by_name = {underlying_name(one): one for one in products}
    known = previous.parts.underlyings if previous else ()
    for name in known:
        if name not in by_name:
            raise InputError(f"{name} is in the previous snapshot: import it too", source="products")
    return (*(by_name[name] for name in known), *(one for name, one in by_name.items() if name not in known))


def number_contracts(
    names: Sequence[str],
    left_out: Mapping[str, str],
    underlying: str,
    month: str,
    previous: Snapshot | None,
) -> tuple[dict[str, int], list[Exclusion]]:
    """Assign an index to every contract of an underlying.

    Parameters
    ----------
    names : sequence of str
        The contracts with a row, in the file's order.
    left_out : mapping of str to str
        The reasons of contracts without a row, by name.
    underlying : str
    month : str
        The month of the business date, CCYYMM. Contracts without a row that expired before it lose their
        index.
    previous : Snapshot or None

    Returns
    -------
    indices : dict of str to int
        The indices by name.
    exclusions : list of Exclusion
        The contracts without a row, with their reserved indices.

    Raises
    ------
    InputError
        If there are more than 4096 contracts.
    """
    known = _known_indices(underlying, previous)
    last = max(known, key=lambda name: known[name], default="")
    listed = set(names)
    kept = [name for name in known if name not in listed and (_is_alive(name, month) or name == last)]
    start = (known[last] + 1) % INSTRUMENTS if last else 0
    if len(kept) + len(names) > INSTRUMENTS:
        raise InputError(
            f"{len(kept) + len(names)} contracts of {underlying}, more than {INSTRUMENTS}: set a last month"
        )
    indices, _ = assign_indices([*kept, *names], known, start)
    reasons = dict.fromkeys(kept, "not in the file, but listed before") | dict(left_out)
    return indices, [
        Exclusion(name, reason, underlying, indices.get(name)) for name, reason in reasons.items()
    ]


def _known_indices(underlying: str, previous: Snapshot | None) -> dict[str, int]:
    if previous is None or underlying not in previous.parts.underlyings:
        return {}
    number = previous.parts.underlyings.index(underlying)
    known = {
        one.name: one.id % INSTRUMENTS for one in previous.parts.listings if one.id // INSTRUMENTS == number
    }
    return known | {
        one.name: one.index
        for one in previous.parts.exclusions
        if one.underlying == underlying and one.index is not None
    }


def _is_alive(name: str, month: str) -> bool:
    """Return whether accounts may still hold a contract, by the month in its name; physicals have none."""
    found = _MONTH.search(name)
    return found is None or found[1] >= month
