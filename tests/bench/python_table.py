"""What a careful export script does: a cursor on the server, csv, zipfile. python_table.py URL ARCHIVE"""

import csv
import io
import sys
import zipfile

import psycopg

url, path = sys.argv[1:]
with psycopg.connect(url) as connection, connection.cursor(name="export") as cursor, \
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, \
        archive.open("lineitem.csv", "w", force_zip64=True) as member:
    cursor.itersize = 10_000
    cursor.execute("SELECT * FROM lineitem ORDER BY id")
    text = io.TextIOWrapper(member, encoding="utf-8", newline="")
    writer = csv.writer(text)
    first = cursor.fetchone()
    writer.writerow([column.name for column in cursor.description])
    writer.writerow(first)
    writer.writerows(cursor)
    text.flush()
