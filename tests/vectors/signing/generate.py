"""Writes the vectors of signatures beside this file: the requests below, signed by botocore.

    python3 -m venv venv && venv/bin/pip install botocore && venv/bin/python generate.py

This file contains the signatures that AWS has published, and compares them with botocore's.
"""

import datetime
import hashlib
import json
import pathlib
from urllib.parse import quote

import botocore
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AWS_PAGE = "https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html"
BOTOCORE = f"botocore {botocore.__version__}"
EXAMPLE = {
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}
SESSION = EXAMPLE | {"access_key_id": "ASIAIOSFODNN7EXAMPLE", "session_token": "IQoJb3JpZ2luX2VjEXAMPLE/+token=="}
MAY_2013 = 1369353600  # 2013-05-24T00:00:00Z
LEAP_DAY = 1709251199  # 2024-02-29T23:59:59Z


def vector(name, *, published=None, **request):
    """Returns the vector of one request, with the canonical request, the string to sign and the signature of botocore.

    `published` is the signature that AWS has published for the request, if there is one. It must be that of botocore.
    """
    request = {
        "endpoint": "https://s3.us-east-1.amazonaws.com",
        "addressing": "path",
        "bucket": "examplebucket",
        "key": None,
        "query": [],
        "method": "GET",
        "headers": [],
        "also_signed": [],
        "payload": "",
        "credentials": EXAMPLE,
        "region": "us-east-1",
        "service": "s3",
        "time": LEAP_DAY,
    } | request
    url = wire_url(request)
    stamp = datetime.datetime.fromtimestamp(request["time"], datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    payload = request["payload"]
    payload_hash = "UNSIGNED-PAYLOAD" if payload is None else hashlib.sha256(payload.encode()).hexdigest()
    credentials = request["credentials"]
    token = credentials.get("session_token")

    signed = AWSRequest(request["method"], url)
    for header, value in request["headers"]:
        if is_signed(header, request):
            before = signed.headers.get(header)
            del signed.headers[header]
            signed.headers[header] = value if before is None else f"{before},{value}"
    signed.headers["x-amz-date"] = stamp
    if request["service"] == "s3":
        signed.headers["x-amz-content-sha256"] = payload_hash
    if token:
        signed.headers["x-amz-security-token"] = token
    signed.context["timestamp"] = stamp
    signed.data = (payload or "").encode()

    kind = S3SigV4Auth if request["service"] == "s3" else SigV4Auth
    auth = kind(
        Credentials(credentials["access_key_id"], credentials["secret_access_key"], token),
        request["service"],
        request["region"],
    )
    canonical = auth.canonical_request(signed)
    to_sign = auth.string_to_sign(signed, canonical)
    signature = auth.signature(to_sign, signed)
    if published:
        assert signature == published, (name, canonical, signature)
    expected = {
        "url": url,
        "canonical_request": canonical.split("\n"),
        "string_to_sign": to_sign.split("\n"),
        "signature": signature,
    }
    source = f"{AWS_PAGE} (signature); {BOTOCORE} (the steps before it)" if published else BOTOCORE
    return {"name": name, "source": source} | request | {"expected": expected}


def wire_url(request):
    scheme, host = request["endpoint"].split("://")
    bucket, key = request["bucket"], request["key"]
    path = [""]
    if bucket and request["addressing"] == "virtual":
        host = f"{bucket}.{host}"
    elif bucket:
        path.append(bucket)
    if key:
        path.append(quote(key, safe="/-._~"))
    query = "&".join(f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}" for name, value in request["query"])
    return f"{scheme}://{host}{'/'.join(path) or '/'}" + (f"?{query}" if query else "")


def is_signed(header, request):
    name = header.lower()
    return name.startswith("x-amz-") or name in ["content-type", "content-md5"] or name in request["also_signed"]


def published_by_aws():
    example = {"endpoint": "https://s3.amazonaws.com", "addressing": "virtual", "time": MAY_2013}
    return [
        vector(
            "GET object with a range",
            published="f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            key="test.txt",
            headers=[["range", "bytes=0-9"]],
            also_signed=["range"],
            **example,
        ),
        vector(
            "PUT object",
            published="98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            method="PUT",
            key="test$file.text",
            headers=[["date", "Fri, 24 May 2013 00:00:00 GMT"], ["x-amz-storage-class", "REDUCED_REDUNDANCY"]],
            also_signed=["date"],
            payload="Welcome to Amazon S3.",
            **example,
        ),
        vector(
            "GET bucket lifecycle",
            published="fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
            query=[["lifecycle", ""]],
            **example,
        ),
        vector(
            "GET bucket (list objects)",
            published="34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
            query=[["max-keys", "2"], ["prefix", "J"]],
            **example,
        ),
    ]


def requests():
    local = "http://127.0.0.1:9000"
    return [
        vector("list buckets", bucket=None),
        vector("bucket by path", query=[["list-type", "2"]]),
        vector("object by path", key="image.jpg"),
        vector("object by sub-domain", key="image.jpg", addressing="virtual"),
        vector("bucket by sub-domain with a port", endpoint="http://s3.localhost:9000", addressing="virtual"),
        vector("port in the host", endpoint=local, key="image.jpg"),
        vector("IPv6 address in the host", endpoint="http://[::1]:9000", key="image.jpg"),
        vector("underscore in the host", endpoint="http://my_minio:9000", key="image.jpg"),
        vector("session token", key="image.jpg", credentials=SESSION),
        vector("another region", endpoint="https://s3.cn-north-1.amazonaws.com.cn", region="cn-north-1", key="a"),
        vector("region of another server", endpoint="http://[::1]:3900", region="garage", key="a"),
        vector("unsigned payload", method="PUT", key="stream.bin", payload=None),
        vector("signed payload", method="PUT", key="text", payload="héllo\n", headers=[["content-type", "text/plain"]]),
        vector("DELETE", method="DELETE", key="image.jpg"),
        vector("HEAD", method="HEAD", key="image.jpg"),
        vector("POST with a bare sub-resource", method="POST", key="big", query=[["uploads", ""]]),
        vector(
            "only the listed headers are signed",
            method="PUT",
            key="a",
            headers=[
                ["accept", "application/json"],
                ["accept-encoding", "identity"],
                ["cache-control", "no-store"],
                ["content-length", "0"],
                ["content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="],
                ["content-type", "image/jpeg"],
                ["if-none-match", "*"],
                ["range", "bytes=0-9"],
                ["user-agent", "AmazonAPIGateway_demo"],
                ["x-amz-acl", "private"],
                ["x-amz-meta-title", "A title"],
                ["x-amzn-trace-id", "Root=1-0-0"],
                ["x-forwarded-for", "192.0.2.1"],
            ],
        ),
        vector(
            "repeated headers are joined",
            method="PUT",
            key="a",
            headers=[["x-amz-meta-b", "2"], ["x-amz-meta-a", "1"], ["x-amz-meta-b", "3"], ["accept", "a"], ["accept", "b"]],
        ),
        vector("spaces within a header", method="PUT", key="a", headers=[["x-amz-meta-a", "  a   b  c "]]),
        vector("empty header", method="PUT", key="a", headers=[["x-amz-meta-a", ""]]),
        vector("query out of order", query=[["prefix", "b"], ["list-type", "2"], ["delimiter", "/"], ["prefix", "a"]]),
        vector("query names whose order changes when they are encoded", query=[["a-b", "1"], ["a", "2"], ["a/b", "3"], ["A", "4"], ["aé", "5"]]),
        vector("query of characters that are encoded", query=[["prefix", "a b+c%20d&e=f;g/h?i#j"], ["x", "é😀\"'()*!~,:@$<>[]{}|\\^`"]]),
        vector("query with a percent sequence", query=[["marker", "%2F%2f%zz%"]]),
        *(
            vector(f"key with {what}", key=key)
            for what, key in [
                ("a space", "a b.txt"),
                ("plus signs", "a+b+.txt"),
                ("a percent sign", "100%.txt"),
                ("a percent sequence", "a%20b%2Fc"),
                ("reserved characters", "a!b$c&d'e(f)g*h,i:j;k=l@m"),
                ("URL delimiters", "a?b=c&d#e"),
                ("brackets and quotes", "a[b]{c}<d>\"e\"|f\\g^h`i"),
                ("unreserved characters", "AZaz09-._~/x"),
                ("a precomposed letter (NFC)", "caf\u00e9"),
                ("a decomposed letter (NFD)", "cafe\u0301"),
                ("an emoji of several code points", "👩\u200d👩\u200d👧.png"),
                ("Japanese", "写真/猫.jpg"),
                ("double slashes", "a//b///c"),
                ("slashes at both ends", "/a/"),
                ("dots that are not a whole segment", "a..b/.../.hidden"),
                ("a line break and a tab", "a\nb\tc\r"),
                ("a non-character and a byte order mark", "\uffff\ufeff"),
            ]
        ),
        vector("double slash at the start, by sub-domain", key="//a", addressing="virtual"),
        vector(
            "AssumeRole",
            service="sts",
            endpoint="https://sts.us-east-1.amazonaws.com",
            bucket=None,
            method="POST",
            headers=[["content-type", "application/x-www-form-urlencoded"]],
            payload="Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo"
            "&RoleSessionName=edge&DurationSeconds=900",
        ),
    ]


for file, vectors in [("published-by-aws.json", published_by_aws()), ("requests.json", requests())]:
    text = json.dumps(vectors, ensure_ascii=True, indent=2)
    pathlib.Path(__file__).with_name(file).write_text(text + "\n")
    print(f"{file}: {len(vectors)}")
