"""Search answers, read so that it can be said which of their values nobody has looked at."""

import json


class Number(str):
    """A number as it is written: 1.50 is not 1.5, and 1 is not "1"."""

    __hash__ = str.__hash__

    def __eq__(self, other):
        return isinstance(other, Number) and str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other


class Told(dict):
    """An object of JSON that knows which of its keys were asked for."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.asked, self.is_asked = set(), False

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.asked.add(key)
        return super().get(key, default)

    def unasked(self, way=""):
        """The ways to values that nobody asked for; what is empty is none."""
        for key, value in () if self.is_asked else self.items():
            here = f"{way}/{key}"
            if value in (None, [], {}):
                continue
            if key not in self.asked:
                yield here
            else:
                yield from unasked(value, here)

    def settle(self):
        """Nothing need be asked of it any more: all of it was, or the whole of what it names stands in its place."""
        self.is_asked = True


def unasked(value, way):
    if isinstance(value, Told):
        yield from value.unasked(way)
    elif isinstance(value, list):
        for item in value:
            yield from unasked(item, way)


def read(text):
    return json.loads(text, object_hook=Told, parse_int=Number, parse_float=Number)


def compact(value):
    """A value as JSON without spaces, with its numbers as they were written."""
    if isinstance(value, dict):
        pairs = (f"{compact(key)}:{compact(one)}" for key, one in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact(one) for one in value) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def plain(value):
    """A text, number or truth value as text; nothing of anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else None
