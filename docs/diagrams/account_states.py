"""The states of an account in a market on a chain."""

from __future__ import annotations

from svg import Box, Drawing

__all__ = ["account_states"]

_DESCRIPTION = (
    "An account is open, called, late or seized. A margin call leads from open to called, a proof of "
    "health back. The grace leads from called to late. A start leads from open by a default, or from late, to seized; "
    "a bid or a return leads back to open. Late or seized for too long, the account freezes the market."
)


def account_states() -> Drawing:
    """Draw the states and the entries that lead from one to another."""
    drawing = Drawing(760, 440, "States of an account", _DESCRIPTION)
    opened = drawing.box(Box(120, 80, 190, 80, "Open", ("batches, withdraw,", "attest"), "public"))
    called = drawing.box(
        Box(540, 80, 190, 80, "Called", ("must prove health", "within the grace"), "outside")
    )
    late = drawing.box(
        Box(540, 320, 190, 80, "Late", ("after an hour anybody", "freezes the market"), "outside")
    )
    seized = drawing.box(
        Box(120, 320, 190, 80, "Seized", ("in auction; unsold,", "it freezes the market"), "secret")
    )
    drawing.arrow((20, opened.level), (opened.x, opened.level))
    drawing.text(24, opened.level - 26, "register,", style="note", anchor="start")
    drawing.text(24, opened.level - 8, "open", style="note", anchor="start")
    drawing.arrow((opened.right, 100), (called.x, 100))
    drawing.text(425, 72, "call: a proof of", style="note")
    drawing.text(425, 90, "health is overdue", style="note")
    drawing.arrow((called.x, 140), (opened.right, 140))
    drawing.text(425, 160, "attest, settle, withdraw:", style="note")
    drawing.text(425, 178, "health proven since the call", style="note")
    drawing.arrow((called.middle, called.bottom), (called.middle, late.y))
    drawing.text(called.middle + 8, 244, "the grace passes", style="note", anchor="start")
    drawing.arrow((late.x, late.level), (seized.right, late.level))
    drawing.text(425, late.level - 8, "start: late", style="note")
    drawing.arrow((150, opened.bottom), (150, seized.y))
    drawing.text(142, 244, "start: default", style="note", anchor="end")
    drawing.arrow((210, seized.y), (210, opened.bottom))
    drawing.text(218, 236, "bid: the winner takes it over", style="note", anchor="start")
    drawing.text(218, 254, "giveBack: at initial margin", style="note", anchor="start")
    drawing.arrow((late.x, 335), (500, 335), (500, 204), (290, 204), (290, opened.bottom))
    drawing.text(492, 300, "attest: fresh snapshot", style="note", anchor="end")
    return drawing
