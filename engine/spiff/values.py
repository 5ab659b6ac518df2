"""What may stand in process data, and how it is written down and read back.

A value is None, a bool, a number, a text, a list or a dict with text keys,
or a date, a moment, a timedelta or a Decimal.  Everything that enters process
data passes through `plain`, so that a process that was stored and restored
goes on exactly as one that never was.
"""

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

_TAG = "~"
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_LARGEST = 2**63 - 1


def plain(value: Any) -> Any:
    """A copy of *value* made of storable values only; shares nothing with it.

    Tuples become lists, UUIDs text, and the zone of a moment its offset at
    that moment.  Raises TypeError or ValueError for anything else, saying what.
    """
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if not -_LARGEST <= value <= _LARGEST:
            raise ValueError("whole numbers beyond 64 bit cannot be kept in process data")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number that can be kept in process data")
        return float(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        offset = value.utcoffset()
        return value if offset is None else value.replace(tzinfo=timezone(offset))
    if isinstance(value, date | timedelta | Decimal):
        return value
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__} cannot be kept in process data")


def dump(value: Any) -> bytes:
    """Plain values as JSON, with tags for what JSON does not know."""
    return orjson.dumps(value, default=_tagged, option=_OPTIONS)


def load(source: bytes) -> Any:
    """What `dump` wrote; ValueError if it is something else."""
    value = orjson.loads(source)
    return _untagged(value) if b'"~' in source else value


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are indistinguishable: 1, 1.0 and True are not."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Decimal | datetime):  # 1.0 and 1.00 are equal, and so are 12:00+00:00 and 14:00+02:00
        return str(one) == str(other)
    return bool(one == other)


def _text(value: str) -> str:
    if not value.isascii():
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    return value if type(value) is str else "".join([value])


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of type {type(key).__name__} cannot be kept in process data, only text can")
    if key.startswith(_TAG):
        raise ValueError(f"a key may not begin with “{_TAG}”: {key}")
    return _text(key)


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"~moment": value.isoformat()}
    if isinstance(value, date):
        return {"~date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"~span": f"{value.days} {value.seconds} {value.microseconds}"}
    if isinstance(value, Decimal):
        return {"~decimal": str(value)}
    raise TypeError(f"a value of type {type(value).__name__} cannot be kept in process data")


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, item),) = value.items()
        if key.startswith(_TAG):
            return _READ[key](item)
    return {key: _untagged(item) if isinstance(item, dict | list) else item for key, item in value.items()}


def _span(text: str) -> timedelta:
    days, seconds, microseconds = map(int, text.split())
    return timedelta(days, seconds, microseconds)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    return moment if offset is None else moment.replace(tzinfo=timezone(offset))


_READ: dict[str, Any] = {"~date": date.fromisoformat, "~moment": _moment, "~span": _span, "~decimal": Decimal}
