"""What an export script does with files: python_tree.py DIR ARCHIVE"""

import pathlib
import sys
import zipfile

root, path = pathlib.Path(sys.argv[1]), sys.argv[2]
with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
    for file in sorted(root.rglob("*.*")):
        archive.write(file)
