"""Reads out of a page what its form would send as it stands, as a browser would."""

from html.parser import HTMLParser

Said = dict[str, object]


class FormReader(HTMLParser):
    """Collects the fields of the form with id ``form``."""

    def __init__(self) -> None:
        """Begin outside of any form."""
        super().__init__()
        self.found: Said = {}
        self._inside = False
        self._copies = 0
        self._area = self._select = ""

    def _put(self, name: str, value: str) -> None:
        before = self.found.get(name)
        if before is None:
            self.found[name] = value
        else:
            self.found[name] = [*(before if isinstance(before, list) else [before]), value]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a field."""
        said = {key: value or "" for key, value in attrs}
        if tag == "form":
            self._inside = said.get("id") == "form"
        self._copies += tag == "template"
        if self._inside and not self._copies:
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        name = said.get("name", "")
        if tag == "input":
            self._input(name, said)
        elif tag == "textarea":
            self._area = name
            self._put(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in said:
            self._put(self._select, said.get("value", ""))

    def _input(self, name: str, said: dict[str, str]) -> None:
        kind = said.get("type", "text")
        unticked = kind in {"radio", "checkbox"} and "checked" not in said
        if name and name != "csrf_token" and kind != "file" and not unticked:
            self._put(name, said.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        """Leave a field."""
        self._copies -= tag == "template"
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        """Take what stands in a text area."""
        if self._inside and self._area:
            self.found[self._area] = data.strip("\n")


def fields(page: str) -> Said:
    """Return what the form of a task's page would send."""
    reader = FormReader()
    reader.feed(page)
    return reader.found
