// Authorization and signing keys in the built Worker. aws4fetch signs the requests, the crypto module of node signs the
// tokens, and a test double answers for STS.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { AwsClient } from "aws4fetch";
import { MIB } from "./support/bodies.mjs";
import { document, documentOf, operation } from "./support/documents.mjs";
import { aGateway, aRecorder, started } from "./support/hooks.mjs";
import { jwks, newSigner, startJwksServer } from "./support/jwks-server.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { sha256 } from "./support/sigv4.mjs";
import { startStsDouble } from "./support/sts-double.mjs";

const ID = "AKIAIOSFODNN7EXAMPLE";
const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const KEYS = { IAM_ACCESS_KEYS: { [ID]: SECRET } };
const API_KEY = "open sesame";
const API_KEYS = { ann: `sha256:${sha256(API_KEY)}` };
const ISSUERS = (base) => ({
  jwt: { issuer: "https://issuer.example", audience: ["app"], jwks_uri: `${base}/jwks` },
  other: { issuer: "https://issuer.example", jwks_uri: `${base}/jwks` },
  pool: { issuer: "https://cognito-idp.us-west-2.amazonaws.com/us-west-2_abc", jwks_uri: `${base}/jwks` },
});
const NOWHERE = { JWT_ISSUERS: ISSUERS("http://127.0.0.1:9") };
const UNMATCHED = /^The request signature we calculated does not match the signature you provided\./;

const message = (answer) => JSON.parse(answer.body.toString()).message;
const client = (options) =>
  new AwsClient({
    accessKeyId: ID,
    secretAccessKey: SECRET,
    service: "execute-api",
    region: "us-west-2",
    retries: 0,
    ...options,
  });

/** Returns the headers of a request that aws4fetch has signed. */
async function signature(
  gateway,
  path,
  /** @type {Record<string, any>} */ { method = "GET", headers = {}, body, aws = {}, ...options } = {},
) {
  const url = `http://${new URL(gateway.url).host}${path}`;
  const signed = await client(options).sign(url, { method, headers, body, aws: { allHeaders: true, ...aws } });
  return Object.fromEntries(signed.headers);
}

const servers = realServers();

describe("signed requests", () => {
  const s3s = servers[0];
  const gateway = aGateway(() => ({
    s3: s3s.s3,
    api: document("../vectors/authorization/api.json"),
    vars: { S3_BUCKET: "demo", API_KEYS, ...KEYS, ...NOWHERE },
  }));

  const put = async (path, body, options = {}) =>
    gateway.request(path, {
      method: "PUT",
      headers: await signature(gateway, path, { method: "PUT", body, ...options }),
      body,
    });

  async function refused(answer, type, text) {
    assert.equal(answer.status, 403, answer.body.toString());
    assert.equal(answer.headers["x-amzn-errortype"], type);
    if (text instanceof RegExp) assert.match(message(answer), text);
    else assert.equal(message(answer), text);
    const log = JSON.stringify(await gateway.nextLog());
    assert.ok(!log.includes(SECRET) && !log.includes("Signature="), log);
    return JSON.parse(log);
  }

  test("a forged signature that covers the hash of the body is refused before the body has arrived", async () => {
    const path = "/v1/signed?key=forged.bin";
    const headers = { "content-type": "application/octet-stream", "x-amz-content-sha256": sha256("the body") };
    const forged = await signature(gateway, path, { method: "PUT", headers, secretAccessKey: "made up" });
    const body = new PassThrough();
    body.write("the");
    await refused(
      await gateway.request(path, { method: "PUT", headers: { ...forged, "content-length": "8" }, body }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    body.destroy();
  });

  test("a signed upload and a signed download keep the bytes", async () => {
    const body = Buffer.from([0, 255, 10, 13, 128, 1]);
    const stored = await put("/v1/signed?key=bytes.bin", body, {
      headers: { "content-type": "application/octet-stream" },
    });
    assert.equal(stored.status, 200, stored.body.toString());
    assert.equal(stored.headers["x-access-key"], ID);
    assert.ok((await s3s.store.get("bytes.bin")).body.equals(body));
    const path = "/v1/signed?key=bytes.bin";
    const read = await gateway.request(path, { headers: await signature(gateway, path) });
    assert.equal(read.status, 200);
    assert.ok(read.body.equals(body));
    assert.equal((await gateway.nextLog()).status, 200);
    assert.equal((await gateway.nextLog()).status, 200);
  });

  for (const path of [
    "/v1/signed/plain.txt",
    "/v1/signed/a%20b.txt",
    "/v1/signed/%C3%BC%F0%9F%98%80.txt",
    "/v1/signed/a%2Bb%2Fc%25d.txt",
    "/v1/signed/%c3%bc-lower.txt",
    "/v1/signed/a+b.txt",
    "/v1/signed/-._~!$&'()*,;=:@",
    "/v1/signed/a/b/c.txt",
    "/v1/signed?key=a%20b%26c.txt&z=1&a=2",
    "/v1/signed?key=plus+plus.txt",
    "/v1/signed?key=it's(1)!*.txt",
  ]) {
    test(`a signature over ${path} is accepted`, async () => {
      const stored = await put(path, "hello");
      assert.equal(stored.status, 200, stored.body.toString());
      const read = await gateway.request(path, { headers: await signature(gateway, path) });
      assert.equal(read.body.toString(), "hello");
      await gateway.nextLog();
      await gateway.nextLog();
    });
  }

  test("a signature is accepted within five minutes of its date, for any region, with a session token or a body hash", async () => {
    const path = "/v1/signed?key=bytes.bin";
    const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString().replace(/[:-]|\.\d{3}/g, "");
    for (const options of [
      { aws: { datetime: ago(290) } },
      { aws: { datetime: ago(-290) } },
      { region: "auto" },
      { sessionToken: "a/token+==" },
      { headers: { "x-amz-content-sha256": sha256("") } },
    ]) {
      const read = await gateway.request(path, { headers: await signature(gateway, path, options) });
      assert.equal(read.status, 200, read.body.toString());
      await gateway.nextLog();
    }
    const old = await gateway.request(path, {
      headers: await signature(gateway, path, { aws: { datetime: ago(310) } }),
    });
    await refused(old, "InvalidSignatureException", /^Signature expired: \d{8}T\d{6}Z is now earlier than /);
    const early = await gateway.request(path, {
      headers: await signature(gateway, path, { aws: { datetime: ago(-310) } }),
    });
    await refused(early, "InvalidSignatureException", /^Signature not yet current: /);
  });

  test("a body that differs from the signed one is not stored", async () => {
    const path = "/v1/signed?key=replayed.txt";
    const headers = await signature(gateway, path, { method: "PUT", body: "hello" });
    for (const body of ["hullo", "", "hello "]) {
      await refused(
        await gateway.request(path, { method: "PUT", headers, body }),
        "InvalidSignatureException",
        UNMATCHED,
      );
    }
    assert.equal(await s3s.store.head("replayed.txt"), null);
    const hash = { "x-amz-content-sha256": sha256("hello") };
    const hashed = await signature(gateway, path, { method: "PUT", body: "hello", headers: hash });
    const log = await refused(
      await gateway.request(path, { method: "PUT", headers: hashed, body: "hullo" }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    assert.ok(log.causes.includes("x-amz-content-sha256 is not the hash of the body"), JSON.stringify(log));
    const unsigned = await signature(gateway, path, {
      method: "PUT",
      body: "x",
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    });
    await refused(
      await gateway.request(path, { method: "PUT", headers: unsigned, body: "x" }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    assert.equal(await s3s.store.head("replayed.txt"), null);
  });

  test("a changed URL, method, header or list of signed headers is refused", async () => {
    const path = "/v1/signed?key=bytes.bin";
    const headers = await signature(gateway, path, { headers: { "x-amz-meta-a": "1" } });
    const spoil = (change) => gateway.request(path, { headers: { ...headers, ...change } });
    await refused(
      await gateway.request("/v1/signed?key=other.bin", { headers }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    await refused(await gateway.request(`${path}&a=1`, { headers }), "InvalidSignatureException", UNMATCHED);
    await refused(
      await gateway.request(path, { method: "PUT", headers, body: "" }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    await refused(await spoil({ "x-amz-meta-a": "2" }), "InvalidSignatureException", UNMATCHED);
    await refused(
      await spoil({ authorization: headers.authorization.replace(";x-amz-meta-a", "") }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    await refused(
      await spoil({ authorization: headers.authorization.replace("host;", "") }),
      "InvalidSignatureException",
      "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    );
    await refused(
      await spoil({ "x-amz-security-token": "a" }),
      "InvalidSignatureException",
      "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.",
    );
    await refused(
      await spoil({ authorization: [headers.authorization, headers.authorization] }),
      "IncompleteSignatureException",
      "Invalid key=value pair in Authorization header",
    );
    assert.equal((await spoil({})).status, 200);
    await gateway.nextLog();
  });

  test("missing, unknown and malformed credentials are refused", async () => {
    const path = "/v1/signed?key=bytes.bin";
    const missing = "Missing Authentication Token";
    await refused(await gateway.request(path), "MissingAuthenticationTokenException", missing);
    await refused(
      await gateway.request(path, { headers: { authorization: "Bearer a.b.c" } }),
      "MissingAuthenticationTokenException",
      missing,
    );
    const another = { accessKeyId: "AKIAI44QH8DHBEXAMPLE" };
    await refused(
      await gateway.request(path, { headers: await signature(gateway, path, another) }),
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
    await refused(
      await gateway.request(path, { headers: await signature(gateway, path, { secretAccessKey: "other" }) }),
      "InvalidSignatureException",
      UNMATCHED,
    );
    await refused(
      await gateway.request(path, { headers: await signature(gateway, path, { service: "s3" }) }),
      "InvalidSignatureException",
      "Credential should be scoped to correct service: 'execute-api'.",
    );
    const presigned = await client().sign(`${gateway.url.origin}${path}`, { aws: { signQuery: true } });
    const { pathname, search } = new URL(presigned.url);
    await refused(
      await gateway.request(`${pathname}${search}`),
      "IncompleteSignatureException",
      "Signatures in the query are not accepted; sign the request in its Authorization header",
    );
    // A date before 1970 is refused: the time is an unsigned number of seconds.
    const headers = await signature(gateway, path);
    await refused(
      await gateway.request(path, { headers: { ...headers, "x-amz-date": "19000101T000000Z" } }),
      "IncompleteSignatureException",
      /^Date must be in ISO-8601/,
    );
  });

  test("a body of 10 MiB without its hash in the head is stored, and one more byte is a 413", async () => {
    const most = Buffer.alloc(10 * 1024 * 1024, "a");
    const stored = await put("/v1/signed?key=large.bin", most);
    assert.equal(stored.status, 200, stored.body.toString());
    assert.equal((await s3s.store.head("large.bin")).get("content-length"), String(most.length));
    const more = Buffer.alloc(most.length + 1, "a");
    // The response arrives before the whole body is sent. A client that sends more can miss the response, so only the first
    // KiB is sent.
    const headers = await signature(gateway, "/v1/signed?key=larger.bin", { method: "PUT", body: more });
    headers["content-length"] = String(more.length);
    const body = new PassThrough();
    body.write(more.subarray(0, 1024));
    const refusedOne = await gateway.request("/v1/signed?key=larger.bin", { method: "PUT", headers, body });
    assert.equal(refusedOne.status, 413, refusedOne.body.toString());
    assert.equal(await s3s.store.head("larger.bin"), null);
    await gateway.nextLog();
    await gateway.nextLog();
  });

  test("the signature is checked before the API key", async () => {
    const path = "/v1/signed-and-keyed?key=bytes.bin";
    const key = { "x-api-key": API_KEY };
    await refused(
      await gateway.request(path, { headers: key }),
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    );
    await refused(
      await gateway.request(path, { headers: await signature(gateway, path) }),
      "ForbiddenException",
      "Forbidden",
    );
    await refused(
      await gateway.request(path, { headers: await signature(gateway, path, { headers: { "x-api-key": "wrong" } }) }),
      "ForbiddenException",
      "Forbidden",
    );
    const both = await gateway.request(path, { headers: await signature(gateway, path, { headers: key }) });
    assert.equal(both.status, 200);
    assert.deepEqual([both.headers["x-access-key"], both.headers["x-api-key-id"]], [ID, "ann"]);
    await gateway.nextLog();
  });

  test("an operation with only an API key accepts the right key and refuses others", async () => {
    const get = (headers) => gateway.request("/v1/keyed?key=bytes.bin", { headers });
    const read = await get({ "x-api-key": API_KEY });
    assert.deepEqual([read.status, read.headers["x-api-key-id"]], [200, "ann"]);
    await gateway.nextLog();
    for (const headers of [{}, { "x-api-key": "Open Sesame" }, { "x-api-key": [API_KEY, API_KEY] }]) {
      await refused(await get(headers), "ForbiddenException", "Forbidden");
    }
  });

  test("an anonymous write is refused and an anonymous read is served", async () => {
    const read = await gateway.request("/v1/open?key=bytes.bin");
    assert.equal(read.status, 200);
    await gateway.nextLog();
    const written = await gateway.request("/v1/open?key=bytes.bin", { method: "PUT", body: "x" });
    assert.equal(written.status, 403);
    await gateway.nextLog();
  });
});

describe("signed bodies whose hash is in the head", () => {
  const binary = "application/octet-stream";
  const api = JSON.parse(document("../vectors/authorization/api.json"));
  api["x-amazon-apigateway-binary-media-types"] = [binary];
  api.paths["/signed"].put["x-amazon-apigateway-integration"].contentHandling = "CONVERT_TO_BINARY";
  const mock = {
    type: "mock",
    requestTemplates: { [binary]: '{"statusCode": 200}' },
    responses: { default: { statusCode: "200" } },
  };
  const http = {
    type: "http_proxy",
    httpMethod: "PUT",
    uri: "http://${stageVariables.backend}/a",
    responses: {},
  };
  for (const [path, integration] of Object.entries({ "/mock": mock, "/http": http }))
    api.paths[path] = {
      put: { security: [{ sigv4: [] }], responses: { 200: {} }, "x-amazon-apigateway-integration": integration },
    };
  const backend = aRecorder();
  const bytes = randomBytes(24 * MIB);
  const other = Buffer.from(bytes);
  other[other.length - 1] ^= 1;

  for (const server of servers) {
    describe(server.name, () => {
      const gateway = aGateway(() => ({
        s3: server.s3,
        api: JSON.stringify(api),
        vars: {
          S3_BUCKET: "demo",
          STAGE_VARIABLES: { backend: `127.0.0.1:${backend.port}` },
          ...KEYS,
          ...NOWHERE,
        },
      }));

      for (const [type, encoded] of /** @type {[string, (bytes: Buffer) => Buffer][]} */ ([
        [binary, (bytes) => bytes],
        ["application/json", (bytes) => Buffer.from(bytes.toString("base64"))],
      ])) {
        for (const length of [1024, 3 * MIB, 24 * MIB]) {
          test(`an upload of ${length} bytes as ${type} is stored, and one with another body is not`, async () => {
            const key = `${length} ${sha256(type)}`;
            const path = `/v1/signed?key=${encodeURIComponent(key)}`;
            const headers = { "content-type": type, "x-amz-content-sha256": sha256(encoded(bytes.subarray(-length))) };
            const signed = await signature(gateway, path, { method: "PUT", headers });
            const put = (body) =>
              gateway.request(path, { method: "PUT", headers: signed, body: encoded(body.subarray(-length)) });
            const refused = await put(other);
            const log = await gateway.nextLog();
            assert.equal(refused.status, 403, JSON.stringify(log));
            assert.match(message(refused), UNMATCHED);
            assert.deepEqual(log.causes, ["x-amz-content-sha256 is not the hash of the body"]);
            assert.equal(await server.store.head(key), null);
            const stored = await put(bytes);
            assert.equal(stored.status, 200, stored.body.toString());
            assert.ok((await server.store.get(key)).body.equals(bytes.subarray(-length)));
            assert.deepEqual((await gateway.nextLog()).causes ?? [], []);
          });
        }
      }

      for (const path of ["/v1/mock", "/v1/http"]) {
        test(`a body for ${path} is verified before any of it is sent`, async () => {
          const [body, forged] = [bytes.subarray(-2 * MIB), other.subarray(-2 * MIB)];
          const headers = { "content-type": binary, "x-amz-content-sha256": sha256(body) };
          const signed = await signature(gateway, path, { method: "PUT", headers });
          const put = (body) => gateway.request(path, { method: "PUT", headers: signed, body });
          const before = backend.begun();
          assert.equal((await put(forged)).status, 403);
          assert.equal(backend.begun(), before);
          assert.equal((await put(body)).status, 200);
          assert.equal(backend.begun() - before, path === "/v1/http" ? 1 : 0);
          await gateway.nextLog();
          await gateway.nextLog();
        });
      }
    });
  }
});

describe("signed bodies, in front of an S3 that verifies nothing", () => {
  const binary = "application/octet-stream";
  const api = JSON.parse(document("../vectors/authorization/api.json"));
  api["x-amazon-apigateway-minimum-compression-size"] = 0;
  const s3 = aRecorder();
  const gateway = aGateway(() => ({ s3, api: JSON.stringify(api), vars: { S3_BUCKET: "demo", ...KEYS, ...NOWHERE } }));
  const path = "/v1/signed?key=a";
  const bytes = randomBytes(MIB);
  const other = Buffer.from(bytes);
  other[0] ^= 1;

  test("the last block of another body is not sent", async () => {
    const headers = { "content-type": binary, "x-amz-content-sha256": sha256(bytes) };
    const signed = await signature(gateway, path, { method: "PUT", headers });
    assert.equal((await gateway.request(path, { method: "PUT", headers: signed, body: other })).status, 403);
    assert.ok(s3.begun() === 1 && s3.received() < bytes.length, `${s3.received()} bytes`);
    await gateway.nextLog();
  });

  test("a compressed body is verified before it is decoded", async () => {
    const [body, forged] = [gzipSync(bytes), gzipSync(other)];
    const headers = { "content-type": binary, "content-encoding": "gzip", "x-amz-content-sha256": sha256(body) };
    const signed = await signature(gateway, path, { method: "PUT", headers });
    const put = (body) => gateway.request(path, { method: "PUT", headers: signed, body });
    const before = s3.begun();
    assert.equal((await put(forged)).status, 403);
    assert.equal(s3.begun(), before);
    assert.equal((await put(body)).status, 200);
    assert.ok(s3.requests.at(-1).body.equals(bytes));
    await gateway.nextLog();
    await gateway.nextLog();
  });
});

describe("tokens", () => {
  const vectors = JSON.parse(readFileSync(new URL("../vectors/authorization/tokens.json", import.meta.url), "utf8"));
  const issuer = started(() => startJwksServer({ "/jwks": jwks(...vectors.jwks.keys) }));
  const s3 = aRecorder();
  const gateway = aGateway(() => ({
    s3,
    api: document("../vectors/authorization/api.json"),
    vars: { S3_BUCKET: "demo", API_KEYS, ...KEYS, JWT_ISSUERS: ISSUERS(issuer.url) },
  }));

  for (const { name, path, header, expected } of vectors.vectors) {
    // In this deployment, one entry of JWT_ISSUERS replaces both user pools of the document. So the token of the
    // other pool is not accepted.
    if (name === "an identity token of the other pool") continue;
    test(name, async () => {
      const before = s3.requests.length;
      const answer = await gateway.request(`${path}?key=a.txt`, {
        headers: header === null ? {} : { authorization: header },
      });
      const log = await gateway.nextLog();
      if (expected.subject) {
        assert.equal(answer.status, 200, `${answer.body} ${JSON.stringify(log)}`);
        assert.equal(answer.headers["x-subject"], expected.subject);
        assert.equal(s3.requests.length, before + 1);
      } else {
        assert.equal(answer.status, 401, `${answer.body} ${JSON.stringify(log)}`);
        assert.equal(answer.body.toString(), JSON.stringify({ message: expected.message }));
        assert.equal(answer.headers["x-amzn-errortype"], "UnauthorizedException");
        assert.ok([...(log.causes ?? []), log.message].includes(expected.cause), JSON.stringify(log));
        assert.equal(s3.requests.length, before);
      }
      assert.ok(
        !header || header.length < 20 || !JSON.stringify(log).includes(header.slice(-20)),
        "the log line contains the token",
      );
    });
  }

  test("the key set was fetched once", () => assert.deepEqual(issuer.asked, { "/jwks": 1 }));

  test("an upload without a token is a 401", async () => {
    const answer = await gateway.request("/v1/token?key=a.txt", { method: "PUT", body: "hello" });
    assert.equal(answer.status, 401);
    await gateway.nextLog();
  });

  test("an upload with a token is stored, and the token is not sent to S3", async () => {
    const { header } = vectors.vectors[0];
    const before = s3.requests.length;
    const headers = { authorization: header, "content-type": "text/plain" };
    const answer = await gateway.request("/v1/token?key=a.txt", { method: "PUT", headers, body: "hello" });
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(s3.requests.at(before).body.toString(), "hello");
    assert.ok(!s3.requests.at(before).headers.authorization.includes(header));
    await gateway.nextLog();
  });
});

describe("token issuers that fail", () => {
  const signer = newSigner("k");
  const s3 = aRecorder();
  const NAMES = ["down", "late", "words", "elsewhere", "huge", "broken", "cold"];
  const issuer = started(() =>
    startJwksServer({
      "/late": () => {},
      "/words": (response) => response.end("<html>"),
      "/elsewhere": (response) => response.writeHead(302, { location: "/cold" }).end(),
      "/huge": (response) => response.end(JSON.stringify({ keys: [signer.jwk], padding: "x".repeat(300_000) })),
      "/broken": jwks({ ...signer.jwk, n: "!" }),
      "/cold": (response) => setTimeout(() => jwks(signer.jwk)(response), 200),
    }),
  );
  const schemes = Object.fromEntries(
    NAMES.map((name) => [
      name,
      {
        type: "apiKey",
        name: "Authorization",
        in: "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": { type: "token" },
      },
    ]),
  );
  const paths = Object.fromEntries(
    NAMES.map((name) => [`/${name}`, { get: { ...operation("GET", "s3:path/a.txt"), security: [{ [name]: [] }] } }]),
  );
  const gateway = aGateway(() => ({
    s3,
    api: { ...documentOf("/unused", {}), paths: declared(paths), components: { securitySchemes: schemes } },
    vars: {
      S3_BUCKET: "demo",
      JWT_ISSUERS: Object.fromEntries(
        NAMES.map((name) => [
          name,
          { issuer: "me", jwks_uri: name === "down" ? "http://127.0.0.1:9/" : `${issuer.url}/${name}` },
        ]),
      ),
    },
  }));
  const get = (name) => gateway.request(`/v1/${name}`, { headers: { authorization: signer.token({ iss: "me" }) } });

  for (const [name, cause] of /** @type {any[][]} */ ([
    ["down", /^no keys from http:\/\/127\.0\.0\.1:9\/: /],
    ["late", /: timeout$/],
    ["words", /: the key set is not JSON: /],
    ["elsewhere", /: the issuer answered 302/],
    ["huge", /: the answer is longer than 262144 bytes$/],
    ["broken", /^a key at .* is not valid: /],
  ])) {
    test(`issuer "${name}": 500, and the log has the cause`, async () => {
      const answer = await get(name);
      assert.equal(answer.status, 500);
      assert.equal(answer.body.toString(), '{"message":null}');
      assert.equal(answer.headers["x-amzn-errortype"], "AuthorizerFailureException");
      const log = await gateway.nextLog();
      assert.equal(log.error, "AUTHORIZER_FAILURE");
      assert.ok(
        log.causes.some((text) => cause.test(text)),
        JSON.stringify(log),
      );
      assert.equal(s3.requests.length, 0);
    });
  }

  test("after a failure the key set is fetched again, but not within five seconds", async () => {
    const asked = issuer.asked["/words"];
    issuer.answers["/words"] = jwks(signer.jwk);
    assert.equal((await get("words")).status, 500);
    assert.equal(issuer.asked["/words"], asked);
    await gateway.nextLog();
    await new Promise((resolve) => setTimeout(resolve, 5100));
    assert.equal((await get("words")).status, 200);
    assert.equal(issuer.asked["/words"], asked + 1);
    await gateway.nextLog();
  });

  const forged = newSigner("made up").token({ iss: "me" });
  const getForged = () => gateway.request("/v1/cold", { headers: { authorization: forged } });

  test("20 valid and 40 forged tokens at the same time cause one fetch", async () => {
    const requests = Array.from({ length: 60 }, (_, n) => (n % 3 === 1 ? get("cold") : getForged()));
    const answers = await Promise.all(requests);
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map((_, n) => (n % 3 === 1 ? 200 : 401)),
    );
    assert.equal((await get("cold")).status, 200);
    assert.equal(issuer.asked["/cold"], 1);
    for (let n = 0; n < 61; n++) await gateway.nextLog();
  });

  test("tokens with an unknown key ID do not cause more fetches", async () => {
    const asked = issuer.asked["/cold"];
    for (let n = 0; n < 5; n++) {
      assert.equal((await getForged()).status, 401);
      await gateway.nextLog();
    }
    assert.equal(issuer.asked["/cold"], asked);
  });
});

describe("roles", () => {
  const deployment = { accessKey: "AKIADEPLOYMENT", secretKey: "a-secret-that-is-not-valid-in-S3" };
  const token = "IQoJb3JpZ2luX2VjEXAMPLE/+token==";
  const s3 = aRecorder();
  const real = servers[0];
  const sts = started(() => {
    const session = { accessKey: real.s3.accessKey, secretKey: real.s3.secretKey, token, seconds: 3600 };
    return startStsDouble({ known: deployment, session, region: "us-west-2" });
  });
  const api = JSON.stringify(documentOf("/object", declared({ "": { get: operation("GET", "s3:path/a.txt") } })[""]));
  const vars = (more) => ({
    S3_BUCKET: "demo",
    AWS_ACCESS_KEY_ID: deployment.accessKey,
    AWS_SECRET_ACCESS_KEY: deployment.secretKey,
    ASSUME_ROLE: "true",
    STS_ENDPOINT: sts.endpoint,
    ...more,
  });
  before(() => real.store.put("a.txt", "hello"));

  describe("a role that STS grants", () => {
    const gateway = aGateway(() => ({ api, vars: vars({ S3_ENDPOINT: real.s3.endpoint }) }));
    test("requests to S3 are signed with the keys of the session, and STS is called once", async () => {
      sts.questions.length = 0;
      for (let n = 0; n < 3; n++) {
        const answer = await gateway.request("/v1/object");
        assert.deepEqual([answer.status, answer.body.toString()], [200, "hello"]);
        await gateway.nextLog();
      }
      assert.deepEqual(sts.questions, [
        {
          Action: "AssumeRole",
          Version: "2011-06-15",
          RoleArn: "arn:aws:iam::123456789012:role/files",
          RoleSessionName: "s3-edge-gateway",
          DurationSeconds: "3600",
        },
      ]);
    });
  });

  describe("a role with a session token", () => {
    const gateway = aGateway(() => ({ api, vars: vars({ S3_ENDPOINT: s3.endpoint }) }));
    test("the session token is sent and signed", async () => {
      assert.equal((await gateway.request("/v1/object")).status, 200);
      const { headers } = s3.requests.at(-1);
      assert.equal(headers["x-amz-security-token"], token);
      assert.match(
        headers.authorization,
        new RegExp(
          `Credential=${real.s3.accessKey}/\\d+/us-west-2/s3/aws4_request, SignedHeaders=[^,]*x-amz-security-token`,
        ),
      );
    });
  });

  for (const [name, more, cause] of /** @type {any[][]} */ ([
    [
      "a role that STS refuses",
      () => ({}),
      /cannot be assumed at http:.*: STS answered 403 Forbidden: AccessDenied: said the double$/,
    ],
    ["a deployment with a wrong secret key", () => ({ AWS_SECRET_ACCESS_KEY: "wrong" }), /: SignatureDoesNotMatch: /],
    [
      "an STS endpoint that refuses connections",
      () => ({ STS_ENDPOINT: "http://127.0.0.1:9" }),
      /cannot be assumed at http:\/\/127\.0\.0\.1:9: /,
    ],
  ])) {
    describe(name, () => {
      const gateway = aGateway(() => ({ api, vars: vars({ S3_ENDPOINT: s3.endpoint, ...more() }) }));
      test("500, the log has the cause, and S3 gets no request", async () => {
        const before = s3.requests.length;
        sts.refuse = name === "a role that STS refuses" ? "AccessDenied" : null;
        const answer = await gateway.request("/v1/object");
        sts.refuse = null;
        assert.deepEqual([answer.status, answer.body.toString()], [500, '{"message": "Internal server error"}']);
        const log = await gateway.nextLog();
        assert.ok(
          log.causes.some((text) => cause.test(text)),
          JSON.stringify(log),
        );
        assert.ok(!JSON.stringify(log).includes(deployment.secretKey));
        assert.equal(s3.requests.length, before);
      });
    });
  }

  describe("a document whose `credentials` is not a role", () => {
    const gateway = aGateway(() => ({
      api: api.replace("role/files", "user/*"),
      vars: vars({ S3_ENDPOINT: s3.endpoint }),
    }));
    test("its operation is a 501", async () => {
      assert.equal((await gateway.request("/v1/object")).status, 501);
      const log = await gateway.nextLog();
      assert.ok(
        log.causes.some((text) => /ASSUME_ROLE is "true", but `credentials` is `.*user\/\*`/.test(text)),
        JSON.stringify(log),
      );
    });
  });
});

/** Declares the statuses 200 and 500 in each operation. Returns the paths. */
function declared(paths) {
  for (const methods of Object.values(paths)) {
    for (const operation of Object.values(methods))
      operation.responses = { 200: { description: "" }, 500: { description: "" } };
  }
  return paths;
}
