"""Documents for the viewer: honest ones, and such as try to get at the page."""

import io
import struct
import zlib

import typst

#: Runs when opened, when printed and from a field, and leads away; also with script in its form.
HOSTILE_PDF = rb"""%PDF-1.7
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R/AA<</WC 4 0 R/DP 4 0 R>>
/Names<</JavaScript<</Names[(a)4 0 R]>>/EmbeddedFiles<</Names[]>>>>
/AcroForm<</Fields[6 0 R]/NeedAppearances true/XFA[(template)7 0 R]>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Annots[5 0 R 6 0 R]/AA<</O 4 0 R>>
/Resources<</Font<</F1 8 0 R>>>>/Contents 9 0 R>>endobj
4 0 obj<</S/JavaScript/JS(app.alert("1"); globalThis.hacked = 1; app.launchURL("/hacked"))>>endobj
5 0 obj<</Type/Annot/Subtype/Link/Rect[0 0 300 200]/A<</S/URI
/URI(javascript:globalThis.hacked=1)>>>>endobj
6 0 obj<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[10 10 90 30]/AA<</E 4 0 R/C 4 0 R>>>>endobj
7 0 obj<</Length 78>>stream
<template><script contentType="text/javascript">hacked = 1</script></template>
endstream endobj
8 0 obj<</Type/Font/Subtype/Type1/BaseFont/F/FirstChar 0/LastChar 0/Widths[0]
/FontMatrix[1 2 3 4 5 (0\); globalThis.hacked = 1;//)]/FontDescriptor 10 0 R>>endobj
9 0 obj<</Length 72>>stream
BT /F1 20 Tf 20 100 Td (<img src=x onerror="globalThis.hacked=1">) Tj ET
endstream endobj
10 0 obj<</Type/FontDescriptor/FontName/F/Flags 4/FontBBox[0 0 1 1]/FontFile3 7 0 R>>endobj
trailer<</Root 1 0 R/Size 11>>
%%EOF
"""
#: A page that calls itself a PDF: its first bytes pass for one.
PAGE_AS_PDF = (
    b"%PDF-1.4\n<!doctype html><html><body><script>globalThis.hacked=1</script>"
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.hacked=1"/></body></html>'
)
PAGE = b"<!doctype html><script>globalThis.hacked=1</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.hacked=1"/>'
#: Begins as a TIFF does: kept, but no browser shows it.
TIFF = b"II*\x00" + bytes(200)


def pdf(*pages: str) -> bytes:
    """Return a PDF with a sentence on each page."""
    body = "\n#pagebreak()\n".join(f"= {one}" for one in pages)
    made = typst.compile(f'#set page(paper: "a4")\n{body}'.encode(), format="pdf")
    assert isinstance(made, bytes)
    return made


def png(wide: int = 600, high: int = 400) -> bytes:
    """Return a picture: blue above, white below."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = io.BytesIO()
    for row in range(high):
        rows.write(b"\0" + (b"\x20\x50\xb0" if row < high // 2 else b"\xff\xff\xff") * wide)
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    packed = zlib.compress(rows.getvalue())
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )
