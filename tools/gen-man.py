#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""gen-man.py VERSION DIRECTORY [DEPFILE] - man pages from the public headers.

A page of section 3 for each EG_API function, made of the doc comment above
its declaration; apidoc.py says what that looks like.
"""
import pathlib
import re
import sys

import apidoc

COLUMNS = 72


def escape(text):
    """Text as troff takes it, with @name in italics and *word* in bold."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"@(\w+)", r"\\fI\1\\fP", text)
    text = re.sub(r"(?<!\w)\*(\w+)\*(?!\w)", r"\\fB\1\\fP", text)
    text = re.sub(r"\b(eg_\w+)(\((?:3|7)?\))", r"\\fB\1\\fP\2", text)
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def paragraphs(lines):
    """Prose, filled; lines indented by more than a space, as they are."""
    out, is_literal = [], False
    for line in lines:
        indented = line.startswith(("  ", "\t"))
        if indented != is_literal and line.strip():
            out.append(".PP\n.in +4n\n.nf" if indented else ".fi\n.in")
            is_literal = indented
        if line.strip():
            out.append(escape(line.strip() if not indented else line[2:]))
        elif out and out[-1] != ".PP" and not is_literal:
            out.append(".PP")
    if is_literal:
        out.append(".fi\n.in")
    return "\n".join(out).rstrip().removesuffix(".PP").rstrip()


def synopsis(function):
    """The declaration, a parameter a line where one line is too long."""
    text = re.sub(r"\s*\bEG_API\b\s*", "", function.declaration) + ";"
    if len(text) > COLUMNS:
        head, _, rest = text.partition("(")
        text = head + "(\n    " + rest.replace(", ", ",\n    ")
    return escape(text)


def returns(lines):
    """What comes back: a sentence, then an entry for each error code."""
    out, is_entry = [], False
    for line in lines:
        code = re.match(r"\s+(-E[A-Z0-9]+(?:,\s*-E[A-Z0-9]+)*)\s+(.*)", line)
        if code:
            out.append(f".TP\n.B {escape(code[1])}\n{escape(code[2])}")
            is_entry = True
        elif line.strip():
            if is_entry and not line.startswith("    "):
                out.append(".PP")
                is_entry = False
            out.append(escape(line.strip()))
    return "\n".join(out)


def page(function, version):
    doc = function.doc
    header = f"evergreen/{function.header}"
    out = [f'.\\" Made from {header} by gen-man.py.',
           f'.TH {function.name} 3 "" "evergreen {version}"',
           ".SH NAME", f"{function.name} \\- {escape(doc.summary)}",
           ".SH SYNOPSIS", ".nf", f".B #include <{header}>", ".PP",
           synopsis(function), ".fi"]
    if doc.parameters:
        out.append(".SH PARAMETERS")
    for name, lines in doc.parameters.items():
        out += [".TP", f".I {name}", escape(" ".join(lines))]
    if any(doc.body):
        out += [".SH DESCRIPTION", paragraphs(doc.body)]
    if any(doc.returns) and function.result != "void":
        out += [".SH RETURN VALUE", returns(doc.returns)]
    for tag, title in (("Thread safety", "THREAD SAFETY"), ("Since", "HISTORY")):
        if tag in doc.tags:
            text = doc.tags[tag]
            text = f"Since evergreen {text}" if tag == "Since" else text
            out += [f".SH {title}", escape(text[:1].upper() + text[1:]) + "."]
    see = [doc.tags["See"]] if "See" in doc.tags else []
    out += [".SH SEE ALSO", escape(", ".join(see + ["evergreen(7)"]))]
    return "\n".join(out) + "\n"


def main():
    version, directory = sys.argv[1:3]
    pages = pathlib.Path(directory)
    pages.mkdir(exist_ok=True)
    for old in pages.glob("*.3"):
        old.unlink()
    for function in apidoc.read_all():
        if function.doc:
            path = pages / f"{function.name}.3"
            path.write_text(page(function, version))
    if len(sys.argv) > 3:
        headers = " ".join(map(str, sorted(apidoc.HEADERS.glob("*.h"))))
        pathlib.Path(sys.argv[3]).write_text(f"{directory}: {headers}\n")


main()
