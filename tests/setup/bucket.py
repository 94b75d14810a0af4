"""Makes the bucket `longshore-test`: bucket.py ENDPOINT ACCESS_KEY SECRET_KEY"""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

endpoint, access_key, secret_key = sys.argv[1:]
client = boto3.client(
    "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=access_key,
    aws_secret_access_key=secret_key,
    config=Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}),
)
try:
    # Made again where it is there: a server that lost it would be found out only by a test.
    if "longshore-test" not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket="longshore-test")
    client.put_object(Bucket="longshore-test", Key="ready", Body=b"ready")
except (BotoCoreError, ClientError) as error:
    sys.exit(f"not ready: {error}")
