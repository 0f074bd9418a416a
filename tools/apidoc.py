# SPDX-License-Identifier: MIT
"""Reads the public headers: each EG_API function and the comment above it.

What check-symbols, check-docs and gen-man.py share. A comment looks so:

    /**
     * eg_join - wait for a fiber to finish and take its result
     * @f: fiber to wait for
     *
     * Paragraphs.
     *
     * Return: 0, or
     *   -ECANCELED  the calling fiber was cancelled
     * Thread safety: hub thread only. Since: 0.1. See: eg_spawn(3)
     */
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADERS = ROOT / "include" / "evergreen"

TOKEN = re.compile(r"/\*\*(?P<doc>.*?)\*/|/\*.*?\*/"
                   r"|^[ \t]*#(?:[^\n\\]|\\.)*(?:\\\n(?:[^\n\\]|\\.)*)*"
                   r"|\b(?P<api>EG_API)\b(?P<decl>[^;{]*);",
                   re.DOTALL | re.MULTILINE)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)"
                       r"|\bEG_(?:PRINTF|MUST_USE|NONNULL|MAY_SWITCH|NORETURN"
                       r"|DEPRECATED)\b(?:\s*\([^()]*\))?")


class Function:
    """One public function, as declared and as described."""

    def __init__(self, header, line, declaration, doc):
        self.header = header
        self.line = line
        self.declaration = " ".join(declaration.split())
        bare = " ".join(ATTRIBUTE.sub(" ", declaration).split())
        self.name = re.search(r"\b(eg_\w+)\s*\(", bare).group(1)
        self.result, _, rest = bare.partition(self.name)
        self.result = self.result.strip()
        self.parameters = parameter_names(rest)
        self.doc = Doc(doc) if doc is not None else None


class Doc:
    """A doc comment taken apart."""

    def __init__(self, text):
        lines = [re.sub(r"^\s*\* ?", "", line).rstrip()
                 for line in text.strip("\n").splitlines()]
        lines = "\n".join(lines).strip("\n").split("\n")
        self.title = lines[0]
        self.parameters = {}
        self.body = []
        self.returns = []
        self.tags = {}
        self._read(lines[1:])

    def _read(self, lines):
        into = self.body
        for line in lines:
            parameter = re.match(r"@(\w+|\.\.\.):\s*(.*)", line)
            tags = re.match(r"(Thread safety|Since|See):", line)
            if parameter and into is self.body and not any(self.body):
                into = self.parameters.setdefault(parameter[1], [])
                into.append(parameter[2])
                into = self.body
                last = self.parameters[parameter[1]]
            elif into is self.body and not any(self.body) and \
                    line.startswith((" ", "\t")) and self.parameters:
                last.append(line.strip())
            elif tags:
                self._read_tags(line)
                into = None
            elif line.startswith("Return:"):
                into = self.returns
                into.append(line[len("Return:"):].strip())
            elif into is None:
                if line.strip():
                    self._continue_tags(line)
            else:
                into.append(line)

    def _read_tags(self, line):
        parts = re.split(r"(?:^|(?<=\s))(Thread safety|Since|See):\s*", line)
        for tag, value in zip(parts[1::2], parts[2::2]):
            self.tags[tag] = value.strip().rstrip(".")
            self._last_tag = tag

    def _continue_tags(self, line):
        tag = self._last_tag
        head, *rest = re.split(r"(?<=\s)(?=(?:Since|See):)|^(?=(?:Since|See):)",
                               line.strip(), maxsplit=1)
        self.tags[tag] = f"{self.tags[tag]} {head}".strip().rstrip(".")
        if rest:
            self._read_tags(rest[0])

    @property
    def name(self):
        return self.title.partition(" - ")[0].strip()

    @property
    def summary(self):
        return self.title.partition(" - ")[2].strip()


def parameter_names(text):
    """The names in "(int fd, void (*fn)(void *), ...)"."""
    inside = text[text.index("(") + 1:text.rindex(")")]
    parts, depth, start = [], 0, 0
    for i, c in enumerate(inside + ","):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts.append(inside[start:i].strip())
            start = i + 1
    names = []
    for part in parts:
        if part in ("", "void"):
            continue
        pointer = re.search(r"\(\s*\*\s*(?:const\s+)?(\w+)\s*\)", part)
        plain = re.search(r"(\w+|\.\.\.)\s*(?:\[[^\]]*\])*$", part)
        names.append(pointer[1] if pointer else plain[1])
    return names


def read_header(path):
    text = path.read_text()
    functions, doc = [], None
    doc_end = 0
    for match in TOKEN.finditer(text):
        if match["doc"] is not None:
            doc, doc_end = match["doc"], match.end()
        elif match["api"] and "(" in match["decl"]:
            own = doc if doc is not None and \
                not text[doc_end:match.start()].strip() else None
            line = text.count("\n", 0, match.start()) + 1
            functions.append(Function(path.name, line, match["decl"], own))
            doc = None
    return functions


def read_all():
    """Every public function, in the order of headers and lines."""
    functions = []
    for path in sorted(HEADERS.glob("*.h")):
        functions += read_header(path)
    return functions


def read_variables():
    """The names of the public variables."""
    names = set()
    for path in sorted(HEADERS.glob("*.h")):
        for match in TOKEN.finditer(path.read_text()):
            if match["api"] and "(" not in match["decl"]:
                names.add(re.search(r"(\w+)\s*(?:\[[^\]]*\])?\s*$",
                                    match["decl"])[1])
    return names
