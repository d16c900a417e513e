"""The content of a batch as the event of a house has it."""

from __future__ import annotations

from zkmargin.clearing.batch import circuit_word


def words_of(content, totals=(0, 0)):
    """Write a content as BatchLog.sol does; every total of a kind is the same."""
    words = [len(content.accounts)]
    for touched in content.accounts:
        words += [touched.number, touched.last]
    for parts, total in zip((content.fills, content.upkeep), totals, strict=True):
        words.append(len(parts))
        for part in parts:
            words += [circuit_word(part.circuit), part.digest, total, len(part.elements), *part.elements]
    words.append(len(content.requests))
    for request in content.requests:
        words += request
    return b"".join(word.to_bytes(32, "big") for word in words)
