"""Every error the engine raises on purpose.

A caller asks one question of an error: whose turn is it to act?  So there is
one class per answer, and web/errors.py maps each class to one HTTP status.
The sentences are written for the person who reads them on the screen, in
German and in English.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Sentence(NamedTuple):
    """One thing said in both languages."""

    de: str
    en: str

    def within(self, language: str) -> str:
        """The sentence in *language* ("de" or "en"); anything else gets German."""
        return self.en if language == "en" else self.de


class EngineError(Exception):
    """Base of all errors below; catch this to catch them all.

    *values* are put into both sentences with `str.format`.
    """

    def __init__(self, de: str, en: str, **values: Any) -> None:
        self.de = de.format(**values) if values else de
        self.en = en.format(**values) if values else en
        super().__init__(self.en)

    def sentence(self, language: str) -> str:
        """What to say to the reader, in "de" or "en"."""
        return Sentence(self.de, self.en).within(language)


class NotFound(EngineError):
    """There is no such thing, or this person may not know of it. The caller has to look elsewhere."""


class Forbidden(EngineError):
    """The person is known but may not do this. Somebody else has to."""


class Conflict(EngineError):
    """The thing has moved on since the person last looked at it. Look again."""


class Gone(EngineError):
    """The thing was there and has ended for good. Nothing is left to do."""


class Invalid(EngineError):
    """What was sent in is wrong; the sender has to mend it.

    `fields` names each wrong field with its sentences, `findings` what is
    wrong in an uploaded file, element by element.
    """

    def __init__(
        self,
        de: str,
        en: str,
        *,
        fields: Mapping[str, Sequence[Sentence]] | None = None,
        findings: Sequence[Any] = (),
        **values: Any,
    ) -> None:
        super().__init__(de, en, **values)
        self.fields: dict[str, list[Sentence]] = {name: list(said) for name, said in (fields or {}).items()}
        self.findings = list(findings)


class OperationFailed(EngineError):
    """A service could not do what a diagram asked of it; the diagram may catch the error by its `code`.

    The sentences say why, where there is more to say than the code.
    """

    def __init__(self, code: str, de: str = "", en: str = "", **values: Any) -> None:
        super().__init__(de or "Die Operation meldet den Fehler „{code}“.",
                         en or "The operation reports the error “{code}”.", code=code, **values)
        self.code = code


class ProcessFailed(EngineError):
    """A diagram led the engine into an error; its process owner has to mend it.

    `element` is the id of the element that failed, `line` its line in the
    diagram's file (None where it is not known), `cause` the real error's text,
    `data` the process data at that element, which nothing else keeps: a step
    that failed never happened. `code` is what an error event in the diagram may
    catch it by (None: nothing in the diagram may). `process` and `instance_id`
    say whose step it was, where a start or an arrival from outside failed
    (None: there is no instance, since it could not begin).
    """

    process: str = ""
    instance_id: Any = None

    def __init__(
        self, de: str, en: str, *, element: str | None = None, line: int | None = None, cause: str = "",
        data: Mapping[str, Any] | None = None, code: str | None = None, **values: Any,
    ) -> None:
        super().__init__(de, en, **values)
        self.element, self.line, self.cause, self.data = element, line, cause, dict(data or {})
        self.code = code


class Unavailable(EngineError):
    """The database is locked, full or gone. Try again in a moment; the operator has to look."""


class Unsure(Unavailable):
    """The database went away while it stored: it may or may not be stored. Look, before trying again."""
