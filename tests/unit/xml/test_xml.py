"""Hostile and broken documents are refused with a line; what is written is stable."""

from pathlib import Path

import pytest

from engine import xml
from engine.errors import XmlRefused

BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]>
<a>&y;</a>"""


def test_a_doctype_is_refused_with_its_line() -> None:
    with pytest.raises(XmlRefused) as caught:
        xml.parse(BOMB)
    assert caught.value.line == 2
    assert "DOCTYPE" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_doctype_is_refused_in_encodings_that_hide_it(encoding: str) -> None:
    hidden = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'.encode(encoding)
    with pytest.raises(XmlRefused):
        xml.parse(hidden)


def test_six_megabytes_are_refused_before_parsing() -> None:
    with pytest.raises(XmlRefused, match="at most"):
        xml.parse(b"<a>" + b" " * 6_000_000 + b"</a>", "big.bpmn")


def test_too_many_elements_are_refused() -> None:
    with pytest.raises(XmlRefused, match="more than"):
        xml.parse(b"<a>" + b"<b/>" * 100_001 + b"</a>")


@pytest.mark.parametrize("data", [b"", b"<a>", b"not xml", b"\x00\x01", b"<a>&nbsp;</a>"])
def test_what_is_not_well_formed_is_refused(data: bytes) -> None:
    with pytest.raises(XmlRefused):
        xml.parse(data, "x.bpmn")


def test_the_line_of_the_mistake_is_told() -> None:
    with pytest.raises(XmlRefused) as caught:
        xml.parse(b"<a>\n<b>\n</a>", "x.bpmn")
    assert caught.value.line == 3
    assert "x.bpmn" in str(caught.value)


def test_depth_is_bounded() -> None:
    with pytest.raises(XmlRefused):
        xml.parse(b"<a>" * 5000 + b"</a>" * 5000)


def test_names_are_split() -> None:
    root = xml.parse(b'<x:a xmlns:x="urn:x"><!-- c --><b/></x:a>')
    assert (xml.local(root), xml.namespace(root)) == ("a", "urn:x")
    assert xml.local(root[0]) == ""
    assert xml.namespace(root[1]) == ""


def test_building_and_writing_keep_order_and_text() -> None:
    node = xml.element("a", {"z": "1", "b": "2"}, "one", xml.element("b"), "two", "three")
    assert xml.to_bytes(node).endswith(b'<a z="1" b="2">one<b/>twothree</a>')
    assert xml.to_bytes(xml.parse(xml.to_bytes(node))) == xml.to_bytes(node)


def test_characters_that_xml_cannot_carry_are_refused() -> None:
    with pytest.raises(XmlRefused):
        xml.element("a", {}, "\x00")


def test_canonical_form_ignores_order_of_attributes_and_comments() -> None:
    one = xml.parse(b'<a b="1" c="2"><!-- x --><d></d></a>')
    two = xml.parse(b"<a c='2'   b='1'><d/></a>")
    assert xml.canonical(one) == xml.canonical(two) == b'<a b="1" c="2"><d></d></a>'
    assert xml.canonical(one, exclusive=False) == b'<a b="1" c="2"><d></d></a>'


def test_a_schema_tells_line_and_reason(tmp_path: Path) -> None:
    (tmp_path / "part.xsd").write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="b"/></s:schema>'
    )
    (tmp_path / "whole.xsd").write_text(
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema">'
        '<s:include schemaLocation="part.xsd"/>'
        '<s:element name="a"><s:complexType><s:sequence><s:element ref="b"/></s:sequence>'
        "</s:complexType></s:element></s:schema>"
    )
    schema = xml.Schema.at(tmp_path / "whole.xsd")
    assert schema is xml.Schema.at(tmp_path / "whole.xsd")
    assert schema.violations(xml.parse(b"<a><b/></a>")) == []
    ((line, reason),) = schema.violations(xml.parse(b"<a>\n<c/></a>"))
    assert line == 2
    assert "c" in reason
