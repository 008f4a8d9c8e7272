"""Writes signatures.json beside this file: requests signed by botocore. Some are altered
after they have been signed.

    python3 -m venv venv && venv/bin/pip install botocore && venv/bin/python generate_signatures.py
"""

import base64
import datetime
import hashlib
import json
import pathlib
from unittest import mock
from urllib.parse import quote, urlsplit

import botocore
import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

BOTOCORE = f"botocore {botocore.__version__}"
ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
NOW = 1709251199  # 2024-02-29T23:59:59Z
HOST = "https://api.example.com"

UNMATCHED = (
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details.",
)
MISSING = ("MissingAuthenticationTokenException", "Missing Authentication Token")


def signed(method="GET", url=f"{HOST}/v1/signed", body=b"", headers=(), at=NOW, region="us-west-2", service="execute-api", id=ID, secret=SECRET, token=None, normalized=True):
    """Returns a signed request, as the gateway receives it."""
    request = AWSRequest(method, url, data=body)
    for name, value in headers:
        request.headers[name] = value
    moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    clock = mock.Mock(wraps=datetime.datetime)
    clock.utcnow.return_value = moment.replace(tzinfo=None)
    clock.now.return_value = moment
    patches = [mock.patch.object(botocore.auth.datetime, "datetime", clock)] if hasattr(botocore.auth.datetime, "datetime") else []
    if hasattr(botocore.auth, "get_current_datetime"):
        patches.append(mock.patch.object(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: moment.replace(tzinfo=None) if remove_tzinfo else moment))
    if not normalized:
        patches.append(mock.patch.object(SigV4Auth, "_normalize_url_path", lambda self, path: quote(path, safe="/~")))
    for patch in patches:
        patch.start()
    # If a request has a `Date`, botocore replaces it with the current time.
    with mock.patch.object(botocore.auth, "formatdate", lambda *_, **__: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")):
        SigV4Auth(Credentials(id, secret, token), service, region).add_auth(request)
    for patch in patches:
        patch.stop()
    parts = urlsplit(url)
    arrived = [[name.lower(), value] for name, value in request.headers.items()]
    return {
        "method": method,
        "host": parts.netloc,
        "path": parts.path,
        "query": parts.query or None,
        "headers": arrived,
        "body": base64.b64encode(body).decode(),
        "now": NOW,
    }


vectors = []


def accept(name, source=f"signed by {BOTOCORE}", **request):
    vectors.append({"name": name, "source": source, "request": signed(**request), "expected": {"access_key": ID}})


def refuse(name, expected, alter=lambda request: None, source=f"signed by {BOTOCORE}, then altered", **request):
    request = signed(**request)
    alter(request)
    error_type, message = expected
    vectors.append({"name": name, "source": source, "request": request, "expected": {"error_type": error_type, "message": message}})


def header(request, name):
    return next(value for known, value in request["headers"] if known == name)


def set_header(name, value):
    def alter(request):
        request["headers"] = [[known, value if known == name else old] for known, old in request["headers"]]
    return alter


def add_header(name, value):
    return lambda request: request["headers"].append([name, value])


def drop_header(name):
    def alter(request):
        request["headers"] = [[known, value] for known, value in request["headers"] if known != name]
    return alter


def set_part(part, value):
    return lambda request: request.__setitem__(part, value)


def replace_in_authorization(old, new):
    def alter(request):
        before = header(request, "authorization")
        assert old in before, (old, before)
        set_header("authorization", before.replace(old, new))(request)
    return alter


def body(text):
    return base64.b64encode(text).decode()


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


accept("a request with a path alone")
accept("another region", region="eu-central-1")
accept("a region that AWS does not have", region="auto")
accept("a host with a port", url="http://127.0.0.1:8787/v1/signed")
accept("the root of the API", url=f"{HOST}/v1/signed/")
accept("a query", url=f"{HOST}/v1/signed?key=a%20b.jpg&b=2&a=1")
accept("a query without values", url=f"{HOST}/v1/signed?acl&key")
accept("a repeated query parameter with sorted values", url=f"{HOST}/v1/signed?key=&key=a&key=b")
accept("query parameters whose names begin alike", url=f"{HOST}/v1/signed?key-b=1&key=2&key.c=3&key1=4")
accept("every encoded character in a query", url=f"{HOST}/v1/signed?key=%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E%60%7B%7C%7D~-._")
accept("a query with characters beyond ASCII", url=f"{HOST}/v1/signed?key=%C3%BC%E2%82%AC%F0%9F%98%80")
accept("a space in the path", url=f"{HOST}/v1/signed/a%20b.jpg")
accept("a plus in the path", url=f"{HOST}/v1/signed/a+b")
accept("an encoded plus in the path", url=f"{HOST}/v1/signed/a%2Bb")
accept("an encoded slash in the path", url=f"{HOST}/v1/signed/a%2Fb")
accept("an encoded percent in the path", url=f"{HOST}/v1/signed/a%2520b")
accept("a path with characters beyond ASCII", url=f"{HOST}/v1/signed/%C3%BC%E2%82%AC%F0%9F%98%80")
accept("every character of a path that is not encoded", url=f"{HOST}/v1/signed/-._~!$&'()*+,;=:@")
accept("percent-encoding in lower case", url=f"{HOST}/v1/signed/%c3%bc")
accept("a path with slashes in a row, signed as it is sent", url=f"{HOST}/v1/signed//a///b/", normalized=False)
accept("dots that are not a whole segment", url=f"{HOST}/v1/signed/a.b/..c/d..")
accept("a path with encoded dots", url=f"{HOST}/v1/signed/a%2E%2E/b")
accept("a body", method="PUT", body=b"bytes \x00\xff\n")
accept("an empty body", method="PUT", body=b"")
accept("a body and its hash", method="PUT", body=b"hello", headers=[("X-Amz-Content-SHA256", hashlib.sha256(b"hello").hexdigest())])
accept("a Content-Type", method="PUT", body=b"{}", headers=[("Content-Type", "application/json; charset=utf-8")])
accept("white space in a header", headers=[("X-Amz-Meta-A", "  a   b  "), ("X-Other", "c")])
accept("an empty header", headers=[("X-Amz-Meta-A", "")])
accept("a comma in a header", headers=[("X-Amz-Meta-A", "a, b,c")])
accept("a session token", token="IQoJb3JpZ2luX2VjEXAMPLE/+token==")
accept("Date in place of x-amz-date", headers=[("Date", "to be replaced")])
accept("signed five minutes ago", at=NOW - 300)
accept("signed in five minutes", at=NOW + 300)
accept("signed a minute ago, on the day before", at=NOW - 60)
accept("signed in a second, on the next day", at=NOW + 1)

refuse("a repeated query parameter whose values are not sorted", UNMATCHED, url=f"{HOST}/v1/signed?key=b&key=a")
refuse("a repeated query parameter whose encoded values hide their order", UNMATCHED, set_part("query", "key=%32&key=1"), url=f"{HOST}/v1/signed?key=1&key=2")
refuse("a repeated query parameter with an encoded name", UNMATCHED, set_part("query", "key=2&%6bey=1"), url=f"{HOST}/v1/signed?key=1&key=2")
refuse("a path with slashes in a row, signed without them", UNMATCHED, url=f"{HOST}/v1/signed//a///b/")
OVERRIDE = ("InvalidSignatureException", "'X-Http-Method-Override' must be a 'SignedHeader' in the AWS Authorization.")
refuse("an unsigned X-HTTP-Method-Override", OVERRIDE, add_header("x-http-method-override", "PUT"))
accept("a signed X-HTTP-Method-Override", headers=[("X-HTTP-Method-Override", "PUT")])
TITLE = ("InvalidSignatureException", "'X-Amz-Meta-Title' must be a 'SignedHeader' in the AWS Authorization.")
refuse("an unsigned x-amz-* header that a mapping reads", TITLE, add_header("x-amz-meta-title", "x"))
accept("a signed x-amz-* header that a mapping reads", headers=[("X-Amz-Meta-Title", "x")])
accept_altered = lambda name, alter: (accept(name), alter(vectors[-1]["request"]))
accept_altered("an unsigned x-amz-* header that no mapping reads", add_header("x-amz-cf-id", "x"))

refuse("another body than the signed one", UNMATCHED, set_part("body", body(b"hullo")), method="PUT", body=b"hello")
refuse("a body in place of none", UNMATCHED, set_part("body", body(b"x")), method="PUT")
refuse("a body that is cut off", UNMATCHED, set_part("body", body(b"hell")), method="PUT", body=b"hello")
refuse(
    "another body than that of the hash",
    UNMATCHED,
    set_part("body", body(b"hullo")),
    method="PUT",
    body=b"hello",
    headers=[("X-Amz-Content-SHA256", hashlib.sha256(b"hello").hexdigest())],
)
refuse("an unsigned hash of another body", UNMATCHED, add_header("x-amz-content-sha256", hashlib.sha256(b"hello").hexdigest()), method="PUT", body=b"hullo")
refuse("UNSIGNED-PAYLOAD", UNMATCHED, method="PUT", body=b"hello", headers=[("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")])
refuse("another path than the signed one", UNMATCHED, set_part("path", "/v1/signed/b"), url=f"{HOST}/v1/signed/a")
refuse("a path that decodes to the signed one", UNMATCHED, set_part("path", "/v1/signed/a/b"), url=f"{HOST}/v1/signed/a%2Fb")
refuse("another query than the signed one", UNMATCHED, set_part("query", "key=b"), url=f"{HOST}/v1/signed?key=a")
refuse("one more query parameter", UNMATCHED, set_part("query", "key=a&key=b"), url=f"{HOST}/v1/signed?key=a")
refuse("the signed query is missing", UNMATCHED, set_part("query", None), url=f"{HOST}/v1/signed?key=a")
refuse("another method than the signed one", UNMATCHED, set_part("method", "PUT"))
refuse("another host than the signed one", UNMATCHED, set_part("host", "other.example.com"))
refuse("a signed header with another value", UNMATCHED, set_header("x-amz-meta-a", "c"), headers=[("X-Amz-Meta-A", "b")])
refuse("a signed header is missing", UNMATCHED, drop_header("x-amz-meta-a"), headers=[("X-Amz-Meta-A", "b")])
refuse("a signed header is repeated", UNMATCHED, add_header("x-amz-meta-a", "b"), headers=[("X-Amz-Meta-A", "b")])
refuse("a header is removed from SignedHeaders", UNMATCHED, replace_in_authorization("host;x-amz-date;x-amz-meta-a", "host;x-amz-date"), headers=[("X-Amz-Meta-A", "b")])
refuse("a header is added to SignedHeaders", UNMATCHED, replace_in_authorization("host;x-amz-date", "host;x-amz-date;x-amz-meta-a"))
refuse("SignedHeaders in another order", UNMATCHED, replace_in_authorization("host;x-amz-date", "x-amz-date;host"))
refuse("a header twice in SignedHeaders", UNMATCHED, replace_in_authorization("host;x-amz-date", "host;host;x-amz-date"))
refuse("signed with another secret", UNMATCHED, secret="other")
refuse("another region than that of the signature", UNMATCHED, replace_in_authorization("us-west-2", "us-east-1"))
refuse("a signature that is cut off", UNMATCHED, lambda request: set_header("authorization", header(request, "authorization")[:-1])(request))
refuse("a signature in upper case", UNMATCHED, lambda request: set_header("authorization", (lambda text: text[:-64] + text[-64:].upper())(header(request, "authorization")))(request))
refuse("another second in x-amz-date", UNMATCHED, set_header("x-amz-date", moment(NOW - 1)))
refuse("a signed Date beside another x-amz-date", UNMATCHED, add_header("x-amz-date", moment(NOW - 1)), headers=[("Date", "to be replaced")])
refuse("no host in SignedHeaders", ("InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization."), replace_in_authorization("host;x-amz-date", "x-amz-date"))
refuse("Host with a capital in SignedHeaders", ("InvalidSignatureException", "'Host' must be a 'SignedHeader' in the AWS Authorization."), replace_in_authorization("host;", "Host;"))
refuse("an unsigned session token", ("InvalidSignatureException", "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."), add_header("x-amz-security-token", "token"))
refuse("the id of another key", ("UnrecognizedClientException", "The security token included in the request is invalid."), id="AKIAI44QH8DHBEXAMPLE")
refuse("no key id in Credential", ("IncompleteSignatureException", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/aws4_request"), replace_in_authorization(f"Credential={ID}/", "Credential="))
refuse("signed for S3", ("InvalidSignatureException", "Credential should be scoped to correct service: 'execute-api'."), service="s3")
refuse("a scope with another terminator", ("InvalidSignatureException", "Credential should be scoped with a valid terminator: 'aws4_request'."), replace_in_authorization("aws4_request", "aws5_request"))
refuse(
    "a scope of another day",
    ("InvalidSignatureException", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20240229'"),
    replace_in_authorization("/20240229/", "/20240301/"),
)
refuse(
    "signed more than five minutes ago",
    ("InvalidSignatureException", f"Signature expired: {moment(NOW - 301)} is now earlier than {moment(NOW - 300)} ({moment(NOW)} - 5 min.)"),
    at=NOW - 301,
    source=f"signed by {BOTOCORE}",
)
refuse(
    "signed in more than five minutes",
    ("InvalidSignatureException", f"Signature not yet current: {moment(NOW + 301)} is still later than {moment(NOW + 300)} ({moment(NOW)} + 5 min.)"),
    at=NOW + 301,
    source=f"signed by {BOTOCORE}",
)
refuse("no date header", ("IncompleteSignatureException", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."), drop_header("x-amz-date"))
for text in ["2024-02-29T23:59:59Z", "20240230T000000Z", "19000101T000000Z", "99999999T999999Z", ""]:
    refuse(f"a date that is not valid: `{text}`", ("IncompleteSignatureException", "Date must be in ISO-8601 'basic format', as 20130524T000000Z"), set_header("x-amz-date", text))
refuse("no Authorization header", MISSING, drop_header("authorization"))
for text in ["", "Bearer abc.def.ghi", "Basic dXNlcjpwYXNz", "AWS4-HMAC-SHA256", "AWS AKIAIOSFODNN7EXAMPLE:c2ln", "AWS4-ECDSA-P256-SHA256 Credential=a"]:
    refuse(f"Authorization: {text}", MISSING, set_header("authorization", text))
refuse("two Authorization headers", ("IncompleteSignatureException", "Header occurs more than once: authorization"), lambda request: add_header("authorization", header(request, "authorization"))(request))
refuse("two Authorization headers, joined", ("IncompleteSignatureException", "Invalid key=value pair in Authorization header"), lambda request: set_header("authorization", ", ".join([header(request, "authorization")] * 2))(request))
for part in ["Credential", "SignedHeaders", "Signature"]:
    refuse(f"no {part}", ("IncompleteSignatureException", "Invalid key=value pair in Authorization header"), replace_in_authorization(f"{part}=", f"X{part}="))
refuse("an empty signature", ("IncompleteSignatureException", "Authorization header requires 'Signature' parameter."), lambda request: set_header("authorization", header(request, "authorization")[:-64])(request))
refuse("an Authorization header with Signature alone", ("IncompleteSignatureException", "Authorization header requires 'Credential' parameter."), set_header("authorization", "AWS4-HMAC-SHA256 Signature=00"))
refuse("an Authorization header with two Credentials", ("IncompleteSignatureException", "Authorization header requires 'Credential' parameter."), replace_in_authorization("Credential=", "Credential=a, Credential="))
refuse("an Authorization header that is not key=value pairs", ("IncompleteSignatureException", "Invalid key=value pair in Authorization header"), set_header("authorization", "AWS4-HMAC-SHA256 please"))
refuse(
    "a presigned URL",
    ("IncompleteSignatureException", "Signatures in the query are not accepted; sign the request in its Authorization header"),
    lambda request: (drop_header("authorization")(request), set_part("query", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00")(request)),
)

pathlib.Path(__file__).with_name("signatures.json").write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")
print(len(vectors))
