"""Lines of SPAN risk parameter files: a writer by the published columns, and lines of real files.

Columns are transcribed from CME's layout pages, independently of the reader: first and last column, from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

# Of real files, as others quoted them: cme.20190102.s.pa2, in a test of settlement prices against Yahoo's and
# the EIA's, and the early file of 2025-06-20, in the documentation of a reader.
REAL_HEADER = "0 CME   20190102SF     201901021814U2YNCLR        C CUST  H HEDGE 1 CORE  M MAINT "
REAL_P_ES = (
    "P CMEES        FUTE-MINI S&P 500 002000  000005000000000000000001USD$IDX 00    E-MINI S&P 500 FUTURES"
    "             YFFUT  CASH                  0000001000000000  "
)
REAL_P_ZN = (
    "P CBT21        FUT10Y TREASURY NO003000C 000100000000000000000001USD$STD 00    10Y TREASURY NOTE FUTURES"
    "          YFFUT  DELIV                 0000001000000000  "
)
REAL_B_ES = (
    "B CMEES        FUT201903            000000003500000006000030000330000000019726000000000200020190315"
    "ES          00000000         0000050000000000 00 00 010000000"
)
REAL_81_ES = (
    "81CMEES        ES        FUT 201903            000000000000+00000+02000-02000-02000+02000+04000-04000-"
    "04000+00000000251100N"
)
REAL_82_ES = (
    "82CMEES        ES        FUT 201903            000000004000+06000-06000-06000+06000+05940-05940+10000+"
    "000000000251100++10000+C"
)
REAL_P_MEAL = (
    "P CBT06        OOFSOYBEAN MEAL OP003000  000010000000000000000001USD$STD 00AMERSOYBEAN MEAL OPTIONS "
    "Long dated    YFEQTY DELIV                 0000001000000000  "
)
REAL_B_ZSC = (
    "B CBTZSC       OOC202507   202507   999999992500000000600030000330000000000000000000001000020250620"
    "ZSC       BC00000000Y0000035-0005000000000000 00 00 010000000000P 00"
)
REAL_2_TWO_YEAR = (
    "2 CBT 26    0USD$PN   26        FUT   26        OOF   59    "
    "    OOF   WT1       OOF   VT1       OOF   GT1       OOF"
)
REAL_3_MEAL = "3 06    1001202507202507022025082025080320250920250904202510202511  100010001100"
REAL_4_YM = "4 YM    10010120250600000010000000                            00001701001001001"
REAL_81_MEAL = (
    "81CBT06        06        FUT 202507            000000000000+00000+00567-00567-00567+00567+01133-01133-"
    "01133+00000000284100N"
)
REAL_82_MEAL_CALL = (
    "82CBT06        06        OOFC202507   202507   000014500000+00000+00000+00000+00000+00000+00000+00000+"
    "002500000139100++10000+C"
)

COLUMNS: dict[str, dict[str, tuple[int, int]]] = {
    "0 ": {"clearing": (3, 8), "date": (9, 16), "settlement": (17, 17), "format": (36, 37)},
    "P ": {
        "exchange": (3, 5), "product": (6, 15), "kind": (16, 18), "decimals": (34, 36),
        "strike_decimals": (37, 39),
        "alignment": (40, 40), "strike_alignment": (41, 41), "factor": (42, 55), "currency": (66, 68),
        "factor_sign": (73, 73), "factor_exponent": (74, 75), "positionable": (115, 115),
        "quotation": (162, 164),
    },
    "2 ": {
        "exchange": (3, 5), "code": (7, 12), "exponent": (13, 13), "currency": (14, 16),
        **{f"product{n}": (23 + 16 * n, 32 + 16 * n) for n in range(6)},
        **{f"kind{n}": (33 + 16 * n, 35 + 16 * n) for n in range(6)},
        **{f"decimals{n}": (36 + 16 * n, 36 + 16 * n) for n in range(6)},
    },
    "S ": {"code": (3, 8), "method": (9, 10)},
    "3 ": {"code": (3, 8), "member": (69, 72), "hedger": (73, 76), "speculator": (77, 80)},
    "4 ": {
        "code": (3, 8), "method": (9, 10), "minimum": (63, 69), "member": (70, 72), "hedger": (73, 75),
        "speculator": (76, 78), "count": (79, 79),
    },
    "B ": {
        "exchange": (3, 5), "product": (6, 15), "kind": (16, 18), "month": (19, 24), "day": (25, 26),
        "option_month": (28, 33), "option_day": (34, 35), "volatility": (37, 44),
        "volatility_range": (45, 52),
        "price_range": (53, 57), "multiple": (58, 62), "cover": (63, 67), "factor": (129, 142),
        "factor_exponent": (143, 144), "factor_sign": (145, 145), "volatility_exponent": (149, 150),
        "volatility_exponent_sign": (151, 151), "volatility_method": (164, 164), "price_method": (165, 165),
        "price_exponent": (166, 167), "price_exponent_sign": (168, 168),
    },
}  # fmt: skip

CONTRACT: dict[str, tuple[int, int]] = {
    "exchange": (3, 5), "product": (6, 15), "underlying": (16, 25), "kind": (26, 28), "right": (29, 29),
    "month": (30, 35), "day": (36, 37), "option_month": (39, 44), "option_day": (45, 46), "strike": (48, 54),
}  # fmt: skip
# By the number of digits of a value: the two types, where each value starts, and what stands behind them.
ARRAYS: dict[int, dict[str, tuple[int, int]]] = {
    5: {
        "high_price": (109, 122), "flag": (123, 123), "delta": (97, 101), "delta_sign": (102, 102),
        "price": (111, 117),
        "price_sign": (118, 118), "strike_sign": (119, 119), "factor": (138, 151),
    },
    8: {
        "high_price": (136, 149), "flag": (150, 150), "delta": (118, 122), "delta_sign": (123, 123),
        "price": (132, 138), "price_sign": (139, 139), "strike_sign": (140, 140), "factor": (159, 172),
    },
}  # fmt: skip
FIRST = ("high_price", "flag")
FUTURE = {
    "exchange": "CME",
    "product": "ES",
    "underlying": "ES",
    "kind": "FUT",
    "month": "201903",
    "strike": "0000000",
}
CALL = FUTURE | {"kind": "OOF", "right": "C", "option_month": "201902", "strike": "0250000"}


def put(line: list[str], columns: tuple[int, int], text: str) -> None:
    """Write a text into columns of a line, which is extended if necessary."""
    first, last = columns
    assert len(text) <= last - first + 1
    line.extend(" " * (last - len(line)))
    line[first - 1 : last] = text.ljust(last - first + 1)


def record(type_: str, /, **fields: str) -> str:
    """Write a record other than an array."""
    line = list(type_)
    for name, text in fields.items():
        put(line, COLUMNS[type_][name], text)
    return "".join(line).rstrip()


def pair(contract: dict[str, str], losses: Sequence[int], width: int = 5, **fields: str) -> list[str]:
    """Write the two records of an array of 16 losses, with given other fields."""
    ends = {
        "delta": "10000",
        "delta_sign": "+",
        "price": "0251100",
        "price_sign": "+",
        "strike_sign": "+",
    } | fields
    lines = []
    for number, values in enumerate((losses[:9], losses[9:])):
        line = list({5: ("81", "82"), 8: ("83", "84")}[width][number])
        for name, text in contract.items():
            put(line, CONTRACT[name], text)
        for place, value in enumerate(values):
            first = 55 + (width + 1) * place
            put(line, (first, first + width), f"{abs(value):0{width}}{'-' if value < 0 else '+'}")
        for name, text in ends.items():
            if (name in FIRST) == (number == 0):
                put(line, ARRAYS[width][name], text)
        lines.append("".join(line).rstrip())
    return lines


def definitions(*kinds: str, minimum: str = "0000150") -> list[str]:
    """Write the records before the arrays of CME's ES: one of each type, with families of given kinds."""
    families = {f"product{n}": "ES" for n in range(len(kinds))} | {
        f"kind{n}": kind for n, kind in enumerate(kinds)
    }
    prices = {
        "exchange": "CME",
        "product": "ES",
        "decimals": "002",
        "strike_decimals": "002",
        "currency": "USD",
    }
    return [
        *(record("P ", **prices, kind=kind, factor="00000500000000", factor_exponent="00") for kind in kinds),
        record("2 ", exchange="CME", code="ES", exponent="0", currency="USD", **families),
        record("3 ", code="ES", member="1000", hedger="1000", speculator="1100"),
        record(
            "4 ",
            code="ES",
            method="10",
            minimum=minimum,
            member="100",
            hedger="100",
            speculator="100",
            count="1",
        ),
        scan_range(),
    ]


def scan_range(**fields: str) -> str:
    """Write the actual parameters of the future of March 2019."""
    usual = {
        "exchange": "CME", "product": "ES", "kind": "FUT", "month": "201903", "volatility": "00000000",
        "volatility_range": "35000000", "price_range": "06000", "multiple": "03000", "cover": "03300",
        "volatility_method": "P",
    }  # fmt: skip
    return record("B ", **(usual | fields))


def write(folder: Path, *lines: str, name: str = "cme.pa2") -> Path:
    """Write a file of a header and these lines."""
    path = folder / name
    path.write_bytes("".join(f"{line}\r\n" for line in (REAL_HEADER, *lines)).encode("ascii"))
    return path
