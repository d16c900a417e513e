"""The data flow of a margin proof: from a venue's data to a contract that checks a proof."""

from __future__ import annotations

from svg import Box, Drawing

__all__ = ["data_flow"]

_DESCRIPTION = (
    "Venue data and a margin model give a risk table. A snapshot commits to it by a root, which signers "
    "publish in an oracle feed. An account and the snapshot give a private margin report, and a witness "
    "from which a proof is made. A margin verifier checks the proof against the root of the feed, for a "
    "contract that relies on it."
)


def data_flow() -> Drawing:
    """Draw what is made from what, what is secret, and what is public."""
    drawing = Drawing(760, 890, "Data flow of a margin proof", _DESCRIPTION)
    drawing.group(20, 20, 340, 560, "Publisher")
    drawing.group(400, 20, 340, 560, "Holder")
    drawing.group(20, 610, 720, 260, "Chain")
    _publish(drawing)
    _prove(drawing)
    _check(drawing)
    legend = (("public", "public"), ("secret", "secret"), ("outside", "contract"))
    for place, (kind, meaning) in enumerate(legend):
        y = 776 + 28 * place
        drawing.box(Box(60, y, 24, 18, "", (), kind))
        drawing.text(94, y + 14, meaning, style="note", anchor="start")
    return drawing


def _publish(drawing: Drawing) -> None:
    """Draw the way from venue data to a published root."""
    venue = drawing.box(Box(40, 60, 140, 72, "Venue data", ("instruments,", "quotes"), "public"))
    model = drawing.box(Box(200, 60, 140, 72, "Margin model", ("TOML: scenarios,", "charges"), "public"))
    losses = ("gain or loss of one lot of each", "instrument in each scenario, integers")
    table = drawing.box(Box(60, 200, 260, 90, "Risk table", losses, "public"))
    contents = ("rows, haircut prices, parameters", "root: 8-ary Poseidon tree")
    snapshot = drawing.box(Box(60, 360, 260, 90, "Snapshot", contents, "public"))
    signatures = drawing.box(
        Box(60, 500, 260, 60, "Signatures", ("EIP-712, by a quorum of signers",), "public")
    )
    drawing.arrow((venue.middle, venue.bottom), (venue.middle, table.y))
    drawing.arrow((model.middle, model.bottom), (model.middle, table.y))
    drawing.text(190, 176, "reprice, round", style="note")
    drawing.arrow((table.middle, table.bottom), (table.middle, snapshot.y))
    drawing.text(200, 330, "commit", style="note", anchor="start")
    drawing.arrow((snapshot.middle, snapshot.bottom), (signatures.middle, signatures.y))
    drawing.text(200, 480, "sign", style="note", anchor="start")
    drawing.arrow((signatures.middle, signatures.bottom), (signatures.middle, 650))
    drawing.text(200, 600, "publish", style="note", anchor="start")


def _prove(drawing: Drawing) -> None:
    """Draw the way from an account to a proof."""
    held = ("positions, cash, collateral, keys", "commitment: Poseidon")
    account = drawing.box(Box(440, 60, 260, 90, "Account", held, "secret"))
    shown = ("requirement, equity, Greeks", "for the holder alone")
    report = drawing.box(Box(440, 200, 260, 90, "Margin report", shown, "secret"))
    values = ("the values of all signals", "of the circuit")
    witness = drawing.box(Box(440, 360, 260, 90, "Witness", values, "secret"))
    signals = ("Groth16, with the public signals",)
    proof = drawing.box(Box(440, 500, 260, 60, "Proof", signals, "public"))
    drawing.arrow((account.middle, account.bottom), (report.middle, report.y))
    drawing.arrow(
        (account.right, account.level),
        (722, account.level),
        (722, witness.level),
        (witness.right, witness.level),
    )
    drawing.arrow((320, 390), (380, 390), (380, report.level), (report.x, report.level))
    drawing.arrow((320, 420), (witness.x, 420))
    drawing.arrow((witness.middle, witness.bottom), (proof.middle, proof.y))
    drawing.text(580, 480, "prove", style="note", anchor="start")
    drawing.arrow((proof.middle, proof.bottom), (proof.middle, 650))
    drawing.text(580, 600, "send", style="note", anchor="start")


def _check(drawing: Drawing) -> None:
    """Draw what contracts do with root and proof."""
    accepted = ("accepts roots with signatures,", "each newer than the last")
    feed = drawing.box(Box(60, 650, 260, 72, "OracleFeed", accepted, "outside"))
    checked = ("checks proof, root, age,", "requirement and context")
    verifier = drawing.box(Box(440, 650, 260, 72, "MarginVerifier", checked, "outside"))
    consumers = ("a lender, or another protocol",)
    consumer = drawing.box(Box(440, 780, 260, 72, "Consumer", consumers, "outside"))
    drawing.arrow((feed.right, feed.level), (verifier.x, verifier.level))
    drawing.text(380, feed.level - 8, "root, time", style="note")
    drawing.arrow((verifier.middle, verifier.bottom), (consumer.middle, consumer.y))
    drawing.text(580, 756, "healthy", style="note", anchor="start")
