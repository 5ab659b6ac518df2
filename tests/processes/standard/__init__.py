"""Small models, one expectation each from the text of BPMN 2.0.2 and DMN 1.3, and the tables made of them.

    activities/ … throwing/   the models: NAME.bpmn (or NAME.dmn, which decide.bpmn asks), and the script NAME.yaml
    reading.py                a model and its script as values
    rows.py, patterns.py      what is covered: elements and features, workflow patterns
    tables.py                 the README's tables; `python -m tests.processes.standard --readme` writes them

A script is one of the rehearsal's (engine/definitions/scenarios.py) with three
names of its own: `covers`, the rows it proves; `patterns`, the numbers of
workflow patterns; `note`, what has to be known where a row runs with limits.
`python -m tests.processes.standard NAME` runs one by hand and says how it went.

To add one, draw it, say in its documentation which section asks for what, and
write down what has to happen by that text, whatever happens today.
"""
