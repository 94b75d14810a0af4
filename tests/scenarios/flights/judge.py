"""Compares the example's archive, unpacked, with the sources as Python's own modules read them."""

import csv
import json
import pathlib
import sys
import xml.etree.ElementTree as xml

source, made = map(pathlib.Path, sys.argv[1:])


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def lines(path):
    # Numbers stay as they are spelled: 10.357019999999999 must not become another number.
    with open(path, encoding="utf-8") as file:
        return [json.loads(line, parse_float=str, parse_int=str) for line in file]


def same(what, found, expected):
    if found != expected:
        differing = [pair for pair in zip(found, expected) if pair[0] != pair[1]]
        sys.exit(f"{what}: {len(found)} instead of {len(expected)}; {differing[:1]}")


names = {
    "time_hour": "time_hour",
    "carrier": "Airline",
    "flight": "Flight number",
    "origin": "From",
    "dest": "To",
    "dep_delay": "Departure delay, minutes",
    "arr_delay": "Arrival delay, minutes",
    "distance": "Distance, miles",
}
numbers = {"flight", "dep_delay", "arr_delay", "distance"}


def shown(field, value):
    return "" if field in numbers and value == "NA" else value


flights = [
    {name: shown(field, flight[field]) for field, name in names.items()}
    for flight in rows(source / "flights.csv")
    if flight["origin"] in ("JFK", "LGA") and int(flight["distance"]) >= 500
]
same("flights.csv", rows(made / "flights.csv"), flights)

airlines = lines(source / "airlines.jsonl")
same("carriers", sorted(file.name for file in (made / "carriers").iterdir()),
     sorted(f"{airline['carrier']}.json" for airline in airlines))
for airline in airlines:
    same(airline["carrier"], lines(made / "carriers" / f"{airline['carrier']}.json"), [airline])

numbers_of_airports = {"lat", "lon", "alt", "tz"}
airports = [
    {field: None if field in numbers_of_airports and value in ("", "NA") else value for field, value in airport.items()}
    for airport in rows(source / "airports.csv")
]
with open(made / "airports.json", encoding="utf-8") as file:
    found = json.load(file, parse_float=str, parse_int=str)
same("airports.json", found, airports)
with open(made / "airports.json", encoding="utf-8") as file:
    same("kinds", {type(airport["lat"]) for airport in json.load(file)}, {float})

same("planes.jsonl", lines(made / "planes.jsonl"), lines(source / "planes.jsonl"))

weather = [
    {field: value for field, value in reading.items() if value is not None}
    for reading in lines(source / "weather.jsonl")
]
found = [
    {cell.tag: cell.text or "" for cell in record}
    for record in xml.parse(made / "weather.xml").getroot()
]
same("weather.xml", found, weather)
print("as it should be")
