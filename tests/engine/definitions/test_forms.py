"""A form's answers are checked on the server: exact values out, or a sentence for each wrong field."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.definitions import forms
from engine.errors import Invalid


def form(*components, **more):
    return forms.parse(json.dumps({"type": "default", "id": "f", "schemaVersion": 16,
                                   "components": components, **more}).encode())


def field(kind, key="x", **more):
    return {"type": kind, "id": f"id_{key}", "key": key, "label": f"Feld {key}", **more}


def choices(*values):
    return [{"value": value, "label": str(value).title()} for value in values]


def answer(one, **raw):
    return forms.read(one, raw).values


def complaint(one, raw, key="x"):
    with pytest.raises(Invalid) as refused:
        forms.read(one, raw)
    assert list(refused.value.fields) == [key]
    (sentence,) = refused.value.fields[key]
    assert sentence.de and sentence.en
    return sentence.en


EVERYTHING = form(
    field("textfield", "name", validate={"required": True, "maxLength": 20}),
    field("textarea", "grund", conditional={"hide": '=vorschlag != "ablehnen"'},
          validate={"required": True, "minLength": 5}),
    field("number", "betrag", decimalDigits=2, validate={"min": 0, "max": 1000000}),
    field("number", "punkte", decimalDigits=0, validate={"required": True, "min": 0, "max": 100}),
    field("datetime", "tag", subtype="date", dateLabel="Tag"),
    field("checkbox", "gelesen", validate={"required": True}),
    field("radio", "vorschlag", values=choices("empfehlen", "ablehnen"), validate={"required": True}),
    field("select", "thema", values=choices("arbeit", "bildung")),
    field("checklist", "bezug", values=choices("ort", "kreis", "land")),
    {"type": "text", "id": "t", "text": "# Hallo"}, {"type": "separator", "id": "s"},
    {"type": "button", "id": "b", "label": "Absenden", "action": "submit"},
)
TYPED = {
    "name": " Ada  Lovelace ", "betrag": "1.234,5", "punkte": "70", "tag": "24.12.2026", "gelesen": "on",
    "vorschlag": "empfehlen", "thema": "", "bezug": ["land", "ort"], "csrf_token": "abc",
}


def test_typed_answers_become_exact_values():
    assert forms.read(EVERYTHING, TYPED).values == {
        "name": "Ada Lovelace", "grund": None, "betrag": Decimal("1234.50"), "punkte": 70, "tag": date(2026, 12, 24),
        "gelesen": True, "vorschlag": "empfehlen", "thema": None, "bezug": ["ort", "land"],
    }


def test_json_answers_become_the_same_values():
    sent = {**TYPED, "betrag": 1234.5, "punkte": 70, "tag": "2026-12-24", "gelesen": True, "thema": None,
            "name": "Ada Lovelace"}
    assert forms.read(EVERYTHING, sent) == forms.read(EVERYTHING, TYPED)


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        forms.read(EVERYTHING, {"betrag": "viel", "punkte": "101", "tag": "gestern", "vorschlag": "weiß nicht",
                                "bezug": ["mond"]})
    assert set(refused.value.fields) == {"name", "betrag", "punkte", "tag", "gelesen", "vorschlag", "bezug"}
    assert all(said and said[0].de != said[0].en for said in refused.value.fields.values())


def test_a_hidden_field_is_neither_required_nor_kept():
    assert forms.read(EVERYTHING, {**TYPED, "grund": "heimlich mitgeschickt"}).values["grund"] is None
    assert "grund" not in forms.visible(EVERYTHING, TYPED)


def test_a_shown_field_is_required_again():
    assert complaint(EVERYTHING, {**TYPED, "vorschlag": "ablehnen"},
                     "grund") == "This is missing. Please fill in the field."
    assert answer(EVERYTHING, **{**TYPED, "vorschlag": "ablehnen", "grund": "zu teuer"})["grund"] == "zu teuer"


def test_a_condition_on_a_hidden_field_sees_it_empty():
    chain = form(
        field("radio", "a", values=choices("ja", "nein")),
        field("radio", "b", values=choices("ja", "nein"), conditional={"hide": '=a != "ja"'}),
        field("textfield", "c", conditional={"hide": '=b != "ja"'}),
    )
    assert forms.visible(chain, {"a": "ja", "b": "ja"}) == {"a", "b", "c"}
    assert forms.visible(chain, {"a": "nein", "b": "ja"}) == {"a"}


def test_a_hidden_group_hides_what_stands_in_it():
    grouped = form(
        field("checkbox", "mehr"),
        {"type": "group", "id": "g", "label": "Mehr", "conditional": {"hide": '=mehr = "false"'},
         "components": [{"type": "group", "id": "h",
                         "components": [field("textfield", "x", validate={"required": True})]}]},
    )
    assert answer(grouped) == {"mehr": False, "x": None}
    assert complaint(grouped, {"mehr": "on"})
    assert [one.key for one in forms.inputs(grouped)] == ["mehr", "x"]


def test_a_condition_on_a_checklist_asks_whether_it_is_ticked():
    one = form(field("checklist", "liste", values=choices("a", "b")),
               field("textfield", "x", conditional={"hide": '=liste != "b"'}))
    assert forms.visible(one, {"liste": ["a", "b"]}) == {"liste", "x"}
    assert forms.visible(one, {"liste": ["a"]}) == {"liste"}


def test_personal_answers_are_kept_apart():
    mail = field("textfield", "mail", properties={"personal": "true"}, validate={"validationType": "email"})
    one = form(mail, field("number", "x"))
    answers = forms.read(one, {"mail": "ada@example.org", "x": "1"})
    assert answers == forms.Answers({"x": Decimal(1)}, {"mail": "ada@example.org"})


def test_a_personal_field_left_empty_leaves_nothing_to_keep():
    one = form(field("textfield", "mail", properties={"personal": "true"}))
    assert forms.read(one, {"mail": " "}) == forms.Answers({}, {})


def test_a_read_only_field_is_never_read_back():
    assert answer(form(field("textfield", readonly=True, validate={"required": True}),
                       field("number", "y", disabled=True)), x="a", y="1") == {}


@pytest.mark.parametrize(("component", "raw", "said"), [
    (field("textfield", validate={"required": True}), "   ", "missing"),
    (field("textfield", validate={"maxLength": 3}), "abcd", "at most 3 characters. It has 4"),
    (field("textarea", validate={"minLength": 3}), "ab", "at least 3"),
    (field("textfield", validate={"validationType": "email"}), "ada@", "e-mail"),
    (field("textfield", validate={"validationType": "phone"}), "ruf an", "phone"),
    (field("textfield", validate={"pattern": "^[0-9]{5}$"}), "1234", "expected form"),
    (field("textfield", validate={"pattern": "^[0-9]{5}$", "patternErrorMessage": "PLZ"}), "1234", "PLZ"),
    (field("textfield", validate={"pattern": "a"}), "a" * 201, "at most 100"),
    (field("textarea"), "a\x00b", "control characters"),
    (field("textarea"), "\ud800", "control characters"),
    (field("textarea"), "a" * 20_001, "at most 20000"),
    (field("textfield"), 5, "enter a text"),
    (field("textfield"), {"a": 1}, "enter a text"),
    (field("number", validate={"min": 1}), "0,5", "1 or more"),
    (field("number", validate={"max": 1}), "2", "1 or less"),
    (field("number", validate={"min": 1, "max": 2.5}), "3", "from 1 to 2.5"),
    (field("number"), ["1", "2"], "enter a number"),
    (field("checkbox", validate={"required": True}), "", "ticking"),
    (field("checkbox", validate={"required": True}), False, "ticking"),
    (field("checkbox"), "vielleicht", "tick the box"),
    (field("checklist", values=choices("a"), validate={"required": True}), [], "at least one"),
    (field("checklist", values=choices("a")), ["b"], "one of the options"),
    (field("select", values=choices("a")), ["a", "a"], "one of the options"),
    (field("radio", values=choices("a"), validate={"required": True}), None, "choose one"),
    (field("datetime", subtype="time"), "25:00", "14:30"),
    (field("datetime", subtype="datetime"), "1.1.2027", "date and a time"),
])
def test_a_wrong_answer_is_met_with_what_to_do(component, raw, said):
    assert said in complaint(form(component), {"x": raw})


def test_line_ends_of_browsers_count_once():
    assert answer(form(field("textarea", validate={"maxLength": 3})), x="a\r\nb") == {"x": "a\nb"}


def test_choices_keep_the_type_they_have_in_the_file():
    assert answer(form(field("radio", values=choices(1, 2))), x="2") == {"x": 2}


def test_a_single_tick_may_come_as_text():
    assert answer(form(field("checklist", values=choices("a", "b"))), x="b") == {"x": ["b"]}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*TYPED, "grund"]), ANYTHING))
def test_whatever_is_sent_in_is_either_read_or_refused(raw):
    try:
        answers = forms.read(EVERYTHING, raw)
    except Invalid as refused:
        assert refused.fields
    else:
        assert set(answers.values) == set(TYPED) - {"csrf_token"} | {"grund"}


def test_what_is_read_can_be_typed_again():
    answers = forms.read(EVERYTHING, TYPED).values
    again = {component.key: forms.typed(component, answers[component.key]) for component in forms.inputs(EVERYTHING)}
    assert forms.read(EVERYTHING, again).values == answers


def test_defaults_and_texts_are_filled_from_process_data():
    one = form(
        field("number", "betrag", defaultValue="{{kosten}}"), field("textfield", "titel", defaultValue="Zu: {{titel}}"),
        field("checklist", "c", values=choices("a", "b"), defaultValue=["a"]),
        field("checkbox", "d", defaultValue=True), field("textfield", "leer"),
    )
    data = {"kosten": Decimal("1.234"), "titel": "Bus [1]", "am": date(2026, 12, 24), "lotse": {"name": "Ada"},
            "ja": True}
    assert forms.defaults(one, data) == {"betrag": "1,234", "titel": "Zu: Bus [1]", "c": ["a"], "d": "true", "leer": ""}
    assert forms.fill("**{{titel}}** am {{ am }}: {{lotse.name}}, {{ja}}{{nichts}}", data,
                      markdown=True) == r"**Bus \[1\]** am 24\.12\.2026: Ada, ja"


def findings(source):
    return forms.examine(source if isinstance(source, bytes) else json.dumps(source).encode(), "forms/p/f.json")[1]


def whole(*components):
    return {"type": "default", "id": "f", "schemaVersion": 16, "components": list(components)}


@pytest.mark.parametrize(("source", "rule", "element"), [
    (b"{", "form-unreadable", ""), (b"\xff\xfe{", "form-unreadable", ""), (b"[]", "form-unreadable", ""),
    (b"[" * 100_000, "form-unreadable", ""), (b'{"id": "a", "id": "b"}', "form-unreadable", ""),
    (b" " * 1_000_001, "form-unreadable", ""), (b'{"components": [], "id": NaN}', "form-unreadable", ""),
    ({"components": [], "schemaVersion": 16}, "form-id", ""),
    ({**whole(), "type": "wizard"}, "form-type", ""), ({**whole(), "script": ""}, "unknown-key", ""),
    (whole(field("html")), "unknown-type", "x"), (whole("text"), "components", ""),
    (whole(field("textfield", valuesExpression="=1")), "unknown-key", "x"),
    (whole(field("number", validate={"pattern": "a"})), "unknown-key", "x"),
    (whole({"type": "number", "id": "n", "label": "N"}), "missing-key", "n"),
    (whole({"type": "number", "id": "n", "key": "n"}), "missing-label", "n"),
    (whole(field("number", "class")), "bad-key", "class"), (whole(field("number", "now")), "bad-key", "now"),
    (whole(field("number", "größe")), "bad-key", "größe"),
    (whole(field("number"), field("textfield", id="other")), "duplicate-key", "x"),
    (whole(field("number", id="a"), field("number", "y", id="a")), "duplicate-id", "a"),
    (whole(field("select", values=[])), "choices-empty", "x"), (whole(field("radio")), "choices-empty", "x"),
    (whole(field("radio", values=[{"value": "a"}])), "bad-choice", "x"),
    (whole(field("radio", values=choices("a", "a"))), "duplicate-choice", "x"),
    (whole(field("number", validate={"min": 3, "max": 1})), "bad-value", "x"),
    (whole(field("textfield", validate={"minLength": "3"})), "bad-value", "x"),
    (whole(field("textfield", validate=[])), "bad-value", "x"),
    (whole(field("number", decimalDigits=99)), "bad-value", "x"),
    (whole(field("datetime", subtype="week")), "bad-value", "x"),
    (whole(field("textfield", validate={"pattern": "("})), "bad-pattern", "x"),
    (whole(field("textfield", validate={"pattern": "(a+)+$"})), "bad-pattern", "x"),
    (whole(field("textfield", conditional={"hide": "=a > 1"})), "bad-condition", "x"),
    (whole(field("textfield", conditional={"show": '=a = "b"'})), "bad-condition", "x"),
    (whole(field("textfield", conditional={"hide": '=a = "b"'})), "bad-condition", "x"),
    (whole(field("radio", "a", values=choices("b")), field("textfield", conditional={"hide": '=a = "c"'})),
     "bad-condition", "x"),
    (whole(field("textfield", conditional={"hide": '=x = "b"'})), "circular-condition", "x"),
    (whole({"type": "group", "id": "g", "path": "p", "components": []}), "bad-value", "g"),
])
def test_what_a_form_cannot_be_is_named_with_its_place(source, rule, element):
    found = findings(source)
    assert (rule, element, "error") in {(one.rule, one.element, one.severity) for one in found}
    assert all(one.message.de and one.message.en and one.file == "forms/p/f.json" for one in found)
    with pytest.raises(Invalid) as refused:
        forms.parse(source if isinstance(source, bytes) else json.dumps(source).encode())
    assert refused.value.findings


def test_a_finding_says_the_line():
    source = json.dumps(whole(field("number"), field("html", "bad")), indent=1).encode()
    (one,) = findings(source)
    assert '"bad"' in source.decode().splitlines()[one.line - 1]


def test_a_missing_schema_version_is_only_a_warning():
    (one,) = findings({"type": "default", "id": "f", "components": []})
    assert (one.rule, one.severity) == ("schema-version", "warning")


def test_the_form_carries_what_its_page_needs():
    one = form(field("number", "betrag", decimalDigits=2, description="Brutto", appearance={"suffixAdorner": "€"},
                     validate={"min": 0.1}), title="Kosten")
    (component,) = one.components
    assert (one.id, one.title) == ("f", "Kosten")
    assert (component.label, component.description, component.suffix, component.digits,
            component.minimum) == ("Feld betrag", "Brutto", "€", 2, Decimal("0.1"))
    assert answer(one, betrag="12 €") == {"betrag": Decimal("12.00")}
