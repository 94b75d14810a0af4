"""Writes Parquet files of every type, codec and encoding, and what pyarrow reads back from them.

    write.py FOLDER     FOLDER/*.parquet, and FOLDER/expected.jsonl: a row on each line, a cell as
                        [kind, text]
"""

import datetime
import decimal
import json
import random
import sys
import uuid

import numpy
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 1200
GROUP = 500

decimal.getcontext().prec = 100
chance = random.Random(7)


def maybe(make):
    """A column in which every seventh value or so is NULL."""
    return [None if chance.random() < 0.15 else make(row) for row in range(ROWS)]


def word(row):
    return chance.choice(["", "ä😀", "a,b", 'quote "', "line\nend", f"word {row}", "same"])


def integer(bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return lambda row: chance.choice([low, high, 0, chance.randint(low, high)])


def number(digits, scale):
    return lambda row: decimal.Decimal(chance.randint(-(10**digits) + 1, 10**digits - 1)).scaleb(-scale)


def double(row):
    return chance.choice([0.0, -0.0, 0.1, 1e300, 5e-324, 1 / 3, float("inf"), -1.0, chance.random() * 1e18])


def moment(unit, low, high):
    return lambda row: chance.randint(low, high)


def columns():
    yield "id", pa.array(range(ROWS), pa.int64())
    yield "flag", pa.array(maybe(lambda row: row % 3 == 0), pa.bool_())
    for bits in (8, 16, 32, 64):
        yield f"i{bits}", pa.array(maybe(integer(bits, True)), pa.from_numpy_dtype(f"int{bits}"))
        yield f"u{bits}", pa.array(maybe(integer(bits, False)), pa.from_numpy_dtype(f"uint{bits}"))
    halves = maybe(lambda row: numpy.float16(chance.choice([0.1, -2.5, 65504, 6e-8])))
    yield "f16", pa.array(halves, pa.float16())
    yield "f32", pa.array(maybe(lambda row: float(numpy.float32(min(double(row), 3e38)))), pa.float32())
    yield "f64", pa.array(maybe(double), pa.float64())
    yield "d9", pa.array(maybe(number(9, 2)), pa.decimal128(9, 2))
    yield "d18", pa.array(maybe(number(18, 18)), pa.decimal128(18, 18))
    yield "d38", pa.array(maybe(number(38, 10)), pa.decimal128(38, 10))
    yield "d76", pa.array(maybe(number(76, 20)), pa.decimal256(76, 20))
    days = maybe(lambda row: chance.choice([-719162, 2932896, chance.randint(0, 20000)]))
    yield "day", pa.array(days, pa.date32())
    for unit, count in (("ms", 86_400_000), ("us", 86_400_000_000), ("ns", 86_400_000_000_000)):
        times = maybe(lambda row: chance.choice([0, count - 1, chance.randint(0, count - 1)]))
        kind = pa.time32(unit) if unit == "ms" else pa.time64(unit)
        yield f"time_{unit}", pa.array(times, kind)
        moments = maybe(lambda row: chance.randint(-count * 10000, count * 20000))
        yield f"local_{unit}", pa.array(moments, pa.timestamp(unit))
        moments = maybe(lambda row: chance.choice([0, count * 365, chance.randint(0, count * 20000)]))
        yield f"utc_{unit}", pa.array(moments, pa.timestamp(unit, "UTC"))
    yield "text", pa.array(maybe(word), pa.string())
    yield "label", pa.array(maybe(word), pa.string()).dictionary_encode()
    yield "raw", pa.array(maybe(lambda row: bytes([row % 256, 0, 255])), pa.binary())
    yield "fixed", pa.array(maybe(lambda row: row.to_bytes(3, "big")), pa.binary(3))
    ids = pa.array(maybe(lambda row: uuid.UUID(int=row * 2**100 + row).bytes), pa.binary(16))
    yield "uuid", pa.ExtensionArray.from_storage(pa.uuid(), ids)
    documents = pa.array(maybe(lambda row: json.dumps({"n": row, "s": word(row)})), pa.string())
    yield "json", pa.ExtensionArray.from_storage(pa.json_(), documents)
    yield "nothing", pa.nulls(ROWS)
    few = lambda make: lambda row: [make(row) for _ in range(chance.randint(0, 3))]
    or_null = lambda make: lambda row: None if chance.random() < 0.2 else make(row)
    yield "list", pa.array(maybe(few(or_null(integer(32, True)))), pa.list_(pa.int32()))
    yield "lists", pa.array(maybe(few(or_null(few(or_null(word))))), pa.list_(pa.list_(pa.string())))
    person = pa.struct([("name", pa.string()), ("born", pa.date32()), ("tags", pa.list_(pa.string()))])
    make = lambda row: {"name": word(row), "born": row, "tags": or_null(few(word))(row)}
    yield "person", pa.array(maybe(make), person)
    yield "people", pa.array(maybe(few(or_null(make))), pa.list_(person))
    pairs = lambda row: [(f"k{n}", or_null(integer(64, True))(row)) for n in range(chance.randint(0, 3))]
    yield "map", pa.array(maybe(pairs), pa.map_(pa.string(), pa.int64()))
    pairs = lambda row: [(n, few(word)(row)) for n in range(chance.randint(0, 3))]
    yield "numbered", pa.array(maybe(pairs), pa.map_(pa.int32(), pa.list_(pa.string())))


UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def clock(count, unit):
    """A time of day."""
    seconds, fraction = divmod(count, UNITS[unit])
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    digits = str(UNITS[unit] + fraction)[1:].rstrip("0")
    return f"{text}.{digits}" if digits else text


def told(scalar):
    """A value of pyarrow's as [kind, text]; within documents, as what JSON has."""
    kind = scalar.type
    if not scalar.is_valid:
        return ["null", ""]
    if isinstance(kind, pa.DictionaryType):
        return told(pa.scalar(scalar.as_py(), kind.value_type))
    if isinstance(kind, pa.UuidType):
        return ["text", str(scalar.as_py())]
    if isinstance(kind, pa.JsonType):
        return ["json", scalar.as_py()]
    if pa.types.is_boolean(kind):
        return ["bool", "true" if scalar.as_py() else "false"]
    if pa.types.is_floating(kind):
        value = scalar.as_py()
        if float(value) in (float("inf"), float("-inf")):
            return ["text", "Infinity" if value > 0 else "-Infinity"]
        return [{16: "f16", 32: "f32", 64: "f64"}[kind.bit_width], repr(float(value))]
    if pa.types.is_decimal(kind):
        return ["number", format(scalar.as_py(), "f")]
    if pa.types.is_integer(kind):
        return ["number", str(scalar.as_py())]
    if pa.types.is_date(kind):
        return ["text", scalar.as_py().isoformat()]
    if pa.types.is_time(kind):
        return ["text", clock(scalar.value, kind.unit)]
    if pa.types.is_timestamp(kind):
        days, rest = divmod(scalar.value, 86400 * UNITS[kind.unit])
        day = datetime.date(1970, 1, 1) + datetime.timedelta(days)
        return ["text", f"{day.isoformat()}T{clock(rest, kind.unit)}{'Z' if kind.tz else ''}"]
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return ["text", "0x" + scalar.as_py().hex()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return ["text", scalar.as_py()]
    return ["json", json.dumps(document(scalar))]


def document(scalar):
    kind = scalar.type
    if not scalar.is_valid:
        return None
    if pa.types.is_map(kind):
        entries = [(document(entry["key"]), document(entry["value"])) for entry in scalar.values]
        if pa.types.is_string(kind.key_type):
            return dict(entries)
        return [{"key": key, "value": value} for key, value in entries]
    if pa.types.is_list(kind):
        return [document(item) for item in scalar.values]
    if pa.types.is_struct(kind):
        return {name: document(scalar[name]) for name in scalar}
    if pa.types.is_integer(kind):
        return scalar.as_py()
    return told(scalar)[1]


def plainly(column):
    """A column without the dictionary that it was read with."""
    kind = column.type
    return column.cast(kind.value_type) if isinstance(kind, pa.DictionaryType) else column


def main(folder):
    table = pa.table(dict(columns()))
    written = {}

    def write(name, table, **options):
        path = f"{folder}/{name}.parquet"
        options = {"row_group_size": GROUP, "data_page_size": 4096, "write_batch_size": 64} | options
        pq.write_table(table, path, **options)
        written[name] = pq.read_table(path)

    for codec in ("none", "snappy", "gzip", "lz4", "zstd"):
        for version in ("1.0", "2.0"):
            write(f"{codec}-{version}", table, compression=codec, data_page_version=version)
    write("plain", table, use_dictionary=False, store_decimal_as_integer=True)
    encodings = {
        "id": "DELTA_BINARY_PACKED",
        "i32": "DELTA_BINARY_PACKED",
        "f64": "BYTE_STREAM_SPLIT",
        "text": "DELTA_BYTE_ARRAY",
        "raw": "DELTA_LENGTH_BYTE_ARRAY",
        "fixed": "DELTA_BYTE_ARRAY",
        "lists.list.element.list.element": "DELTA_BYTE_ARRAY",
    }
    for version in ("1.0", "2.0"):
        write(
            f"delta-{version}",
            table,
            use_dictionary=False,
            column_encoding=encodings,
            data_page_version=version,
            compression="zstd",
        )
    moments = table.select(["id", "local_ns"])
    write("int96", moments, use_deprecated_int96_timestamps=True)

    whole = written.pop("none-1.0")
    for name, read in written.items():
        wanted = whole.select(read.column_names)
        for column in wanted.column_names:
            same = plainly(read[column]).equals(plainly(wanted[column]))
            assert same, f"pyarrow itself reads {column} of {name} differently"
    with open(f"{folder}/expected.jsonl", "w", encoding="utf-8") as out:
        for row in range(ROWS):
            cells = {name: told(whole[name][row]) for name in whole.column_names}
            out.write(json.dumps(cells) + "\n")


main(sys.argv[1])
