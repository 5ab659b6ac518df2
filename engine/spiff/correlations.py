"""Correlation keys of a diagram: under which value a message is sent and awaited (BPMN 2.0.2, 8.4.2).

A correlation property says for each message where in it the value is found
(messagePath); a process may say where among its own data that value is kept
(correlationSubscription, dataPath).  Where it does not, the path of the message
is read on the process data as well.  A key of several properties is a list of
their values.
"""

from typing import Any

from SpiffWorkflow.bpmn.parser.util import full_tag


def expressions(node: Any, message: str) -> tuple[str | None, str | None]:
    """The expressions under which the message with the id *message* is sent from and awaited at *node*.

    None, None where the diagram gives it no key.
    """
    root = node.getroottree().getroot()
    paths = {one.get("id"): path for one in _properties(root) if (path := _message_path(one, message))}
    if not paths:
        return None, None
    own = _data_paths(node)
    return _together(list(paths.values())), _together([own.get(name) or path for name, path in paths.items()])


def _properties(root: Any) -> list[Any]:
    named = {(one.text or "").strip() for one in root.iter(full_tag("correlationPropertyRef"))
             if one.getparent().tag == full_tag("correlationKey")}
    every = root.findall(full_tag("correlationProperty"))
    return [one for one in every if not named or one.get("id") in named]


def _message_path(prop: Any, message: str) -> str:
    for found in prop.findall(full_tag("correlationPropertyRetrievalExpression")):
        if found.get("messageRef") == message:
            return (found.findtext(full_tag("messagePath")) or "").strip()
    return ""


def _data_paths(node: Any) -> dict[str, str]:
    process = node
    while process is not None and process.tag != full_tag("process"):
        process = process.getparent()
    bindings = process.iter(full_tag("correlationPropertyBinding")) if process is not None else ()
    return {one.get("correlationPropertyRef", ""): (one.findtext(full_tag("dataPath")) or "").strip()
            for one in bindings}


def _together(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else "[" + ", ".join(f"({path})" for path in paths) + "]"
