"""Sparse 8-ary Poseidon trees: over the risk table, 5 levels, and over the entries of a quote sheet, 4 levels.

A node is the hash of its eight children in order. An absent leaf is 0. Level 0 holds the leaves, the last level the
root. In the risk table's tree the position of a leaf is its instrument's id, and level 4 holds the underlyings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import SpecError, check_field
from .constants import ARITY, TREE_LEVELS
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
        return self.node(len(self.levels) - 1, 0)

    def node(self, level: int, position: int) -> int:
        """Return the node at a position, counted from 0, on a level."""
        return self.levels[level].get(position, self.empty[level])

    def children(self, level: int, position: int) -> tuple[int, ...]:
        """Return the eight children of a node on a level above 0."""
        return tuple(self.node(level - 1, ARITY * position + i) for i in range(ARITY))

    def path(self, position: int) -> tuple[tuple[int, ...], ...]:
        """Return the eight children on each level above a leaf, the level of the leaves first."""
        return tuple(self.children(level, position // ARITY**level) for level in range(1, len(self.levels)))


def build_tree(leaves: Mapping[int, int], hasher: Hasher = poseidon, levels: int = TREE_LEVELS) -> Tree:
    """Hash leaves up to the root; empty subtrees are hashed once.

    Parameters
    ----------
    leaves : Mapping[int, int]
        Field elements by position below ``8^levels``.
    hasher : Hasher
    levels : int

    Returns
    -------
    Tree

    Raises
    ------
    SpecError
        If a position or a leaf is out of range.
    """
    for position, value in leaves.items():
        if type(position) is not int or not 0 <= position < ARITY**levels:
            raise SpecError("position", f"must be from 0 to 8^{levels} - 1")
        check_field("leaf", value)
    nodes, empty = [dict(leaves)], [0]
    for _ in range(levels):
        below, nothing = nodes[-1], empty[-1]
        parents = sorted({position // ARITY for position in below})
        nodes.append({p: hasher([below.get(ARITY * p + i, nothing) for i in range(ARITY)]) for p in parents})
        empty.append(hasher([nothing] * ARITY))
    return Tree(tuple(nodes), tuple(empty))


def is_path(
    leaf: int, position: int, children: Sequence[Sequence[int]], root: int, hasher: Hasher = poseidon
) -> bool:
    """Return whether a leaf is at a position under the root of the risk table's tree.

    The number of levels is fixed, so an inner node cannot pass as a leaf.

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
    return len(children) == TREE_LEVELS and climb(leaf, position, children, hasher) == root


def climb(
    leaf: int, position: int, children: Sequence[Sequence[int]], hasher: Hasher = poseidon
) -> int | None:
    """Return the node that a path leads to, or None if it is no path of the leaf at the position.

    The position chooses the child on each level, so a path for one position is invalid for another.

    Parameters
    ----------
    leaf, position : int
    children : Sequence of Sequence of int
        As for `is_path`, of any number of levels.
    hasher : Hasher

    Returns
    -------
    int or None
    """
    node = leaf
    for siblings in children:
        if siblings[position % ARITY] != node:
            return None
        node, position = hasher(siblings), position // ARITY
    return node if position == 0 else None
