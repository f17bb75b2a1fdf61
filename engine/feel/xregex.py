"""Regular expressions of XPath (``matches``, ``replace``, ``split``), matched in linear time.

Python's `re` backtracks without bound and speaks another dialect. Here a pattern becomes a small
program, run with priorities (as backtracking would choose) but visiting each instruction at each
position at most once; only back-references give that up, and then the steps are bounded as any
other work of an evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine.feel.runtime import Run
from engine.feel.xregex_parse import (
    Alternation,
    Anchor,
    BackReference,
    Chars,
    Group,
    Node,
    PatternError,
    Repeat,
    Sequence,
    parse,
)

#: Longest program, in instructions: bounds what ``{1000}`` within ``{1000}`` may ask for.
MAX_PROGRAM: Final = 20_000
#: Largest table of instructions by positions, in bytes.
MAX_CELLS: Final = 16_000_000

_CHAR, _SPLIT, _JUMP, _SAVE, _START, _END, _BACK, _MARK, _MOVED, _MATCH = range(10)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step of a program; `a` and `b` are targets or slots."""

    kind: int
    a: int = 0
    b: int = 0
    test: Callable[[str], bool] | None = None


class _Builder:
    """Tree → program."""

    def __init__(self, groups: int) -> None:
        self.code: list[Instruction] = []
        self.slots = 2 * (groups + 1)
        self.work = 0

    def emit(self, kind: int, a: int = 0, b: int = 0) -> int:
        if len(self.code) >= MAX_PROGRAM:
            raise PatternError("too large")
        self.code.append(Instruction(kind, a, b))
        return len(self.code) - 1

    def patch(self, at: int, a: int, b: int = 0) -> None:
        self.code[at] = Instruction(self.code[at].kind, a, b)

    def build(self, node: Node) -> None:
        self.work += 1
        if self.work > 4 * MAX_PROGRAM:  # repeated groups of nothing make no instructions
            raise PatternError("too large")
        self._TABLE[type(node)](self, node)

    def _chars(self, node: Chars) -> None:
        at = self.emit(_CHAR)
        self.code[at] = Instruction(_CHAR, test=node.test)

    def _anchor(self, node: Anchor) -> None:
        self.emit(_START if node.start else _END, int(node.multiline))

    def _back(self, node: BackReference) -> None:
        self.emit(_BACK, node.number, int(node.ignore_case))

    def _sequence(self, node: Sequence) -> None:
        for part in node.parts:
            self.build(part)

    def _group(self, node: Group) -> None:
        if node.number:
            self.emit(_SAVE, 2 * node.number)
        self.build(node.inner)
        if node.number:
            self.emit(_SAVE, 2 * node.number + 1)

    def _alternation(self, node: Alternation) -> None:
        ends: list[int] = []
        for part in node.parts[:-1]:
            split = self.emit(_SPLIT)
            self.build(part)
            ends.append(self.emit(_JUMP))
            self.patch(split, split + 1, len(self.code))
        self.build(node.parts[-1])
        for end in ends:
            self.patch(end, len(self.code))

    def _repeat(self, node: Repeat) -> None:
        for _ in range(node.least):
            self.build(node.inner)
        if node.most is None:
            self._loop(node)
            return
        splits = []
        for _ in range(node.most - node.least):
            splits.append(self.emit(_SPLIT))
            self.build(node.inner)
        for split in splits:
            self._fork(split, split + 1, len(self.code), greedy=node.greedy)

    def _loop(self, node: Repeat) -> None:
        slot = self.slots
        self.slots += 1
        split = self.emit(_SPLIT)
        self.emit(_MARK, slot)
        self.build(node.inner)
        self.emit(_MOVED, slot)
        self.emit(_JUMP, split)
        self._fork(split, split + 1, len(self.code), greedy=node.greedy)

    def _fork(self, split: int, into: int, past: int, *, greedy: bool) -> None:
        self.patch(split, into if greedy else past, past if greedy else into)

    _TABLE: Final[dict[type, Callable[..., None]]] = {
        Chars: _chars, Anchor: _anchor, BackReference: _back, Sequence: _sequence, Group: _group,
        Alternation: _alternation, Repeat: _repeat,
    }  # fmt: skip


Slots = tuple[int, ...]


class _Set:
    """Places already tried, for long texts."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def before(self, key: int) -> bool:
        """Whether this place was tried before; from now on it was."""
        if key in self._known:
            return True
        self._known.add(key)
        return False


class _Flags:
    """Places already tried, one byte each."""

    def __init__(self, size: int) -> None:
        self._known = bytearray(size)

    def before(self, key: int) -> bool:
        """Whether this place was tried before; from now on it was."""
        if self._known[key]:
            return True
        self._known[key] = 1
        return False


_Seen = _Set | _Flags


class _Machine:
    """One text under one program; what failed once at a place is not tried there again."""

    def __init__(self, pattern: Pattern, text: str, run: Run) -> None:
        self.pattern = pattern
        self.text = text
        self.run = run
        cells = len(pattern.program) * (len(text) + 1)
        self.seen: _Seen = _Flags(cells) if cells <= MAX_CELLS else _Set()

    def match(self, start: int) -> Slots | None:
        """The groups of a match beginning there."""
        program, width = self.pattern.program, len(self.text) + 1
        remember = not self.pattern.backtracks
        stack = [(0, start, (start, -1) + (-1,) * (self.pattern.slots - 2))]
        while stack:
            pc, at, slots = stack.pop()
            while pc >= 0:
                key = pc * width + at
                if remember and self.seen.before(key):
                    break
                self.run.spend()
                step = program[pc]
                if step.kind == _MATCH:
                    return (slots[0], at, *slots[2:])
                if step.kind == _SPLIT:
                    stack.append((step.b, at, slots))
                    pc = step.a
                else:
                    pc, at, slots = self._step(step, pc, at, slots)
        return None

    def _step(self, step: Instruction, pc: int, at: int, slots: Slots) -> tuple[int, int, Slots]:
        """Next instruction (-1: failed), position and slots."""
        kind = step.kind
        if kind == _CHAR:
            fits = at < len(self.text) and step.test is not None and step.test(self.text[at])
            return (pc + 1, at + 1, slots) if fits else (-1, at, slots)
        if kind == _JUMP:
            return step.a, at, slots
        if kind in (_SAVE, _MARK):
            return pc + 1, at, (*slots[: step.a], at, *slots[step.a + 1 :])
        if kind == _BACK:
            return self._back(step, pc, at, slots)
        fine = slots[step.a] != at if kind == _MOVED else self._anchored(step, at)
        return (pc + 1 if fine else -1), at, slots

    def _anchored(self, step: Instruction, at: int) -> bool:
        text = self.text
        if step.kind == _START:
            return at == 0 or (bool(step.a) and text[at - 1] == "\n" and at < len(text))
        return at == len(text) or (bool(step.a) and text[at] == "\n")

    def _back(self, step: Instruction, pc: int, at: int, slots: Slots) -> tuple[int, int, Slots]:
        start, end = slots[2 * step.a], slots[2 * step.a + 1]
        wanted = self.text[start:end] if 0 <= start <= end else ""
        found = self.text[at : at + len(wanted)]
        same = found.lower() == wanted.lower() if step.b else found == wanted
        return (pc + 1, at + len(wanted), slots) if same else (-1, at, slots)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    program: tuple[Instruction, ...]
    slots: int
    groups: int
    backtracks: bool
    literal: bool

    @staticmethod
    @lru_cache(maxsize=1024)
    def of(pattern: str, flags: str) -> Pattern:
        """Read a pattern with XPath's flags ``s m i x q``; PatternError for a wrong one."""
        tree = parse(pattern, flags)
        builder = _Builder(tree.groups)
        builder.build(tree.node)
        builder.emit(_MATCH)
        program = tuple(builder.code)
        backtracks = any(step.kind == _BACK for step in program)
        return Pattern(program, builder.slots, tree.groups, backtracks, "q" in flags)

    def search(self, text: str, run: Run, start: int = 0) -> Slots | None:
        """The first match from a position on."""
        machine = _Machine(self, text, run)
        for at in range(start, len(text) + 1):
            found = machine.match(at)
            if found is not None:
                return found
        return None

    def _matches(self, text: str, run: Run) -> Iterator[Slots]:
        if self.search("", run) is not None:
            raise PatternError("matches the empty text")
        at = 0
        while (found := self.search(text, run, at)) is not None:
            yield found
            at = found[1]

    def split(self, text: str, run: Run) -> list[object]:
        """The parts between matches."""
        parts: list[object] = []
        at = 0
        for found in self._matches(text, run):
            parts.append(text[at : found[0]])
            at = found[1]
        return [*parts, text[at:]]

    def replace(self, text: str, replacement: str, run: Run) -> str:
        """The text with every match replaced."""
        pieces = [replacement] if self.literal else _pieces(replacement, self.groups)
        made: list[str] = []
        at = size = 0
        for found in self._matches(text, run):
            new = "".join(_filled(piece, found, text) for piece in pieces)
            made += (text[at : found[0]], new)
            at = found[1]
            size += len(made[-2]) + len(new)
            run.made_string(size)
        return "".join(made) + text[at:]


def _filled(piece: str | int, found: Slots, text: str) -> str:
    if isinstance(piece, str):
        return piece
    start, end = found[2 * piece], found[2 * piece + 1]
    return text[start:end] if 0 <= start <= end else ""


def _pieces(replacement: str, groups: int) -> list[str | int]:
    """Literal parts and group numbers of a replacement text."""
    made: list[str | int] = []
    at = 0
    while at < len(replacement):
        mark, after = replacement[at], replacement[at + 1 : at + 2]
        if mark == "\\":
            if after not in ("\\", "$"):
                raise PatternError("wrong escape in the replacement")
            made.append(after)
            at += 2
        elif mark == "$":
            number, at = _group_number(replacement, at + 1, groups)
            if number <= groups:
                made.append(number)
        else:
            made.append(mark)
            at += 1
    return made


def _group_number(replacement: str, at: int, groups: int) -> tuple[int, int]:
    end = at
    while end < len(replacement) and replacement[end] in "0123456789":
        if end > at and int(replacement[at : end + 1]) > groups:
            break
        end += 1
    if end == at:
        raise PatternError("a dollar without a number in the replacement")
    return int(replacement[at:end]), end
