"""Follows every link and picture of the page, as a browser would that opens it from a disk."""

import html.parser
import pathlib
import sys
import urllib.parse

folder = pathlib.Path(sys.argv[1])
page = folder / "index~2.html"


class Page(html.parser.HTMLParser):
    links, pictures, texts, tags = [], [], [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        attributes = dict(attributes)
        assert not any(name.startswith("on") for name in attributes), attributes
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.pictures.append(attributes["src"])

    def handle_data(self, data):
        self.texts.append(data)


parser = Page()
parser.feed(page.read_text(encoding="utf-8"))
assert "script" not in parser.tags and "What there is" in parser.texts
files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {page.name}
linked = [urllib.parse.unquote(link) for link in parser.links]
assert set(linked) == files, (linked, files)
assert {urllib.parse.unquote(link) for link in parser.pictures} == {
    "media/a #1 ä.svg", "media/b&c'd.png"
}, parser.pictures
assert "media/b&c'd.png" in parser.texts
print("as it should be")
