// Signatures of the requests that S3 receives from the real runtime. Each signature is verified by aws4fetch and by
// support/sigv4.mjs. In the last suites, real S3 servers verify the signatures.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { AwsV4Signer } from "aws4fetch";
import { document, documentOf, operation } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway, allTrafficTo, aRecorder, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { faultOfSignature, sha256 } from "./support/sigv4.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/keys.json", import.meta.url), "utf8"));
const KEYS = vectors.keys.map(({ key, times = 1 }) => key.repeat(times));
const KEYS_OF_TEST = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "a+secret/with=signs" };
const BINARY = "application/octet-stream";

/** Returns the `Authorization` header that aws4fetch computes for a received request. */
async function byAws4fetch(request, { region, sessionToken }) {
  const [, signed] = request.headers.authorization.match(/SignedHeaders=([^,]+)/);
  const headers = {};
  for (const name of signed.split(";")) {
    if (!["host", "x-amz-date", "x-amz-security-token"].includes(name)) headers[name] = request.headers[name];
  }
  const signer = new AwsV4Signer({
    method: request.method,
    url: `http://${request.headers.host}${request.target}`,
    headers,
    accessKeyId: KEYS_OF_TEST.AWS_ACCESS_KEY_ID,
    secretAccessKey: KEYS_OF_TEST.AWS_SECRET_ACCESS_KEY,
    sessionToken,
    service: "s3",
    region,
    datetime: request.headers["x-amz-date"],
    allHeaders: true,
  });
  return (await signer.sign()).headers.get("authorization");
}

/** Asserts that both verifiers accept the signature. */
async function assertSigned(
  request,
  /** @type {{ region?: string, sessionToken?: string }} */ { region = "us-west-2", sessionToken } = {},
) {
  const { method, target, headers, body } = request;
  const secretKey = KEYS_OF_TEST.AWS_SECRET_ACCESS_KEY;
  const keys = { accessKey: KEYS_OF_TEST.AWS_ACCESS_KEY_ID, secretKey, region };
  assert.equal(faultOfSignature({ method, path: target, headers, body }, keys), undefined);
  assert.equal(headers.authorization, await byAws4fetch(request, { region, sessionToken }));
  assert.equal(headers["x-amz-security-token"], sessionToken);
}

/** Settings, each with the host and path that S3 receives. With `isHashed`, bodies without conversion are hashed, too. */
const ADDRESSES = [
  { name: "path", vars: { S3_ENDPOINT: "http://s3.localhost:9000" }, host: "s3.localhost:9000", path: "/demo/" },
  {
    name: "virtual",
    vars: { S3_ENDPOINT: "http://s3.localhost:9000", S3_ADDRESSING: "virtual" },
    host: "demo.s3.localhost:9000",
    path: "/",
  },
  { name: "path at AWS", vars: {}, host: "s3.us-west-2.amazonaws.com", path: "/demo/" },
  { name: "virtual at AWS", vars: { S3_ADDRESSING: "virtual" }, host: "demo.s3.us-west-2.amazonaws.com", path: "/" },
  {
    name: "HTTP to another machine, on port 80",
    vars: { S3_ENDPOINT: "http://s3.example:80" },
    host: "s3.example",
    path: "/demo/",
    isHashed: true,
  },
];

for (const { name, vars, host, path, isHashed = false } of ADDRESSES) {
  describe(`addressing: ${name}`, () => {
    const recorder = aRecorder();
    const gateway = aGateway(() => ({ vars: { ...OPEN, ...KEYS_OF_TEST, ...vars }, ...allTrafficTo(recorder.port) }));
    const last = () => recorder.requests.at(-1);

    test("uploads and downloads of every key of the corpus are signed correctly", async () => {
      recorder.requests.length = 0;
      for (const key of KEYS) {
        const url = `/v1/s3?key=${encodeURIComponent(key)}`;
        await gateway.request(url, { method: "PUT", headers: { "content-type": BINARY }, body: "x" });
        await gateway.request(url);
      }
      assert.equal(recorder.requests.length, 2 * KEYS.length);
      for (const request of recorder.requests) await assertSigned(request);
    });

    test(`the host and the path are right, and a body without conversion is ${isHashed ? "" : "not "}hashed`, async () => {
      const body = Buffer.from([0, 255, 10]);
      await gateway.request("/v1/s3?key=a%20b", { method: "PUT", headers: { "content-type": BINARY }, body });
      assert.equal(last().headers.host, host);
      assert.equal(last().target, `${path}a%20b`);
      assert.equal(last().headers["x-amz-content-sha256"], isHashed ? sha256(body) : "UNSIGNED-PAYLOAD");
      assert.equal(last().headers["content-length"], "3");
      assert.deepEqual(last().body, body);
      await assertSigned(last());
    });
  });
}

describe("the signed parts of a request", () => {
  const api = documentOf("/objects/{key+}", {
    put: operation("PUT", "s3:path/{key}", {
      contentHandling: "CONVERT_TO_BINARY",
      requestParameters: {
        "integration.request.path.key": "method.request.path.key",
        "integration.request.header.x-amz-acl": "'private'",
        "integration.request.header.x-amz-meta-title": "method.request.header.x-title",
        "integration.request.header.cache-control": "'max-age=60'",
        "integration.request.querystring.versionId": "method.request.querystring.version",
      },
    }),
    get: operation("GET", "s3:path/{key}", {
      requestParameters: {
        "integration.request.path.key": "method.request.path.key",
        "integration.request.querystring.versionId": "method.request.querystring.version",
        "integration.request.querystring.response-content-disposition": "method.request.querystring.as",
        "integration.request.querystring.response-expires": "method.request.multivaluequerystring.expires",
        "integration.request.querystring.Zed": "'%C3%BC'",
      },
    }),
  });
  const recorder = aRecorder();
  const gateway = aGateway(() => ({
    api,
    vars: { ...OPEN, ...KEYS_OF_TEST },
    ...allTrafficTo(recorder.port),
  }));
  const last = () => recorder.requests.at(-1);
  const put = (headers, body = "AAEC", path = "/v1/objects/a") =>
    gateway.request(path, { method: "PUT", headers, body });

  for (const type of [
    "application/json",
    "application/json; charset=utf-8",
    'text/plain;  charset="a  b"',
    "image/x-a+b",
  ]) {
    test(`a body decoded from ${type} is hashed`, async () => {
      const answer = await put({ "content-type": type });
      assert.equal(answer.status, 200, answer.body.toString());
      assert.deepEqual(last().body, Buffer.from([0, 1, 2]));
      assert.equal(last().headers["x-amz-content-sha256"], sha256(Buffer.from([0, 1, 2])));
      assert.match(last().headers.authorization, /SignedHeaders=content-type;host;/);
      await assertSigned(last());
    });
  }

  for (const type of [BINARY, "Application/Octet-Stream", 'application/octet-stream; a="b  c"']) {
    test(`a body of type ${type} without conversion is not hashed, and its type is signed`, async () => {
      assert.equal((await put({ "content-type": type })).status, 200);
      assert.equal(last().headers["content-type"], type);
      assert.equal(last().headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
      await assertSigned(last());
    });
  }

  for (const title of ["plain", "two  and   three spaces", 'a,b;c="d"']) {
    test(`mapped metadata is signed: ${JSON.stringify(title)}`, async () => {
      assert.equal((await put({ "content-type": BINARY, "x-title": title })).status, 200);
      assert.match(last().headers.authorization, /;x-amz-acl;[^,]*;x-amz-meta-title,/);
      await assertSigned(last());
    });
  }

  for (const title of ["tab\there", "M\u00fcnchen", Buffer.from("M\u00fcnchen").toString("latin1")]) {
    test(`mapped metadata that is not visible ASCII is a 400: ${JSON.stringify(title)}`, async () => {
      recorder.requests.length = 0;
      const answer = await put({ "content-type": BINARY, "x-title": title });
      assert.equal(answer.status, 400);
      assert.match(answer.body.toString(), /x-amz-meta-title is not visible ASCII/);
      assert.deepEqual(recorder.requests, []);
    });
  }

  test("mapped query parameters are encoded once and signed", async () => {
    const as = encodeURIComponent('attachment; filename="a +b&c=ü.jpg"');
    await gateway.request(`/v1/objects/a%2Fb?version=a/b~c*'()&as=${as}`);
    await assertSigned(last());
    const query = new URL(`http://s3.example${last().target}`).searchParams;
    assert.equal(query.get("response-content-disposition"), 'attachment; filename="a +b&c=ü.jpg"');
    assert.equal(query.get("versionId"), "a/b~c*'()");
    assert.equal(query.get("Zed"), "ü");
  });

  test("a mapped query parameter with two values is signed", async () => {
    await gateway.request("/v1/objects/a?expires=two&expires=o+n%2Be");
    const { method, target, headers, body } = last();
    assert.match(target, /response-expires=two&response-expires=o%20n%2Be/);
    const keys = {
      accessKey: KEYS_OF_TEST.AWS_ACCESS_KEY_ID,
      secretKey: KEYS_OF_TEST.AWS_SECRET_ACCESS_KEY,
      region: "us-west-2",
    };
    assert.equal(faultOfSignature({ method, path: target, headers, body }, keys), undefined);
  });

  test("a mapped query parameter of a PUT is signed", async () => {
    await put({ "content-type": BINARY }, "x", "/v1/objects/a?version=1");
    assert.match(last().target, /\?versionId=1$/);
    await assertSigned(last());
  });

  test("headers that the runtime may change are not signed", async () => {
    const headers = { range: "bytes=0-1", "if-none-match": '"a"', "user-agent": "me", "accept-language": "de" };
    await gateway.request("/v1/objects/a", { headers });
    assert.equal(last().headers.range, "bytes=0-1");
    assert.match(last().headers.authorization, /SignedHeaders=host;x-amz-content-sha256;x-amz-date,/);
    await assertSigned(last());
  });
});

describe("a session token and another region", () => {
  const recorder = aRecorder();
  const sessionToken = "a/session+token==";
  const gateway = aGateway(() => ({
    vars: { ...OPEN, ...KEYS_OF_TEST, AWS_SESSION_TOKEN: sessionToken, S3_REGION: "eu-central-1" },
    ...allTrafficTo(recorder.port),
  }));

  test("the session token is sent and signed, with the region of S3_REGION", async () => {
    await gateway.request("/v1/s3?key=a%20b", { method: "PUT", headers: { "content-type": BINARY }, body: "x" });
    const [request] = recorder.requests;
    assert.match(request.headers.authorization, /\/eu-central-1\/s3\/.*;x-amz-security-token,/);
    await assertSigned(request, { region: "eu-central-1", sessionToken });
  });

  test("the verifiers refuse a changed request", async () => {
    const [request] = recorder.requests;
    const verified = { region: "eu-central-1", sessionToken };
    for (const changed of [
      { target: request.target.replace("b", "c") },
      { method: "GET" },
      { headers: { ...request.headers, "content-type": "text/plain" } },
      { headers: { ...request.headers, "x-amz-content-sha256": sha256("y") } },
    ]) {
      await assert.rejects(assertSigned({ ...request, ...changed }, verified), assert.AssertionError);
    }
    await assert.rejects(assertSigned(request, { ...verified, region: "us-west-2" }), assert.AssertionError);
  });
});

for (const server of realServers()) {
  describe(`${server.name} verifies signatures`, () => {
    const api = document("file-server.json");

    async function refused(t, vars) {
      await server.store.put("guarded", "as it was");
      const gateway = await startGateway({ api, s3: server.s3, vars: { ...OPEN, ...vars } });
      t.after(() => gateway.stop());
      for (const init of [
        { method: "GET" },
        { method: "PUT", headers: { "content-type": BINARY }, body: "changed" },
        { method: "PUT", headers: { "content-type": "application/json" }, body: "AAEC" },
        { method: "DELETE" },
      ]) {
        const answer = await gateway.request("/files/guarded", init);
        assert.equal(answer.status, 500, init.method);
        const sent = JSON.stringify(answer.rawHeaders) + answer.body;
        for (const secret of [vars.AWS_ACCESS_KEY_ID ?? server.s3.accessKey, "AWS4", "StringToSign"]) {
          assert.ok(!sent.includes(secret), `the client gets ${sent}`);
        }
        const log = await gateway.nextLog();
        assert.ok(log.s3_status === 403 || log.s3_status === 400, JSON.stringify(log));
      }
      assert.equal((await server.store.get("guarded")).body.toString(), "as it was");
    }

    test("a wrong secret key is refused, and no object changes", (t) =>
      refused(t, { AWS_SECRET_ACCESS_KEY: "0".repeat(64) }));

    test("a wrong access key ID is refused, and is not in the response", (t) =>
      refused(t, { AWS_ACCESS_KEY_ID: `GK${"0".repeat(24)}` }));

    // s3s-fs accepts any region.
    if (server.name === "Garage") {
      test("a wrong region is refused", (t) => refused(t, { S3_REGION: "eu-central-1" }));
    }
  });
}
