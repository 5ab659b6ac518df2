"""Process owners' files on a disk: `reifegrad check` and `reifegrad run`, which need no server and no database.

    disk.py      paths -> files, and what lies beside them and belongs to them
    telling.py   findings and rehearsals as text and as JSON
    commands.py  the two commands
"""
