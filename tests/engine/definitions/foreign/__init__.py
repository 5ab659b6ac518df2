"""Files as other tools and other hands make them: those beside this one, and what can only be written byte by byte."""

from pathlib import Path

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="urn:x">'
UMLAUTS = (
    '<?xml version="1.0" encoding="{coding}"?>\n' + HEAD + '\n<process id="strasse" name="Straße prüfen – größere Übel"'
    ' isExecutable="true">\n<laneSet id="ls"><lane id="bauamt"><flowNodeRef>a</flowNodeRef><flowNodeRef>b</flowNodeRef>'
    '<flowNodeRef>c</flowNodeRef></lane></laneSet>\n<startEvent id="a"/>\n<manualTask id="b" name="Öffentlich prüfen"/>'
    '\n<endEvent id="c"/>\n<sequenceFlow id="f1" sourceRef="a" targetRef="b"/>\n<sequenceFlow id="f2" sourceRef="b" '
    'targetRef="c"/>\n</process>\n</definitions>'
)
CODINGS = {"iso-8859-1": "ISO-8859-1", "iso-8859-15": "ISO-8859-15", "windows-1252": "windows-1252", "utf-8": "UTF-8",
           "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le-bom": "UTF-16", "utf-16-be-bom": "UTF-16"}


def drawn() -> dict[str, bytes]:
    """The files of this folder."""
    folder = Path(__file__).parent
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix not in (".py", "")}


def coded() -> dict[str, bytes]:
    """One small process in every coding that is about."""
    found = {}
    for coding, said in CODINGS.items():
        text = UMLAUTS.format(coding=said).replace("–", "-")
        bom = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}.get(coding, b"")
        found[f"{coding}.bpmn"] = bom + text.encode(coding.removesuffix("-bom"))
    return found


def hostile() -> dict[str, bytes]:
    """What nobody draws: nothing, too much, the wrong thing."""
    text = UMLAUTS.format(coding="UTF-8")
    inside, process = text.split("<manualTask", 1)[0], '<process id="p" isExecutable="true">'
    deep = "".join(f'<subProcess id="s{level}">' for level in range(200)) + "</subProcess>" * 200
    entity = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    nodes = "".join(f'<task id="t{place}" name="Eine von sehr vielen Aufgaben, Nummer {place}"/>\n'
                    for place in range(70_000))
    return {
        "leer.bpmn": b"", "leerzeichen.bpmn": b" \n\t ", "nur_bom.bpmn": b"\xef\xbb\xbf", "null.bpmn": b"\0" * 64,
        "halb.bpmn": inside.encode(), "falsche_kodierung.bpmn": UMLAUTS.format(coding="UTF-8").encode("iso-8859-1",
                                                                                                     "replace"),
        "unbekannte_kodierung.bpmn": UMLAUTS.format(coding="KLINGON-1").encode(),
        "ohne_namensraum.bpmn": b"<definitions><process id='p'/></definitions>",
        "alter_namensraum.bpmn": HEAD.replace("20100524", "20080501").encode() + b"</definitions>",
        "ohne_prozess.bpmn": (HEAD + "</definitions>").encode(),
        "tief.bpmn": (HEAD + process + deep + "</process></definitions>").encode(),
        "zu_tief.bpmn": (HEAD + process + deep * 2 + "<a>" * 400 + "</a>" * 400 + "</process></definitions>").encode(),
        "externe_entity.bpmn": (entity + HEAD + process + "</process></definitions>").encode(),
        "fuenf_mb.bpmn": (HEAD + process + nodes[:5 * 2**20 - 400].rpartition("\n")[0]
                          + "</process></definitions>").encode(),
        "bild.bpmn": b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "zip.bpmn": b"PK\x03\x04" + bytes(100),
        "formular.bpmn": b'{"type": "default", "components": []}',
        "lange_kennung.bpmn": text.replace('"strasse"', f'"{"s" * 300}"').encode(),
        "svg.xml": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    }
