"""What a form is made of: components in form-js terms, as frozen values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

INPUTS = frozenset({"textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist"})
CHOICES = frozenset({"radio", "select", "checklist"})
TEXTS = frozenset({"textfield", "textarea"})


@dataclass(frozen=True)
class Choice:
    """One thing to choose: what is stored and what people read."""

    value: str | int
    label: str


@dataclass(frozen=True)
class Hide:
    """When a component is hidden: if the field *key* is (or, unless *equal*, is not) *value*."""

    key: str
    value: str
    equal: bool


@dataclass(frozen=True)
class Component:
    """One field, text, group, line or button of a form, in form-js terms with Python names."""

    type: str
    id: str
    key: str = ""
    label: str = ""
    description: str = ""
    text: str = ""
    """Markdown of a text; {{name}} stands for process data."""
    default: Any = None
    readonly: bool = False
    disabled: bool = False
    choices: tuple[Choice, ...] = ()
    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    digits: int | None = None
    """Decimal places of a number; 0: whole numbers only, None: not limited."""
    pattern: str = ""
    pattern_message: str = ""
    validation: str = ""
    """"email", "phone" or nothing."""
    subtype: str = "date"
    """Of a datetime: "date", "time" or "datetime"."""
    rows: int | None = None
    prefix: str = ""
    suffix: str = ""
    action: str = ""
    personal: bool = False
    """Whether the answer is personal data: kept out of process data and history."""
    hide: Hide | None = None
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)
    components: tuple["Component", ...] = ()

    @property
    def name(self) -> str:
        """The key of a field, the id of everything else; unique in its form."""
        return self.key or self.id

    @property
    def is_input(self) -> bool:
        """Whether people fill it in."""
        return self.type in INPUTS

    @property
    def fixed(self) -> bool:
        """Whether it shows a value that people cannot change; such a field is never read back."""
        return self.readonly or self.disabled


@dataclass(frozen=True, eq=False)
class Form:
    """A checked form: what one task asks of one person. Told apart by identity, as what is built from it is cached."""

    id: str
    title: str
    components: tuple[Component, ...]
    file: str = ""

    def all(self) -> Iterator[tuple[Component, tuple[Component, ...]]]:
        """Every component with the groups it stands in, outermost first, in the order of the page."""
        yield from _walk(self.components, ())


def _walk(
    components: Iterable[Component], groups: tuple[Component, ...]
) -> Iterator[tuple[Component, tuple[Component, ...]]]:
    for component in components:
        yield component, groups
        yield from _walk(component.components, (*groups, component))


def inputs(form: Form) -> list[Component]:
    """The fields of *form* in the order of the page, groups flattened."""
    return [component for component, _ in form.all() if component.is_input]
