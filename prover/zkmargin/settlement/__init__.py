"""A market on a chain: its deployment, and those who act in it.

It needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``.
"""

from __future__ import annotations
