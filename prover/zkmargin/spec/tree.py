"""The 8-ary Poseidon tree over the risk table: 5 levels, 32 768 leaves, most of them absent.

A node is the hash of its eight children in order. An absent leaf is 0. The position of a leaf is its
instrument's id. Level 0 holds the leaves, level 4 the underlyings, level 5 the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import check_field, check_unsigned
from .constants import ARITY, ID_BITS, TREE_LEVELS
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Tree:
    """A sparse tree, created by `build_tree`.

    Parameters
    ----------
    levels : tuple of Mapping
        The nodes above at least one leaf, by level and position.
    empty : tuple of int
        The node above no leaf, by level.
    """

    levels: tuple[Mapping[int, int], ...]
    empty: tuple[int, ...]

    @property
    def root(self) -> int:
        """The root of the tree."""
        return self.node(TREE_LEVELS, 0)

    def node(self, level: int, position: int) -> int:
        """Return the node at a position, counted from 0, on a level."""
        return self.levels[level].get(position, self.empty[level])

    def children(self, level: int, position: int) -> tuple[int, ...]:
        """Return the eight children of a node on a level above 0."""
        return tuple(self.node(level - 1, ARITY * position + i) for i in range(ARITY))


def build_tree(leaves: Mapping[int, int], hasher: Hasher = poseidon) -> Tree:
    """Hash leaves up to the root; empty subtrees are hashed once.

    Parameters
    ----------
    leaves : Mapping[int, int]
        Field elements by position below 2^15.
    hasher : Hasher

    Returns
    -------
    Tree

    Raises
    ------
    SpecError
        If a position or a leaf is out of range.
    """
    for position, value in leaves.items():
        check_unsigned("position", position, ID_BITS)
        check_field("leaf", value)
    levels, empty = [dict(leaves)], [0]
    for _ in range(TREE_LEVELS):
        below, nothing = levels[-1], empty[-1]
        parents = sorted({position // ARITY for position in below})
        levels.append({p: hasher([below.get(ARITY * p + i, nothing) for i in range(ARITY)]) for p in parents})
        empty.append(hasher([nothing] * ARITY))
    return Tree(tuple(levels), tuple(empty))


def is_path(
    leaf: int, position: int, children: Sequence[Sequence[int]], root: int, hasher: Hasher = poseidon
) -> bool:
    """Return whether a leaf is at a position under a root.

    The position chooses the child on each level, so a path for one id is invalid for another. The number of
    levels is fixed, so an inner node cannot pass as a leaf.

    Parameters
    ----------
    leaf, position : int
    children : Sequence of Sequence of int
        The eight children on each level, the level of the leaves first.
    root : int
    hasher : Hasher

    Returns
    -------
    bool
    """
    node = leaf
    for siblings in children:
        if siblings[position % ARITY] != node:
            return False
        node, position = hasher(siblings), position // ARITY
    return len(children) == TREE_LEVELS and node == root
