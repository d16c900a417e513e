"""Ceremonies: several parties contribute to the keys of several circuits, and everybody verifies them.

The keys are snarkjs's files, so contributions by snarkjs count too. The group arithmetic is the native core's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .attestation import Attestation
    from .attested import Attested, compare_attestations
    from .circuits import Source, compile_sources, find_sources, sources_of
    from .core import Beacon
    from .description import CeremonyCircuit, Description, PhaseOne
    from .initial import start
    from .installation import install, target_folders
    from .phase1 import identify, verify_shared
    from .rounds import Addition, Round
    from .sitting import Sitting
    from .turns import Turn, apply_beacon, contribute, pack, unpack
    from .verification import Verified, verify_contributions, verify_since, verify_transcript
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        attestation="Attestation",
        attested="Attested compare_attestations",
        circuits="Source compile_sources find_sources sources_of",
        core="Beacon",
        description="CeremonyCircuit Description PhaseOne",
        initial="start",
        installation="install target_folders",
        phase1="identify verify_shared",
        rounds="Addition Round",
        sitting="Sitting",
        turns="Turn apply_beacon contribute pack unpack",
        verification="Verified verify_contributions verify_since verify_transcript",
    )

__all__ = [
    "Addition",
    "Attestation",
    "Attested",
    "Beacon",
    "CeremonyCircuit",
    "Description",
    "PhaseOne",
    "Round",
    "Sitting",
    "Source",
    "Turn",
    "Verified",
    "apply_beacon",
    "compare_attestations",
    "compile_sources",
    "contribute",
    "find_sources",
    "identify",
    "install",
    "pack",
    "sources_of",
    "start",
    "target_folders",
    "unpack",
    "verify_contributions",
    "verify_shared",
    "verify_since",
    "verify_transcript",
]
