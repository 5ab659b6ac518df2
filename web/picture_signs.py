"""The signs inside BPMN shapes, as SVG: what kind of task, event or gateway it is.

Task icons are drawn in a box of 16, event signs in a box of 36 around the event's middle at 18, gateway signs in a box of 50.
Class `sign` is drawn in lines, class `solid` is filled.
"""

_ENVELOPE = '<path class="sign" d="M{0} {1}h{2}v{3}h-{2}z M{0} {1}l{4} {5}l{4}-{5}"/>'
_ENVELOPE_SOLID = '<path class="solid" d="M{0} {1}h{2}l-{4} {5}z"/><path class="solid" d="M{0} {6}l{4} {5}l{4}-{5}v{7}h-{2}z"/>'

TASKS = {
    "userTask": '<circle class="sign" cx="8" cy="4.5" r="3"/><path class="sign" d="M1.5 15v-2.5a4 4 0 0 1 4-4h5a4 4 0 0 1 4 4V15z"/>',
    "manualTask": '<path class="sign" d="M1 7.5L6 3.2q1.2-.8 1.8.2L6.6 5.4H14a1.1 1.1 0 0 1 0 2.2h1a1.1 1.1 0 0 1 0 2.2h-.6'
    'a1.1 1.1 0 0 1 0 2.2h-.8a1 1 0 0 1 0 2H5L1 12z M9 7.6h5 M9 9.8h5.4 M9 12h5"/>',
    "scriptTask": '<path class="sign" d="M12.5 1H5.5C1 5.5 8 9 3.5 15h7C15 10.500 8 6 12.500 1z M5.5 4.500h4.500 M5.800 7.500h4.500'
    ' M6 11.500h4"/>',
    "serviceTask": '<circle class="sign" cx="8" cy="8" r="2.2"/><path class="sign" d="M6.8 1h2.400l.4 2.100 1.500.6 1.800-1.200'
    ' 1.700 1.700-1.200 1.800.6 1.500 2.100.4v2.400l-2.100.4-.6 1.500 1.200 1.800-1.700 1.700-1.800-1.200-1.500.6-.4 2.100H6.800l-.4-2.100'
    "-1.500-.6-1.800 1.200-1.700-1.700 1.200-1.800-.6-1.500L0 10.300V7.900l2.100-.4.6-1.500-1.200-1.800 1.700-1.700 1.800 1.200 1.500-.6z"
    '"/>',
    "sendTask": _ENVELOPE_SOLID.format(1, 3, 14, 10, 7, 5, 4.5, 9),
    "receiveTask": _ENVELOPE.format(1, 3, 14, 10, 7, 5),
    "businessRuleTask": '<path class="sign" d="M1 2.500h14v11H1z M1 6.200h14 M1 9.800h14 M5.500 6.200v7.300"/>'
    '<path class="solid" d="M1 2.500h14v3.700H1z"/>',
}

_SIGNS = {
    "message": _ENVELOPE.format(9, 12, 18, 12, 9, 6.5),
    "timer": '<circle class="sign" cx="18" cy="18" r="9"/><path class="sign" d="M18 12v6l4 2.500 M18 9v1.500 M18 25.500V27 M9 18h1.500'
    ' M25.500 18H27"/>',
    "signal": '<path class="sign" d="M18 9.500l8 14H10z"/>',
    "error": '<path class="sign" d="M10 25l4-13 7 8 5-10-4 14-6.500-8z"/>',
    "escalation": '<path class="sign" d="M18 9.500l6.500 15L18 18l-6.500 6.500z"/>',
    "conditional": '<path class="sign" d="M11 9.500h14v17H11z M13.500 13h9 M13.500 16.500h9 M13.500 20h9 M13.500 23.500h9"/>',
    "link": '<path class="sign" d="M9 14.500h10v-4l8 7.500-8 7.500v-4H9z"/>',
    "compensate": '<path class="sign" d="M18 12v12l-8-6z M26 12v12l-8-6z"/>',
    "cancel": '<path class="sign" d="M11 13l2-2 5 5 5-5 2 2-5 5 5 5-2 2-5-5-5 5-2-2 5-5z"/>',
    "terminate": '<circle class="solid" cx="18" cy="18" r="10"/>',
}
_THROWN = {**_SIGNS, "message": _ENVELOPE_SOLID.format(9, 11, 18, 12, 9, 6.5, 13, 11)}
_UNKNOWN = '<path class="sign" d="M18 9l9 6.500-3.500 10.500h-11L9 15.500z"/>'

_GATEWAYS = {
    "exclusiveGateway": '<path class="solid" d="M16 15h4l5 7.500 5-7.500h4l-7 10 7 10h-4l-5-7.500-5 7.500h-4l7-10z"/>',
    "parallelGateway": '<path class="solid" d="M23 13h4v10h10v4H27v10h-4V27H13v-4h10z"/>',
    "inclusiveGateway": '<circle class="sign bold" cx="25" cy="25" r="11"/>',
    "eventBasedGateway": '<circle class="sign" cx="25" cy="25" r="13"/><circle class="sign" cx="25" cy="25" r="10.500"/>'
    '<path class="sign" d="M25 18l6.700 4.800-2.600 8h-8.200l-2.600-8z"/>',
    "complexGateway": '<path class="sign bold" d="M25 13v24 M13 25h24 M16.500 16.500l17 17 M33.500 16.500l-17 17"/>',
}

MARKERS = {
    "parallel": '<path class="sign bold" d="M3 1v12 M7 1v12 M11 1v12"/>',
    "sequential": '<path class="sign bold" d="M1 3h12 M1 7h12 M1 11h12"/>',
    "loop": '<path class="sign" d="M5 12.500A5.500 5.500 0 1 1 9 12.500 M1.800 12.800l3.400-.2-.4-3.300"/>',
    "collapsed": '<path class="sign" d="M.5.5h13v13H.5z M7 3.500v7 M3.500 7h7"/>',
    "ad_hoc": '<path class="sign bold" d="M1 8.500c2-4 4-3 6-1.500s4 2 6-2"/>',
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
