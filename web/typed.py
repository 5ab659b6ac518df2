"""What was typed or chosen on a page, as the engine and the page itself want it."""

from collections.abc import Mapping
from typing import Any

from flask import request

from engine.definitions import forms
from engine.definitions.forms import Component, Form
from web.language import label


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


def drawn(form: Form, data: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The components of *form* as parts/forms.html draws them, each {{name}} in a text taken from *data*."""
    return [_drawn(component, data or {}) for component in form.components]


def _drawn(component: Component, data: Mapping[str, Any]) -> dict[str, Any]:
    hide = component.hide
    return {
        "type": component.type, "id": component.id, "key": component.key, "label": component.label,
        "description": component.description, "text": forms.fill(label(component.text), data, markdown=True),
        "readonly": component.readonly, "disabled": component.disabled, "subtype": component.subtype,
        "decimalDigits": component.digits, "action": component.action, "rows": component.rows,
        "values": [{"value": choice.value, "label": choice.label} for choice in component.choices],
        "validate": {"required": component.required, "maxLength": component.max_length,
                     "validationType": component.validation},
        "conditional": {"hide": f'={hide.key} {"=" if hide.equal else "!="} "{hide.value}"'} if hide else {},
        "components": [_drawn(part, data) for part in component.components],
    }


def number(text: str | None, default: int = 1) -> int:
    """A page number from the address; nonsense counts as *default*."""
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 7 else default


def filters(*without: str) -> dict[str, str]:
    """The filters in the address, to be kept in links, but for the parameters in *without*."""
    return {name: value for name, value in request.args.items() if value and name not in without}


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked answers as a form shows them again: dates as ISO text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}
