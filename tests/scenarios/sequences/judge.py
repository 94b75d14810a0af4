"""Reads every file with Biopython."""

import pathlib
import sys

from Bio import SeqIO

made = pathlib.Path(sys.argv[1])


def read(name):
    return [(record.description, str(record.seq)) for record in SeqIO.parse(made / name, "fasta")]


assert read("all.fasta") == [
    ("1-A", "ACGTACGTACGTAACCGGTT"), ("1-B", "acgtacgtNN--"), ("1-C", ""), ("1-D", "M*")
], read("all.fasta")
assert read("wrapped.fasta") == [
    ("Danio rerio", "ACGTACGTACGTAACCGGTT"), ("tabs and lines", "acgtacgtNN--"), ("ä", "M*")
], read("wrapped.fasta")
lines = (made / "wrapped.fasta").read_text(encoding="utf-8").split("\n")
assert max(len(line) for line in lines if not line.startswith(">")) == 8
assert read("each/1-B.fasta") == [("1-B", "acgtacgtNN--")]
print("as it should be")
