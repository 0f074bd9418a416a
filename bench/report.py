# SPDX-License-Identifier: MIT
"""Results for people: a table of text and a plot."""

import textwrap

import figures
import report_run

COLUMNS = 3
OURS = ["#1b7837", "#5aae61", "#a6dba0"]
THEIRS = ["#4d4d4d", "#8c8c8c", "#bfbfbf"]


def short(value):
    """Three digits, as 3.41, 34.1, 341 or 3,410."""
    if value == 0:
        return "0"
    if value < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def size_text(size):
    if size is None:
        return ""
    for factor, letter in ((1000000, "M"), (1000, "k")):
        if size >= factor:
            return f"{size // factor}{letter}"
    return str(size)


def by_row(result):
    return {(r["name"], r["system"]): r for r in result["results"]
            if "median" in r}


def measured(done, figure):
    """The sizes and systems that have a value, systems best first."""
    sizes = [s for s in figures.FIGURES[figure][2]
             if any((figures.row_name(figure, s), system) in done
                    for system in figures.SYSTEMS)]

    def values(system):
        return [done[figures.row_name(figure, s), system]["median"]
                for s in sizes
                if (figures.row_name(figure, s), system) in done]

    systems = [s for s in figures.SYSTEMS if values(s)]
    return sizes, sorted(systems, key=lambda s: values(s)[0])


def cell(done, row, system):
    if (row, system) not in done:
        return "-"
    value = done[row, system]["median"]
    ours = done.get((row, figures.REFERENCE))
    if system == figures.REFERENCE or not ours or not ours["median"]:
        return short(value)
    return f"{short(value)} ({value / ours['median']:.2f}x)"


def skipped_lines(result):
    """Who has no value where, and why."""
    rows_of = {}
    for r in result["results"]:
        if "skipped" in r:
            rows_of.setdefault((r["system"], r["skipped"]),
                               []).append(r["name"])
    lines = []
    for (system, reason), rows in rows_of.items():
        lines += textwrap.wrap(f"{', '.join(rows)}: {reason}", 78,
                               initial_indent=f"  {system:12}",
                               subsequent_indent=" " * 14)
    return ["Skipped", *lines, ""] if lines else []


def table(result):
    """All figures; in brackets the ratio to evergreen, the reference."""
    done = by_row(result)
    out = []
    if result["quick"]:
        out += ["QUICK: these figures mean nothing.", ""]
    for figure, (title, unit, _) in figures.FIGURES.items():
        sizes, systems = measured(done, figure)
        if not systems:
            continue
        out.append(f"{title} [{unit}]")
        out.append(f"  {'':12}" + "".join(f"{size_text(s):>22}"
                                          for s in sizes))
        for system in systems:
            cells = [cell(done, figures.row_name(figure, s), system)
                     for s in sizes]
            out.append(f"  {system:12}" + "".join(f"{c:>22}" for c in cells))
        out.append("")
    out += report_run.lines(done)
    out += skipped_lines(result)
    m = result["machine"]
    out.append(f"{m['cpu']}, Linux {m['kernel']}, {m['compiler']}")
    return "\n".join(line.rstrip() for line in out) + "\n"


def panel(axes, done, figure):
    """Horizontal bars, a group for each system, a bar for each size."""
    title, unit, _ = figures.FIGURES[figure]
    sizes, systems = measured(done, figure)
    low = min(r["median"] for (row, _), r in done.items()
              if row.split("/")[0] == figure and r["median"] > 0)
    high = max(r["max"] for (row, _), r in done.items()
               if row.split("/")[0] == figure)
    left = low / 2
    thickness = 0.84 / len(sizes)
    for y, system in enumerate(systems):
        colours = OURS if system == figures.REFERENCE else THEIRS
        for i, size in enumerate(sizes):
            r = done.get((figures.row_name(figure, size), system))
            if not r:
                continue
            at = y + (i - (len(sizes) - 1) / 2) * thickness
            end = max(r["median"], left)
            axes.barh(at, end - left, thickness * 0.92, left=left,
                      color=colours[i])
            if r["max"] > r["min"] and r["min"] > 0:
                axes.plot([r["min"], r["max"]], [at, at], color="black",
                          linewidth=0.8)
            text = short(r["median"])
            if size is not None and len(sizes) > 1:
                text += f"  ({size_text(size)})"
            axes.text(max(end, r["max"]) * 1.06, at, text, va="center",
                      fontsize=7)
    axes.set_xscale("log")
    axes.set_xlim(left, (high / left) ** 1.35 * left)
    axes.set_yticks(range(len(systems)), systems, fontsize=8)
    axes.invert_yaxis()
    axes.set_title(f"{title} [{unit}]", fontsize=9, loc="left")
    axes.tick_params(axis="x", labelsize=7)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def plot(result, path, say):
    """Writes a PNG with a panel for each figure, or says why not."""
    try:
        import matplotlib
    except ImportError as e:
        say(f"no plot: {e}")
        return
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    done = by_row(result)
    shown = [f for f in figures.FIGURES if measured(done, f)[1]]
    if not shown:
        say("no plot: nothing of it was measured")
        return
    lines = [shown[i:i + COLUMNS] for i in range(0, len(shown), COLUMNS)]

    def bars(figure):
        sizes, systems = measured(done, figure)
        return max(len(sizes) * len(systems), 4)

    heights = [max(bars(f) for f in line) * 0.15 + 0.6 for line in lines]
    image, grid = plt.subplots(
        len(lines), min(COLUMNS, len(shown)), squeeze=False,
        figsize=(5.2 * min(COLUMNS, len(shown)), sum(heights) + 0.8),
        gridspec_kw={"height_ratios": heights}, layout="constrained")
    for line, axes_line in zip(lines, grid):
        for axes in axes_line[len(line):]:
            axes.axis("off")
        for figure, axes in zip(line, axes_line):
            panel(axes, done, figure)
    m = result["machine"]
    image.suptitle(
        ("QUICK, means nothing: " if result["quick"] else "") +
        "evergreen beside other systems: less is better, log scale, "
        f"median with range\n{m['cpu']}, Linux {m['kernel']}", fontsize=10)
    image.savefig(path, dpi=110)
