"""The signs inside BPMN shapes, as SVG: what kind of task, event or gateway it is.

Task icons are drawn in a box of 16, event signs in a box of 36 around the event's middle at 18, gateway signs
in a box of 50. Class `sign` is drawn in lines, class `solid` is filled.
"""

_ENVELOPE = '<path class="sign" d="M{0} {1}h{2}v{3}h-{2}z M{0} {1}l{4} {5}l{4}-{5}"/>'
_ENVELOPE_SOLID = (
    '<path class="solid" d="M{0} {1}h{2}l-{4} {5}z"/><path class="solid" d="M{0} {6}l{4} {5}l{4}-{5}v{7}h-{2}z"/>'
)

TASKS = {
    "userTask": '<circle class="sign" cx="8" cy="4.5" r="3"/>'
    '<path class="sign" d="M1.5 15v-2.5a4 4 0 0 1 4-4h5a4 4 0 0 1 4 4V15z"/>',
    "manualTask": '<path class="sign" d="M1 7.5L6 3.2q1.2-.8 1.8.2L6.6 5.4H14a1.1 1.1 0 0 1 0 2.2h1'
    "a1.1 1.1 0 0 1 0 2.2h-.6"
    'a1.1 1.1 0 0 1 0 2.2h-.8a1 1 0 0 1 0 2H5L1 12z M9 7.6h5 M9 9.8h5.4 M9 12h5"/>',
    "scriptTask": '<path class="sign" d="M12.5 1H5.5C1 5.5 8 9 3.5 15h7C15 10.5 8 6 12.5 1z M5.5 4.5h4.5 M5.8 7.5h4.5'
    ' M6 11.5h4"/>',
    "serviceTask": '<circle class="sign" cx="8" cy="8" r="2.2"/><path class="sign" d="M6.8 1h2.4l.4 2.1 1.5.6 1.8-1.2'
    " 1.7 1.7-1.2 1.8.6 1.5 2.1.4v2.4l-2.1.4-.6 1.5 1.2 1.8-1.7 1.7-1.8-1.2-1.5.6-.4 2.1H6.8l-.4-2.1"
    "-1.5-.6-1.8 1.2-1.7-1.7 1.2-1.8-.6-1.5L0 10.3V7.9l2.1-.4.6-1.5-1.2-1.8 1.7-1.7 1.8 1.2 1.5-.6z"
    '"/>',
    "sendTask": _ENVELOPE_SOLID.format(1, 3, 14, 10, 7, 5, 4.5, 9),
    "receiveTask": _ENVELOPE.format(1, 3, 14, 10, 7, 5),
    "businessRuleTask": '<path class="sign" d="M1 2.5h14v11H1z M1 6.2h14 M1 9.8h14 M5.5 6.2v7.3"/>'
    '<path class="solid" d="M1 2.5h14v3.7H1z"/>',
}

_SIGNS = {
    "message": _ENVELOPE.format(9, 12, 18, 12, 9, 6.5),
    "timer": '<circle class="sign" cx="18" cy="18" r="9"/><path class="sign" d="M18 12v6l4 2.5 M18 9v1.5'
    " M18 25.5V27 M9 18h1.5"
    ' M25.5 18H27"/>',
    "signal": '<path class="sign" d="M18 9.5l8 14H10z"/>',
    "error": '<path class="sign" d="M10 25l4-13 7 8 5-10-4 14-6.5-8z"/>',
    "escalation": '<path class="sign" d="M18 9.5l6.5 15L18 18l-6.5 6.5z"/>',
    "conditional": '<path class="sign" d="M11 9.5h14v17H11z M13.5 13h9 M13.5 16.5h9 M13.5 20h9 M13.5 23.5h9"/>',
    "link": '<path class="sign" d="M9 14.5h10v-4l8 7.5-8 7.5v-4H9z"/>',
    "compensate": '<path class="sign" d="M18 12v12l-8-6z M26 12v12l-8-6z"/>',
    "cancel": '<path class="sign" d="M11 13l2-2 5 5 5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5z"/>',
    "terminate": '<circle class="solid" cx="18" cy="18" r="10"/>',
}
_THROWN = {**_SIGNS, "message": _ENVELOPE_SOLID.format(9, 11, 18, 12, 9, 6.5, 13, 11)}
_UNKNOWN = '<path class="sign" d="M18 9l9 6.5-3.5 10.5h-11L9 15.5z"/>'

_GATEWAYS = {
    "exclusiveGateway": '<path class="solid" d="M16 15h4l5 7.5 5-7.5h4l-7 10 7 10h-4l-5-7.5-5 7.5h-4l7-10z"/>',
    "parallelGateway": '<path class="solid" d="M23 13h4v10h10v4H27v10h-4V27H13v-4h10z"/>',
    "inclusiveGateway": '<circle class="sign bold" cx="25" cy="25" r="11"/>',
    "eventBasedGateway": '<circle class="sign" cx="25" cy="25" r="13"/><circle class="sign" cx="25" cy="25" r="10.5"/>'
    '<path class="sign" d="M25 18l6.7 4.8-2.6 8h-8.2l-2.6-8z"/>',
    "complexGateway": '<path class="sign bold" d="M25 13v24 M13 25h24 M16.5 16.5l17 17 M33.5 16.5l-17 17"/>',
}

MARKERS = {
    "parallel": '<path class="sign bold" d="M3 1v12 M7 1v12 M11 1v12"/>',
    "sequential": '<path class="sign bold" d="M1 3h12 M1 7h12 M1 11h12"/>',
    "loop": '<path class="sign" d="M5 12.5A5.5 5.5 0 1 1 9 12.5 M1.8 12.8l3.4-.2-.4-3.3"/>',
    "collapsed": '<path class="sign" d="M.5.5h13v13H.5z M7 3.5v7 M3.5 7h7"/>',
    "ad_hoc": '<path class="sign bold" d="M1 8.5c2-4 4-3 6-1.5s4 2 6-2"/>',
}


def event_sign(kind: str, event: str | None) -> str:
    """The sign in an event, filled where the event is thrown."""
    if event is None:
        return ""
    thrown = kind in ("endEvent", "intermediateThrowEvent")
    sign = (_THROWN if thrown else _SIGNS).get(event, _UNKNOWN)
    return f'<g class="thrown">{sign}</g>' if thrown and event != "message" else sign


def gateway_sign(kind: str) -> str:
    """The sign in a gateway; an unknown kind has none."""
    return _GATEWAYS.get(kind, "")
