"""Documents → models, imports resolved among them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine import xml
from engine.dmn import elements as e
from engine.dmn.errors import ModelRefused
from engine.dmn.model import Model
from engine.model.text import text


def load(
    data: bytes | Path | str, source: str = "", *, others: Mapping[str, bytes] | None = None
) -> Model:
    """The model of a document.

    `others` are further documents by file name, among which imports are looked up (the document
    itself may be among them). Given a path instead of bytes, those are the ``.dmn`` files beside
    it. Raises `XmlRefused`, `ModelRefused`.
    """
    if isinstance(data, str):
        return load(Path(data), source)
    if isinstance(data, Path):
        beside = {path.name: path.read_bytes() for path in sorted(data.parent.glob("*.dmn"))}
        return load(data.read_bytes(), source or data.name, others=beside)
    main = e.read(xml.parse(data, source), source)
    loader = _Loader({})
    for name, document in (others or {}).items():
        if document != data:
            loader.add(e.read(xml.parse(document, name), name))
    loader.documents[main.namespace] = main
    return loader.model(main)


def load_all(documents: Mapping[str, bytes]) -> dict[str, Model]:
    """The models of several documents by file name, each seeing the others."""
    read = {name: e.read(xml.parse(data, name), name) for name, data in documents.items()}
    loader = _Loader({})
    for definitions in read.values():
        loader.add(definitions)
    return {name: loader.model(definitions) for name, definitions in read.items()}


def refuse_others(data: bytes, source: str) -> None:
    """Raise `XmlRefused` or `ModelRefused` for what is no DMN at all; nothing else is looked at."""
    e.read(xml.parse(data, source), source)


class _Loader:
    """Documents by namespace; each becomes a model once."""

    def __init__(self, documents: dict[str, e.Definitions]) -> None:
        self.documents = documents
        self._models: dict[int, Model] = {}
        self._open: set[int] = set()

    def add(self, definitions: e.Definitions) -> None:
        self.documents.setdefault(definitions.namespace, definitions)

    def model(self, definitions: e.Definitions) -> Model:
        key = id(definitions)
        if key in self._models:
            return self._models[key]
        if key in self._open:
            raise ModelRefused(
                text("The model {name} imports itself in a circle", name=definitions.name)
            )
        self._open.add(key)
        made = Model(definitions, self._find)
        self._open.discard(key)
        self._models[key] = made
        return made

    def _find(self, namespace: str) -> Model | None:
        found = self.documents.get(namespace)
        return None if found is None else self.model(found)
