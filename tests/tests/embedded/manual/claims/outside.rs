//! What the manual says of the examples of targets and sources.

use super::Claim;

/// In the order of the manual.
pub(super) const OF_TARGETS_AND_SOURCES: &[Claim] = &[
    ("Targets", "backup.example.org/flights/daily/Flights to the backup.zip/flights.csv", "UA1545"),
    ("Targets", "mirror.example.org/flights/flights.csv", "UA1545"),
    ("Targets", "s3.example.org/flights/Flights to the backup.zip/flights.csv", "UA1545"),
    ("Targets", "sftp.example.org/incoming/Flights to the backup.zip/flights.csv", "UA1545"),
    ("Targets", "cloud.example.org/flights/Flights to the backup.zip/flights.csv", "UA1545"),
    ("Targets", "press.example.org/flights/Flights to the backup.zip/flights.csv", "UA1545"),
    (
        "Sources",
        "out/Everything there is.zip/airports.json",
        "\"lat\":40.6925,\"lon\":-74.168667,\"open\":true,\"tags\":[\"big\",\"near\"]}",
    ),
    (
        "Sources",
        "out/Everything there is.zip/airports.json",
        "\"X01\",\"name\":\"Old Field\",\"lat\":null",
    ),
    (
        "Sources",
        "out/Everything there is.zip/orders.csv",
        "total\r\n1,Anna,10.50\r\n3,Cleo,99.00\r\n",
    ),
    (
        "`parquet`: Parquet files",
        "out/Long flights.zip/long.csv",
        "flight,origin,dest,distance,time_hour\r\n51,JFK,HNL,4983,2013-06-01T13:00:00Z\r\n",
    ),
    (
        "`dataset`: datasets with annotations and media",
        "out/What was drawn in the harbours.zip/cvat.xml",
        "<image id=\"0\" name=\"000001.png\" width=\"64\" height=\"48\">",
    ),
    (
        "`dataset`: datasets with annotations and media",
        "out/What was drawn in the harbours.zip/entries.csv",
        "000001.png,completed,64,48",
    ),
    ("Encrypted connections to databases", "out/Orders over TLS.zip/orders.csv", "1,Anna,10.50"),
    (
        "`postgres`: a table or query of a PostgreSQL database",
        "out/Articles with their pictures.zip/articles.jsonl",
        "{\"id\":2,\"name\":\"Rope\",\"picture\":null}",
    ),
    (
        "`postgres`: a table or query of a PostgreSQL database",
        "out/Articles with their pictures.zip/pictures/moon.png",
        "PNG",
    ),
    (
        "`mysql`: a table or query of a MySQL or MariaDB database",
        "out/Orders of the shop.zip/pictures/moon.png",
        "PNG",
    ),
    (
        "`mysql`: a table or query of a MySQL or MariaDB database",
        "out/Orders of the shop.zip/orders.csv",
        "2,Bert,7.25,1",
    ),
    (
        "`easydb`: a catalogue of easydb or fylr",
        "out/What the museum has.zip/pictures.jsonl",
        "\"_system_object_id\":1088,",
    ),
    (
        "`easydb`: a catalogue of easydb or fylr",
        "out/What the museum has.zip/persons.csv",
        "_system_object_id,person\r\n1028,\"{\"\"_id\"\":10,",
    ),
    (
        "`ermrest`: a catalogue of Deriva",
        "out/Subjects and their files.zip/subjects.csv",
        "RID,title,age\r\n20A,Plain,1\r\n",
    ),
    (
        "`ermrest`: a catalogue of Deriva",
        "out/Subjects and their files.zip/numbers.json",
        "2147483647",
    ),
    (
        "Answers as they are",
        "out/As the catalogue answers.zip/subjects.csv",
        ",test1,test1,S2,\"Comma, and \"\"quote\"\"\",,",
    ),
    (
        "Answers as they are",
        "out/As the catalogue answers.zip/titles.json",
        "[{\"title\":\"Plain\",\"age\":1},\n {\"title\":",
    ),
    ("Files made of others", "out/Made of answers.zip/subjects.csv", "\r\n\"20A\";\"Plain\";\"[1,"),
    ("Files made of others", "out/Made of answers.zip/all.txt", "\n20A has Plain\n"),
    ("Files made of others", "out/Made of answers.zip/files.jsonl", "\"name\": \"obj0\"}\n"),
    ("Files made of others", "out/Made of answers.zip/plain.fasta", "> 20A\nPlain\n"),
    (
        "`ermrest`: a catalogue of Deriva",
        "out/Subjects and their files.zip/elsewhere.json",
        "\"length\":1000,\"filename\":\"one.bin\",\"md5\":\"08b11122003b792ed8a8a6305b3d7b40\"",
    ),
    (
        "`http`: a JSON API that gives its records in pages",
        "out/What the museum lends.zip/loans.csv",
        "\r\n1200,Kiel,12000\r\n",
    ),
    (
        "`http`: a JSON API that gives its records in pages",
        "out/What the museum lends.zip/people.jsonl",
        "{\"id\":250,",
    ),
    (
        "`http`: a JSON API that gives its records in pages",
        "out/What the museum lends.zip/log.jsonl",
        "{\"id\":3,",
    ),
    (
        "`http`: a JSON API that gives its records in pages",
        "out/What the museum lends.zip/places.jsonl",
        "{\"id\":3,",
    ),
    (
        "`http`: a JSON API that gives its records in pages",
        "out/What the museum lends.zip/rooms.jsonl",
        "{\"id\":3,",
    ),
    (
        "`http`: a JSON API that gives its records in pages",
        "out/What the museum lends.zip/pictures/moon.png",
        "PNG",
    ),
];
