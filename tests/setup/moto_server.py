"""moto's server, telling the truth about when an upload began: moto_server.py ARGUMENTS

moto 5.2.5 lists every upload as begun in November 2010, so whoever sweeps old ones takes those that are
under way. Its other gaps stay, for other servers have them too: it copies parts whatever `If-Match`
says, and less than was asked for where a range goes beyond the end.
"""

import datetime
import sys

from moto.s3.models import FakeMultipart
from moto.s3.responses import S3Response
from moto.server import main

make = FakeMultipart.__init__
serialize = S3Response.serialized


def make_with_time(self, *arguments, **named):
    make(self, *arguments, **named)
    self.began = datetime.datetime.now(datetime.timezone.utc)


def serialize_with_times(self, action):
    if self.data.get("Action") == "ListMultipartUploads":
        uploads = self.backend.list_multipart_uploads(self.bucket_name)
        for upload in action.result["Uploads"]:
            upload["Initiated"] = uploads[upload["UploadId"]].began.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return serialize(self, action)


FakeMultipart.__init__ = make_with_time
S3Response.serialized = serialize_with_times
sys.exit(main())
