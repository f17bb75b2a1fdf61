"""Stable writing: one element a line, nothing lost, the same bytes for the same document."""

import random

import pytest

from engine import xml

DOCUMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- before --><a:root xmlns:a="urn:a" xmlns:z="urn:z" xmlns:unused="urn:u" z:late="2" id="1"
 early="3">
<!-- about the child --><a:child b="2" a="1"/>
      <a:text>  two
lines &amp; a &lt; sign  </a:text><a:mixed>one <a:b/> two</a:mixed>
<a:empty>
</a:empty><a:blank> </a:blank><a:named q="z:thing" tab="&#9;" line="&#10;" quote="&quot;'"/>
</a:root><!-- after -->"""


def written(data: bytes, *first: str) -> bytes:
    return xml.stable(xml.parse(data), first)


def test_each_element_stands_on_a_line_with_its_attributes_in_order() -> None:
    assert written(DOCUMENT, "id").decode().splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!-- before -->",
        '<a:root xmlns:a="urn:a" xmlns:z="urn:z" id="1" early="3" z:late="2">',
        "  <!-- about the child -->",
        '  <a:child a="1" b="2"/>',
        "  <a:text>  two",
        "lines &amp; a &lt; sign  </a:text>",
        "  <a:mixed>one <a:b/> two</a:mixed>",
        "  <a:empty/>",
        "  <a:blank> </a:blank>",
        """  <a:named line="&#10;" q="z:thing" quote="&quot;'" tab="&#9;"/>""",
        "</a:root>",
        "<!-- after -->",
    ]


@pytest.mark.parametrize(
    "data",
    [
        DOCUMENT,
        b'<a xmlns="urn:u"><b xmlns=""><c x="1"/></b><p:d xmlns:p="urn:q" p:r="p:z">x</p:d></a>',
        b'<a xml:space="preserve" xml:lang="kk">\n <b/> </a>',
        b"<a>x&#13;y</a>",
        "<a b='қазақша \U0001f600'>ұ</a>".encode(),
    ],
)
def test_nothing_is_lost_and_a_second_time_nothing_changes(data: bytes) -> None:
    once = written(data)
    assert written(once) == once
    squeezed = [xml.canonical(_squeezed(xml.parse(one)), comments=True) for one in (data, once)]
    assert squeezed[0] == squeezed[1]


def _squeezed(root: xml.Element) -> xml.Element:
    """Take out white space that means nothing, in an element that holds others or a line break."""
    for node in root.iter():
        if node.get("{http://www.w3.org/XML/1998/namespace}space"):
            break
        pieces = [node.text, *(child.tail for child in node)]
        if any(piece and piece.strip() for piece in pieces):
            continue
        if len(node) or "\n" in (node.text or ""):
            node.text = None
        for child in node:
            child.tail = None
    return root


@pytest.mark.parametrize("seed", range(40))
def test_a_random_document_is_kept_and_settles_at_once(seed: int) -> None:
    dice = random.Random(seed)
    once = written(_random(dice))
    assert written(once) == once


def _random(dice: random.Random) -> bytes:
    def node(depth: int) -> str:
        tag = dice.choice(["a", "p:b", "c"])
        pairs = {dice.choice(["x", "y", "p:z"]): dice.choice(["1", "&lt;", "p:q", "&#10;"])}
        said = "".join(f' {key}="{value}"' for key, value in pairs.items())
        inner = "".join(
            dice.choice([node(depth + 1), " ", "\n", "t", "<!--c-->"]) if depth < 5 else "x"
            for _ in range(dice.randrange(4))
        )
        return f"<{tag}{said}>{inner}</{tag}>"

    return f'<r xmlns:p="urn:p" xmlns="urn:d">{node(0)}{node(0)}</r>'.encode()
