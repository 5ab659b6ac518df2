"""The engine: everything the service does, and nothing about HTTP.

Floors, from the ground up; a file imports only from floors below its own:

    errors, settings             what every floor may say and know
    spiff/ | database            the doors to SpiffWorkflow and to the database
    work                         one actor, one moment, one transaction
    history/                     who did what, when: written by all, changed by none
    identity/                    people, the bodies they sit in, what they may do
    definitions/                 diagrams, decision tables and forms, frozen by deployment
    runtime/                     running instances: tasks, timers, messages, incidents
    ideas/ | notices             what the processes are about, and who is told
    wiring, worker, demo, cli    the only files that know all of the above
"""
