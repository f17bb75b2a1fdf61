"""Charts as SVG, drawn on the server: the same picture on a page, on its print and in a PDF.

Bars and lines only, 360 units wide, so that one fits a phone as it is and two stand side by side on
a desk. Series differ by pattern, dash and marker first, by colour last. Colours are attributes, for
paper; a page's style sheet may replace them by the classes ``s-<ink>`` and dress for the dark. No
``style`` attribute occurs: a strict content policy refuses them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH = 360
#: Height of a bar, of a row's label, gaps.
BAR, LABEL, GAP = 14, 17, 9
#: Height of a line of the legend.
KEY = 18
#: Average width of a letter of size 12, as a share of the width of a legend's line.
LETTER = 7.3
#: Ink → colour on paper. The names are the tokens of the style sheet.
INKS = {
    "done": "#1b6a3d",
    "accent": "#0b6780",
    "late": "#b3261e",
    "soon": "#875200",
    "quiet": "#5f6c79",
}
_TEXT, _LINE, _PAPER = "#16202a", "#cdd4da", "#ffffff"


@dataclass(frozen=True, kw_only=True)
class Series:
    """What is counted: one kind of bar or one line."""

    #: Its name in the legend.
    name: str
    #: A key of `INKS`.
    ink: str = "accent"
    #: ``solid``, ``stripes``, ``dots``, ``cross`` or ``hollow``; a line: its dash and marker.
    pattern: str = "solid"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What the series are counted of: a field, a quarter, a stage."""

    #: Its name.
    name: str
    #: One value for each series; None: not known.
    values: Sequence[float | None]
    #: What stands at the end of each bar instead of the bare value; for stacked bars of the row.
    words: Sequence[str] = field(default=())


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _tag(tag: str, content: str = "", /, **attributes: object) -> str:
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_said(value))}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"


def _said(value: object) -> str:
    return _number(value) if isinstance(value, int | float) else str(value)


def _text(
    x: float, y: float, said: str, *, anchor: str = "start", css: str = "t", **more: object
) -> str:
    return _tag(
        "text",
        escape(said),
        x=x,
        y=y,
        text_anchor=anchor,
        font_size=12,
        fill=_TEXT,
        class_=css,
        **more,
    )


def _pattern(name: str, one: Series) -> str:
    """Return the definition of a series' pattern; a solid or hollow one needs none."""
    ink = INKS[one.ink]
    ground = _tag("rect", width=6, height=6, fill=_PAPER, class_="paper")
    line = {"stroke": ink, "stroke_width": 2, "class_": f"s-{one.ink}"}
    drawn = {
        "stripes": _tag("path", d="M-1.5 1.5l3-3M0 6l6-6M4.5 7.5l3-3", **line),
        "dots": _tag("circle", cx=3, cy=3, r=1.6, fill=ink, class_=f"f-{one.ink}"),
        "cross": _tag("path", d="M0 0l6 6M6 0l-6 6", **{**line, "stroke_width": 1.2}),
    }
    content = ground + drawn[one.pattern]
    return _tag("pattern", content, id=name, width=6, height=6, patternUnits="userSpaceOnUse")


def _fill(key: str, place: int, one: Series) -> dict[str, object]:
    """Return the attributes of a bar of a series."""
    ink = INKS[one.ink]
    edge = {"stroke": ink, "stroke_width": 1}
    if one.pattern == "solid":
        return {"fill": ink, **edge, "class_": f"f-{one.ink} s-{one.ink}"}
    if one.pattern == "hollow":
        return {"fill": _PAPER, **edge, "class_": f"paper s-{one.ink}"}
    return {"fill": f"url(#{key}-{place})", **edge, "class_": f"s-{one.ink}"}


def _definitions(key: str, series: Sequence[Series]) -> str:
    found = "".join(
        _pattern(f"{key}-{place}", one)
        for place, one in enumerate(series)
        if one.pattern not in {"solid", "hollow"}
    )
    return _tag("defs", found) if found else ""


def _legend(key: str, series: Sequence[Series], *, lines: bool = False) -> tuple[str, float]:
    """Return the legend and its height; names flow on to the next line."""
    drawn, x, y = "", 0.0, 0.0
    for place, one in enumerate(series):
        width = 22 + len(one.name) * LETTER + 12
        if x and x + width > WIDTH:
            x, y = 0.0, y + KEY
        drawn += (
            _stroke(one, [(x, y + 8), (x + 16, y + 8)]) + _marker(one, x + 8, y + 8)
            if lines
            else _tag("rect", x=x + 1, y=y + 2, width=12, height=12, **_fill(key, place, one))
        )
        drawn += _text(x + (22 if lines else 19), y + 12, one.name)
        x += width
    return drawn, y + KEY + 6


def _picture(key: str, title: str, height: float, content: str) -> str:
    """Return the SVG; `title` is what it is called by whoever cannot see it."""
    return _tag(
        "svg",
        _tag("title", escape(title), id=f"{key}-t") + content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {_number(height)}",
        role="img",
        aria_labelledby=f"{key}-t",
        class_="chart",
        font_family="Inter, Libertinus Serif, sans-serif",
    )


def _most(rows: Iterable[float]) -> float:
    return max(rows, default=0) or 1


def stacked(key: str, title: str, series: Sequence[Series], rows: Sequence[Row]) -> str:
    """Return lying bars, the series of a row one after another; the sum stands at the end.

    `key` begins the ids inside, so that two charts of a page do not mix; `title` tells in words
    what the chart shows. Values are counts; None counts as nothing.
    """
    most = _most(sum(value or 0 for value in row.values) for row in rows)
    drawn, y = _legend(key, series)
    room = WIDTH - 34.0
    for row in rows:
        drawn += _text(0, y + 12, row.name)
        x, top = 0.5, y + LABEL
        for place, (one, value) in enumerate(zip(series, row.values, strict=True)):
            wide = room * (value or 0) / most
            if wide:
                drawn += _tag("rect", x=x, y=top, width=wide, height=BAR, **_fill(key, place, one))
            x += wide
        said = row.words[0] if row.words else _number(sum(value or 0 for value in row.values))
        drawn += _text(x + 5, top + 11.5, said, css="t n")
        y = top + BAR + GAP
    return _picture(key, title, y, _definitions(key, series) + drawn)


def grouped(key: str, title: str, series: Sequence[Series], rows: Sequence[Row]) -> str:
    """Return lying bars, the series of a row one under another, each with its value.

    Of a value that is not known stands a dash.
    """
    most = _most(value or 0 for row in rows for value in row.values)
    drawn, y = _legend(key, series)
    room = WIDTH - 48.0
    for row in rows:
        drawn += _text(0, y + 12, row.name)
        y += LABEL
        for place, (one, value) in enumerate(zip(series, row.values, strict=True)):
            wide = room * (value or 0) / most
            if wide:
                drawn += _tag("rect", x=0.5, y=y, width=wide, height=BAR, **_fill(key, place, one))
            said = row.words[place] if row.words else "–" if value is None else _number(value)
            drawn += _text(wide + 5.5, y + 11.5, said, css="t n")
            y += BAR + 2
        y += GAP - 2
    return _picture(key, title, y, _definitions(key, series) + drawn)


#: Height of the room of lines, and where it begins at the left.
_ROOM, _LEFT = 130.0, 30.0
_DASHES = {"solid": "", "stripes": "7 4", "dots": "2 3", "cross": "9 3 2 3", "hollow": "4 2"}


def _stroke(one: Series, points: Sequence[tuple[float, float]]) -> str:
    dash = {"stroke_dasharray": _DASHES[one.pattern]} if _DASHES[one.pattern] else {}
    return _tag(
        "polyline",
        points=" ".join(f"{_number(x)},{_number(y)}" for x, y in points),
        fill="none",
        stroke=INKS[one.ink],
        stroke_width=2,
        class_=f"s-{one.ink}",
        **dash,
    )


def _marker(one: Series, x: float, y: float) -> str:
    """Return a point of a line: circle, square, triangle, rhomb or ring by its pattern."""
    shapes = {
        "stripes": f"M{_number(x - 4)} {_number(y - 4)}h8v8h-8z",
        "dots": f"M{_number(x)} {_number(y - 5)}l5 9h-10z",
        "cross": f"M{_number(x)} {_number(y - 5)}l5 5l-5 5l-5 -5z",
    }
    look: dict[str, object] = {"fill": INKS[one.ink], "class_": f"f-{one.ink}"}
    if one.pattern in shapes:
        return _tag("path", d=shapes[one.pattern], **look)
    if one.pattern == "hollow":
        look = {"fill": _PAPER, "stroke": INKS[one.ink], "stroke_width": 2}
        look["class_"] = f"paper s-{one.ink}"
    return _tag("circle", cx=x, cy=y, r=4, **look)


def _step(most: float) -> float:
    """Return a round step that makes four lines at most."""
    step = 1.0
    while most / step > 4:
        step *= 2.5 if str(step)[0] == "2" else 2
    return step


def _grid(top: float, highest: float, step: float) -> str:
    drawn, value = "", 0.0
    while value <= highest:
        y = top + _ROOM * (1 - value / highest)
        drawn += _tag(
            "path", d=f"M{_number(_LEFT)} {_number(y)}H{WIDTH}", stroke=_LINE, class_="grid"
        )
        drawn += _text(_LEFT - 6, y + 4, _number(value), anchor="end", css="t n")
        value += step
    return drawn


def _runs(
    across: Sequence[float], heights: Sequence[float | None], top: float, highest: float
) -> list[list[tuple[float, float]]]:
    """Return the points of a line, parted where a value is not known."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, value in zip(across, heights, strict=True):
        if value is None:
            found.append([])
        else:
            found[-1].append((x, top + _ROOM * (1 - value / highest)))
    return [run for run in found if run]


def lines(key: str, title: str, series: Sequence[Series], rows: Sequence[Row]) -> str:
    """Return one line for each series over the rows, the oldest first; gaps stay gaps."""
    most = _most(value or 0 for row in rows for value in row.values)
    step = _step(most)
    highest = step * -(-most // step)
    legend, top = _legend(key, series, lines=True)
    top += 6
    drawn = legend + _grid(top, highest, step)
    wide = (WIDTH - _LEFT - 30) / max(len(rows) - 1, 1)
    across = [_LEFT + 15 + place * wide for place in range(len(rows))]
    for place, one in enumerate(series):
        heights = [row.values[place] for row in rows]
        for run in _runs(across, heights, top, highest):
            drawn += _stroke(one, run) + "".join(_marker(one, x, y) for x, y in run)
    for x, row in zip(across, rows, strict=True):
        drawn += _text(x, top + _ROOM + 18, row.name, anchor="middle", css="t n")
    return _picture(key, title, top + _ROOM + 24, drawn)
