"""The command `reifegrad`: serve the pages, load the demo county, and the engine's commands."""

import argparse
import logging
import os
import socket
import sys
from datetime import UTC, datetime

import structlog

from engine import cli, wiring, worker
from engine.demo import county
from engine.errors import Unavailable
from engine.settings import Settings
from engine.wiring import House, open_house

FOUNDED = datetime(2025, 1, 2, 8, 0, tzinfo=UTC)
"""When the demo county set up its people and processes."""


def main(words: list[str] | None = None) -> int:
    """Run the command that *words* (None: the command line) name; return its exit status."""
    parser = argparse.ArgumentParser(prog="reifegrad", description="BPM service for a region's ideas.")
    commands = parser.add_subparsers(required=True, metavar="command")
    serve = commands.add_parser("serve", help="serve the pages, with a worker in the same process")
    serve.add_argument("--demo", action="store_true", help="load the demo county first if the database is empty")
    serve.add_argument("--no-worker", action="store_true", help="leave timers and mails to `reifegrad worker`")
    serve.set_defaults(command=_serve)
    demo = commands.add_parser("demo", help="load the demo county into an empty database")
    demo.add_argument("--empty", action="store_true", help="people, bodies and processes, but no ideas")
    demo.set_defaults(command=_demo)
    cli.register(commands)
    arguments = parser.parse_args(words)
    _log_plainly()
    return cli.run(arguments.command, arguments)


def load_demo(house: House, *, ideas: bool = True) -> bool:
    """Load the demo county if nobody is in the database yet; return whether it was."""
    with house.look() as work:
        if not county.is_empty(work):
            return False
    with house.work(now=FOUNDED) as work:
        county.load(work)
        wiring.deploy(work, cli.shipped_files())
    if ideas:
        from engine.demo import story  # reads seventy ideas, which an empty start does not need

        story.tell(house, _show_progress if sys.stderr.isatty() else _show_now_and_then)
    return True


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    import waitress

    from web.app import create_app

    _require_free(settings)
    house = open_house(settings)
    if arguments.demo:
        load_demo(house)
    app = create_app(house)
    background = None if arguments.no_worker else worker.in_background(house)
    _welcome(settings, arguments.demo)
    try:
        waitress.serve(app, host=settings.host, port=settings.port, threads=settings.threads, ident=None,
                       clear_untrusted_proxy_headers=True)
    finally:
        if background is not None:
            background.shutdown(wait=True)
    return 0


def _demo(arguments: argparse.Namespace, settings: Settings) -> int:
    if not load_demo(open_house(settings), ideas=not arguments.empty):
        print("The database is not empty; nothing was loaded.", file=sys.stderr)
        return 2
    return 0


def _require_free(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise Unavailable(
                "Auf {host}:{port} läuft bereits etwas ({why}). Wählen Sie einen anderen Port: make run PORT=8090",
                "Something listens on {host}:{port} already ({why}). Choose another port: make run PORT=8090",
                host=settings.host, port=settings.port, why=error.strerror,
            ) from None


def _welcome(settings: Settings, demo: bool) -> None:
    print(f"\n  Reifegrad: http://{settings.host}:{settings.port}  (Strg+C beendet)", flush=True)
    if demo:
        print(f"\n  Anmelden mit dem Passwort {county.PASSWORD} als:")
        for account in county.accounts():
            print(f"    {account.login:22} {account.who}")
        print(flush=True)


def _show_progress(done: int, total: int, what: str) -> None:
    width = 30
    filled = width * done // total
    print(f"\r  [{'#' * filled}{'.' * (width - filled)}] {done:2}/{total} {what[:40]:40}", end="", file=sys.stderr)
    if done == total:
        print(file=sys.stderr)


def _show_now_and_then(done: int, total: int, what: str) -> None:
    if done % 10 == 0 or done == total:
        print(f"  {done}/{total}", file=sys.stderr, flush=True)


def _log_plainly() -> None:
    level = logging.getLevelName(os.environ.get("LOG_LEVEL", "INFO").upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=False) if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level if isinstance(level, int) else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


if __name__ == "__main__":
    sys.exit(main())
