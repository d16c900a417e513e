"""SPAN risk parameter files in XML: a small one of NSE's form, with changes.

The future's price, range and array are those of NIFTY June 2026 in nsccl.20260625.i01.spn, as public notes quote them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

FUTURE = (
    "8.72", "8.72", "-736.49", "-736.49", "753.93", "753.93", "-1481.70", "-1481.70", "1499.14", "1499.14",
    "-2226.91", "-2226.91", "2244.36", "2244.36", "-1561.89", "1568.00",
)  # fmt: skip
CALL = tuple(str(100 + 10 * number) for number in range(16))
PUT = tuple(str(-50 - 10 * number) for number in range(16))
ZEROS = ("0.00",) * 16
MOVES = ("0", "1", "-1", "2", "-2", "3", "-3")


def array(values: Sequence[str], delta: str) -> str:
    return f"<ra><r>1</r>{''.join(f'<a>{one}</a>' for one in values)}<d>{delta}</d></ra>"


SCAN = "<scanRate><r>1</r><priceScan>2234.01</priceScan><volScan>0.04</volScan></scanRate>"
POINTS = "".join(
    f"<scanPointDef><point>{number}</point><priceScanDef><mult>1</mult><numerator>{move}</numerator>"
    f"<denominator>{below}</denominator></priceScanDef><weight>{weight}</weight></scanPointDef>"
    for number, (move, below, weight) in enumerate(
        [(move, 3, "1.0") for move in MOVES for _ in range(2)] + [("2", 1, "0.35"), ("-2", 1, "0.35")], 1
    )
)
LINKS = "".join(
    f"<pfLink><exch>NSE</exch><pfId>{number}</pfId><pfCode>NIFTY</pfCode><pfType>{kind}</pfType></pfLink>"
    for number, kind in ((490, "PHY"), (491, "FUT"), (492, "OOP"))
)
COMMODITY = (
    f"<ccDef><cc>NIFTY</cc><name>NIFTY</name><currency>INR</currency><riskExponent>0</riskExponent>{LINKS}"
    "<adjRate><r>2</r><baseR>1</baseR><val>1.10000</val></adjRate>"
    "<scanTiers><tier><tn>1</tn></tier></scanTiers><intraTiers><tier><tn>1</tn></tier></intraTiers>"
    "<somTiers><tier><tn>0</tn><rate><r>1</r><val>12.500</val></rate></tier></somTiers>"
    "<dSpread><spread>1</spread><rate><val>425.0</val></rate></dSpread><dSpread><spread>2</spread></dSpread></ccDef>"
)
OTHER = (
    "<ccDef><cc>M&amp;M</cc><currency>INR</currency><pfLink><exch>NSE</exch><pfId>7</pfId></pfLink></ccDef>"
    "<ccDef><cc>BANKNIFTY</cc><currency>INR</currency><pfLink><exch>NSE</exch><pfId>140</pfId></pfLink></ccDef>"
)
PHYSICAL = (
    "<phyPf><pfId>490</pfId><pfCode>NIFTY</pfCode><currency>INR</currency><cvf>1.00</cvf>"
    f"<phy><cId>1</cId><pe>00000000</pe><p>24050.35</p><cvf>1.00</cvf>{SCAN}{array(ZEROS, '1.0')}</phy></phyPf>"
)
FUTURES = (
    "<futPf><pfId>491</pfId><pfCode>NIFTY</pfCode><name>NIFTY</name><currency>INR</currency><cvf>1.00</cvf>"
    f"<fut><cId>1</cId><pe>20260630</pe><p>24051.80</p><d>1.0</d><cvf>1.00</cvf>{SCAN}{array(FUTURE, '1.00000')}</fut>"
    f"<fut><cId>2</cId><pe>20260730</pe><d>1.0</d>{SCAN}{array(FUTURE, '1.00000')}</fut></futPf>"
)
UNDERLYING = "<undC><exch>NSE</exch><pfId>490</pfId><cId>1</cId></undC>"
OPTIONS = (
    "<oopPf><pfId>492</pfId><pfCode>NIFTY</pfCode><currency>INR</currency><cvf>1.00</cvf>"
    f"<series><pe>20260630</pe><cvf>1.00</cvf>{UNDERLYING}{SCAN}"
    f"<opt><cId>1</cId><o>C</o><k>24000.00</k><p>260.05</p><d>0.8</d>{array(CALL, '0.5')}</opt>"
    f"<opt><cId>2</cId><o>P</o><k>24000.50</k><p>180.30</p><d>-0.4</d>{array(PUT, '-0.4')}</opt></series></oopPf>"
)
BANK = (
    "<futPf><pfId>140</pfId><pfCode>BANKNIFTY</pfCode><fut><cId>1</cId><pe>bad</pe></fut></futPf>"
    "<futPf><pfId>7</pfId><pfCode>M&amp;M</pfCode></futPf>"
)
EXCHANGE = f"<exchange><exch>NSE</exch>{PHYSICAL}{FUTURES}{OPTIONS}{BANK}</exchange>"
FILE = (
    '<?xml version="1.0"?>\r\n<spanFile><fileFormat>4.00</fileFormat><definitions/><pointInTime><date>20260625</date>'
    f"<isSetl>0</isSetl><clearingOrg><ec>NSCCL</ec><name>NSE \xe9</name><pointDef><r>1</r>{POINTS}</pointDef>"
    f"{COMMODITY}{OTHER}<interSpreads/>{EXCHANGE}</clearingOrg></pointInTime></spanFile>"
)


def write_xml(folder: Path, *changes: tuple[str, str], name: str = "nsccl.spn") -> Path:
    """Write the file with replaced texts, each of which it must have."""
    text = FILE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / name
    path.write_bytes(text.encode("latin-1"))
    return path


def zipped(path: Path, *names: str) -> Path:
    """Pack a file into a zip archive under some names."""
    archive = path.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names or (path.name,):
            file.write(path, name)
    return archive
