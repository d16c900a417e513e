"""The keeper: a process that watches a market and acts for whoever runs it, docs/keeper.md.

It needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``.
"""

from __future__ import annotations
