# SPDX-License-Identifier: MIT
"""The table about `evergreen run`: plain beside it, the ratio, the aim."""

import figures
import figures_run
from figures_run import AIMS, PLAIN, UNDER_RUN


def digits(value):
    """As 3.41, 34.1, 341, 3,410 or 341k."""
    if value < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}" if value < 1e5 else f"{value / 1000:,.0f}k"


def spread(record):
    """The median, and the least and the most of the runs."""
    if not record:
        return "-"
    return (f"{digits(record['median'])} ({digits(record['min'])}-"
            f"{digits(record['max'])})")


def rate(record):
    if not record or "per_s" not in record:
        return "-"
    return f"{digits(record['per_s'])}/s"


def quotient(under_run, plain, key="median"):
    """Of two records; None where there is none."""
    if not under_run or not plain or not plain.get(key):
        return None
    return under_run[key] / plain[key]


def aim_text(kind, limit):
    if kind == "value":
        return f"<= {limit:g}"
    return f"{'>=' if kind == 'rate' else '<='} {limit:g}x"


def verdict(row, kinds, values):
    """What is aimed at, if that is of one of the kinds, and whether it is
    reached."""
    kind, limit = AIMS.get(row, (None, None))
    if kind not in kinds:
        return ""
    text = aim_text(kind, limit)
    value = values[kind]
    if value is None:
        return text
    is_reached = value >= limit if kind == "rate" else value <= limit
    return text if is_reached else text + "  MISSED"


def cells(title, plain, under_run, ratio, aim):
    return f"  {title:<50}{plain:>23}{under_run:>23}{ratio:>9}  {aim}"


def line(title, plain, under_run, ratio, aim):
    ratio_text = "-" if ratio is None else f"{ratio:.3g}x"
    return cells(title, plain, under_run, ratio_text, aim)


def row_lines(row, title, plain, under_run):
    values = {"value": under_run and under_run["median"],
              "ratio": quotient(under_run, plain)}
    yield line(title, spread(plain), spread(under_run), values["ratio"],
               verdict(row, ("value", "ratio"), values))
    if "per_s" in (plain or under_run):
        values["rate"] = quotient(under_run, plain, "per_s")
        yield line("  rate", rate(plain), rate(under_run), values["rate"],
                   verdict(row, ("rate",), values))


def lines(done):
    """The lines of the table; none where nothing of it was measured."""
    out = []
    for figure, (title, unit, sizes) in figures_run.FIGURES.items():
        for size in sizes:
            row = figures.row_name(figure, size)
            plain = done.get((row, PLAIN))
            under_run = done.get((row, UNDER_RUN))
            if not plain and not under_run:
                continue
            size_text = "" if size is None else f", {size}"
            unit_text = f" [{unit}]" if unit else ""
            out += row_lines(row, title + size_text + unit_text, plain,
                             under_run)
    if not out:
        return []
    heading = cells("", PLAIN, UNDER_RUN, "ratio", "aim")
    return ["Ordinary programs, plain and under evergreen run: "
            "median (least-most)", heading, *out, ""]
