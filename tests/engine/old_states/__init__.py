"""Instances of earlier releases, frozen on their way: every later release must still finish each of them.

A folder a release: one file a model, with its diagrams, tables and forms, the
bytes of its state at every place where it waited, the rows beside it, and what
must come out; and the database that release left behind, as SQL of both kinds.
`python -m tests.engine.old_states write` adds the folder of this release, once.
"""
