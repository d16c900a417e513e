"""The states of an account in a market on a chain."""

from __future__ import annotations

from svg import Box, Drawing

__all__ = ["account_states"]

_DESCRIPTION = (
    "An account is open, called or seized. A margin call leads from open to called, a proof of health "
    "back. A start by evidence or by silence leads to seized; a bid or a return leads back to open."
)


def account_states() -> Drawing:
    """Draw the states and the entries that lead from one to another."""
    drawing = Drawing(760, 420, "States of an account", _DESCRIPTION)
    opened = drawing.box(Box(90, 80, 190, 80, "Open", ("deposit, withdraw,", "trade, attest"), "public"))
    called = drawing.box(Box(540, 80, 190, 80, "Called", ("deposit",), "outside"))
    seized = drawing.box(
        Box(300, 320, 190, 80, "Seized", ("start again, if nobody", "bid in time"), "secret")
    )
    drawing.arrow((20, opened.level), (opened.x, opened.level))
    drawing.text(24, opened.level - 8, "open", style="note", anchor="start")
    drawing.arrow((opened.right, 100), (called.x, 100))
    drawing.text(410, 72, "marginCall:", style="note")
    drawing.text(410, 90, "a proof of health is overdue", style="note")
    drawing.arrow((called.x, 140), (opened.right, 140))
    drawing.text(410, 160, "attest, withdraw, trade: health", style="note")
    drawing.text(410, 178, "proven since the call", style="note")
    drawing.arrow((120, opened.bottom), (120, seized.level), (seized.x, seized.level))
    drawing.text(128, 348, "start: proof of default", style="note", anchor="start")
    drawing.arrow((called.middle, called.bottom), (called.middle, seized.level), (seized.right, seized.level))
    drawing.text(500, 330, "start: proof of", style="note", anchor="start")
    drawing.text(500, 348, "default, or silence", style="note", anchor="start")
    drawing.arrow((395, seized.y), (395, 250), (200, 250), (200, opened.bottom))
    drawing.text(405, 270, "bid: the winner takes it over", style="note", anchor="start")
    drawing.text(405, 288, "giveBack: healthy again", style="note", anchor="start")
    return drawing
