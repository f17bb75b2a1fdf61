"""Context functions (10.3.4.8)."""

from engine.feel.builtins.registry import built_in
from engine.feel.runtime import Run

Dict = dict[str, object]


@built_in("get value", "m: context, key: string")
def get_value(run: Run, context: Dict, key: str) -> object:
    """The entry of that key; null if there is none."""
    return context.get(key)


@built_in("get value", "context: context, keys: list")
def get_nested(run: Run, context: Dict, keys: list[object]) -> object:
    """The entry at the end of a path of keys."""
    value: object = context
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str):
            return None
        value = value.get(key)
    return value if keys else None


@built_in("get entries", "m: context", "list")
def get_entries(run: Run, context: Dict) -> object:
    """A list of contexts ``{key, value}``."""
    run.made_list(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@built_in("context", "entries: list", "context")
def context_of(run: Run, entries: list[object]) -> object:
    """A context of entries ``{key, value}``; null if a key is missing or comes twice."""
    run.made_list(len(entries))
    made: Dict = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"key", "value"} <= entry.keys():
            return None
        key = entry["key"]
        if not isinstance(key, str) or key in made:
            return None
        made[key] = entry["value"]
    return made


@built_in("context put", "context: context, key: string, value: any", "context")
def context_put(run: Run, context: Dict, key: str, value: object) -> object:
    """The context with an entry set."""
    run.made_list(len(context) + 1)
    return {**context, key: value}


@built_in("context put", "context: context, keys: list, value: any", "context")
def context_put_nested(run: Run, context: Dict, keys: list[object], value: object) -> object:
    """The context with an entry set at the end of a path of keys."""
    run.made_list(len(context) + 1)
    if not keys or not isinstance(keys[0], str):
        return None
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if not isinstance(inner, dict):
        return None
    changed = context_put_nested(run, inner, keys[1:], value)
    return None if changed is None else {**context, keys[0]: changed}


@built_in("context merge", "contexts: list", "context")
def context_merge(run: Run, contexts: list[object]) -> object:
    """All contexts in one; later entries win."""
    made: Dict = {}
    for context in contexts:
        if not isinstance(context, dict):
            return None
        run.made_list(len(made) + len(context))
        made.update(context)
    return made
