"""What was typed or chosen on a page, as the engine and the page itself want it."""

from collections.abc import Mapping
from typing import Any

from flask import request

from engine.definitions import forms
from engine.definitions.forms import Form


def typed(form: Form) -> dict[str, Any]:
    """The values of the form that was sent, under their keys, as text or lists of text, unchecked.

    A checklist always gives a list, so that taking the last tick away counts.
    """
    values: dict[str, Any] = {}
    for component in forms.inputs(form):
        sent = request.form.getlist(component.key)
        if component.type == "checklist":
            values[component.key] = sent
        elif sent:
            values[component.key] = sent[-1].replace("\r\n", "\n")
    return values


def number(text: str | None, default: int = 1) -> int:
    """A page number from the address; nonsense counts as *default*."""
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 10 else default


def filters(*without: str) -> dict[str, str]:
    """The filters in the address, to be kept in links, but for the parameters in *without*."""
    return {name: value for name, value in request.args.items() if value and name not in without}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked answers as a form shows them again: dates as ISO text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
