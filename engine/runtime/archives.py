"""The record of a matter as one ZIP file: histories, the models they ran on, documents, and a checksum of each.

SHA256SUMS is what `sha256sum -c` reads, so that nobody needs this service to
check the file years later.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from engine.definitions import deployments
from engine.definitions.deployments import Deployment
from engine.history import trail
from engine.runtime import instances
from engine.runtime.instances import Instance
from engine.work import Work

SUMS = "SHA256SUMS"
_MADE = (1980, 1, 1, 0, 0, 0)
"""The time of every file in it: the same record is the same file, byte by byte."""


def told(work: Work, instance: Instance) -> dict[str, Any]:
    """The history of an instance as JSON values: every entry with its hash, and the deployment it ran on."""
    return {
        "instance": str(instance.id), "process": instance.process_id, "version": instance.version,
        "deployment": work.get(Deployment, instance.deployment_id).hash, "business_key": instance.business_key,
        "title": instance.title, "status": instance.status, "outcome": instance.outcome,
        "chain_length": instance.chain_length, "chain_head": instance.chain_head,
        "events": [_event(entry) for entry in instances.history(work, instance)],
    }


def files(work: Work, instance: Instance) -> dict[str, bytes]:
    """The histories of all instances of the same matter, and the files of every deployment they ran on."""
    related = [instance] if instance.subject_id is None else instances.of_subject(work, instance.subject_id)
    found: dict[str, bytes] = {}
    for place, one in enumerate(related, 1):
        found[f"verlauf/{place:02d}-{one.process_id}.json"] = _json(told(work, one))
        deployment = work.get(Deployment, one.deployment_id)
        for name in sorted({deployment.diagram, *deployment.manifest}):
            found[f"modelle/{one.process_id}-{one.version}/{name}"] = deployments.source(work, deployment, name)
    return found


def pack(contents: Mapping[str, bytes]) -> bytes:
    """One ZIP file of *contents* (name: bytes) with their checksums; the same contents give the same bytes."""
    sums = "".join(f"{sha256(body).hexdigest()}  {name}\n" for name, body in sorted(contents.items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in [*sorted(contents.items()), (SUMS, sums.encode())]:
            file.writestr(zipfile.ZipInfo(name, _MADE), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _event(entry: trail.Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq, "at": entry.at.isoformat(), "actor": entry.actor.de,
        "actor_id": str(entry.actor_id) if entry.actor_id else None, "acting_for": entry.acting_for,
        "verb": entry.verb, "said": entry.said.de, "particulars": entry.particulars, "hash": entry.hash,
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()
