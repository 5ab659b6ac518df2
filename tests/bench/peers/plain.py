"""SpiffWorkflow as its documentation shows it: its own parser, its own serializer, the whole state as JSON."""

import io
import time

import psycopg
from lxml import etree
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from tests.bench import models


class Plain:
    """One process, its instances as rows of (id, state, ended)."""

    def __init__(self, host: str, user: str, database: str, process: str, source: bytes) -> None:
        self._connection = psycopg.connect(host=host, user=user, dbname=database)
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.parse(io.BytesIO(source)))
        self._spec = parser.get_spec(process)
        self.bytes = 0  # of the largest state

    def start(self) -> int:
        """Start an instance and store its state; returns its id."""
        workflow = BpmnWorkflow(self._spec)
        workflow.data["summe"] = 0
        workflow.task_tree.data["summe"] = 0
        workflow.do_engine_steps()
        row = self._connection.execute("INSERT INTO plain_instance (state) VALUES (%s) RETURNING id",
                                       (self._serializer.serialize_json(workflow),)).fetchone()
        self._connection.commit()
        assert row is not None
        return int(row[0])

    def complete(self, instance: int, step: int) -> None:
        """Complete the waiting task in one transaction: lock, read, run, write, commit."""
        row = self._connection.execute("SELECT state FROM plain_instance WHERE id = %s FOR UPDATE",
                                       (instance,)).fetchone()
        assert row is not None
        workflow = self._serializer.deserialize_json(row[0])
        [task] = workflow.get_tasks(state=TaskState.READY, manual=True)
        assert task.task_spec.name == f"t{step}"
        task.data.update({f"ok_{step}": True, f"why_{step}": models.answers(step)[f"why_{step}"]})
        task.run()
        workflow.do_engine_steps()
        state = self._serializer.serialize_json(workflow)
        self._connection.execute("UPDATE plain_instance SET state = %s, ended = %s WHERE id = %s",
                                 (state, workflow.completed, instance))
        self._connection.commit()
        self.bytes = max(self.bytes, len(state))

    def times(self, steps: int, instances: int, warm_up: int) -> list[float]:
        """The milliseconds of each completion, all steps of an instance one by one; those that warm up left out."""
        times: list[float] = []
        for turn in range(warm_up + instances):
            instance = self.start()
            for step in range(1, steps + 1):
                begun = time.perf_counter()
                self.complete(instance, step)
                if turn >= warm_up:
                    times.append((time.perf_counter() - begun) * 1000)
        return times

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
