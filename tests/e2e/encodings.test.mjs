// A download returns the stored bytes, whatever headers S3 and the client send: encodings, ranges, conditions and redirects. An
// upload stores only the metadata that the client has sent.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { document } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";

const PLAIN = Buffer.from("The same words, the same words, the same words, the same words. ".repeat(40));
const BINARY = "application/octet-stream";
const FILES = document("file-server.json");

/** Objects, each with its bytes and its Content-Encoding. The last encoding does not exist. */
const ENCODED = [
  { encoding: "gzip", bytes: gzipSync(PLAIN) },
  { encoding: "br", bytes: brotliCompressSync(PLAIN) },
  { encoding: "gzip", bytes: Buffer.from("this is not gzip"), name: "invalid gzip" },
  { encoding: "x-unknown", bytes: PLAIN },
];

const TYPES = ["image/jpeg", "text/html; charset=utf-8", "application/json"];

for (const server of realServers()) {
  describe(`${server.name}: stored encodings`, () => {
    const gateway = aGateway(() => ({ api: FILES, s3: server.s3, vars: OPEN }));

    for (const [nth, { encoding, bytes, name = encoding }] of ENCODED.entries()) {
      for (const type of TYPES) {
        test(`${name}, ${type}: the stored bytes and the Content-Encoding are returned`, async () => {
          const key = `${nth}-${TYPES.indexOf(type)}`;
          await server.store.put(key, bytes, { "content-encoding": encoding, "content-type": type });
          for (const accepted of ["gzip, br", encoding]) {
            // Miniflare decodes the body if the client does not accept the encoding, and encodes it again.
            const headers = {
              accept: "*/*",
              "accept-encoding": accepted === "gzip, br" && encoding === "br" ? "br, gzip" : accepted,
            };
            const answer = await gateway.request(`/files/${key}`, { headers });
            assert.equal(answer.status, 200);
            assert.equal(answer.headers["content-encoding"], encoding);
            assert.equal(answer.headers["content-type"], type);
            assert.ok(
              answer.body.equals(bytes),
              `the body differs from the stored bytes and begins with ${answer.body.subarray(0, 40)}`,
            );
          }
        });
      }

      test(`${name}: a range of the stored bytes is returned`, async () => {
        await server.store.put("part", bytes, { "content-encoding": encoding, "content-type": "image/jpeg" });
        const headers = { accept: "image/jpeg", "accept-encoding": encoding, range: "bytes=3-9" };
        const answer = await gateway.request("/files/part", { headers });
        assert.equal(answer.status, 206);
        assert.equal(answer.headers["content-range"], `bytes 3-9/${bytes.length}`);
        assert.equal(answer.headers["content-encoding"], encoding);
        assert.deepEqual(answer.body, bytes.subarray(3, 10));
      });

      test(`${name}: the base64 of the stored bytes is returned without a Content-Encoding`, async () => {
        await server.store.put("text", bytes, { "content-encoding": encoding, "content-type": "image/jpeg" });
        const answer = await gateway.request("/files/text", { headers: { accept: "application/json" } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers["content-encoding"], undefined);
        assert.ok(Buffer.from(answer.body.toString("latin1"), "base64").equals(bytes));
      });

      test(`${name}: HEAD returns the stored length`, async () => {
        await server.store.put("head", bytes, { "content-encoding": encoding, "content-type": "image/jpeg" });
        const answer = await gateway.request("/files/head", {
          method: "HEAD",
          headers: { accept: "*/*", "accept-encoding": encoding },
        });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers["content-encoding"], encoding);
        assert.equal(answer.headers["content-length"], String(bytes.length));
      });
    }

    test("an upload stores no metadata that the client has not sent", async () => {
      for (const [type, body] of [
        [BINARY, "AAEC"],
        ["application/json", "AAEC"],
      ]) {
        const answer = await gateway.request("/files/plain.bin", {
          method: "PUT",
          headers: { "content-type": type },
          body,
        });
        assert.equal(answer.status, 200);
        const { headers } = await server.store.get("plain.bin");
        for (const name of [
          "cache-control",
          "content-encoding",
          "content-disposition",
          "content-language",
          "expires",
          "pragma",
        ]) {
          assert.equal(headers.get(name), null, `${name} was stored`);
        }
        assert.deepEqual(
          [...headers.keys()].filter((name) => name.startsWith("x-amz-meta-")),
          [],
        );
      }
    });
  });

  describe(`${server.name}: ranges and conditions`, () => {
    const gateway = aGateway(() => ({ api: FILES, s3: server.s3, vars: OPEN }));
    const get = (headers, method = "GET") =>
      gateway.request("/files/object", { method, headers: { accept: "*/*", ...headers } });
    const stored = () => server.store.put("object", PLAIN, { "content-type": "image/jpeg" });

    for (const [range, part] of [
      ["bytes=0-0", PLAIN.subarray(0, 1)],
      ["bytes=10-", PLAIN.subarray(10)],
      ["bytes=-7", PLAIN.subarray(-7)],
      [`bytes=5-${PLAIN.length + 100}`, PLAIN.subarray(5)],
    ]) {
      test(`206 for Range: ${range}`, async () => {
        await stored();
        const answer = await get({ range });
        assert.equal(answer.status, 206);
        assert.equal(answer.headers["content-length"], String(part.length));
        const first = PLAIN.length - part.length;
        const [from, to] = range === "bytes=0-0" ? [0, 0] : [first, PLAIN.length - 1];
        assert.equal(answer.headers["content-range"], `bytes ${from}-${to}/${PLAIN.length}`);
        assert.ok(answer.body.equals(part));
      });
    }

    test("416 for a range after the end of the object", async () => {
      await stored();
      assert.equal((await get({ range: `bytes=${PLAIN.length}-` })).status, 416);
    });

    test("a range is ignored if the body is converted", async () => {
      await stored();
      const answer = await get({ accept: "application/json", range: "bytes=0-3" });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-range"], undefined);
      assert.ok(Buffer.from(answer.body.toString("latin1"), "base64").equals(PLAIN));
    });

    test("200 for If-Match with the object's ETag", async () => {
      await stored();
      const etag = (await get({})).headers.etag;
      assert.match(etag, /^"[0-9a-f]{32}"$/);
      const answer = await get({ "if-match": etag });
      assert.equal(answer.status, 200);
      assert.ok(answer.body.equals(PLAIN));
    });

    // s3s-fs 0.14.1 ignores conditions that are false. Garage answers as S3 does.
    for (const [name, headersOf, expected, bySs3Fs] of CONDITIONS()) {
      for (const method of ["GET", "HEAD"]) {
        test(`${expected} for ${method} with ${name}`, async () => {
          await stored();
          const { etag, "last-modified": modified } = (await get({})).headers;
          const answer = await get(headersOf(etag, modified), method);
          assert.equal(answer.status, server.name === "s3s-fs" ? bySs3Fs : expected);
          if (answer.status === 304) {
            assert.equal(answer.body.length, 0);
            assert.equal(answer.headers.etag, etag);
          }
        });
      }
    }
  });
}

/** @returns {any[][]} */
function CONDITIONS() {
  const past = "Mon, 01 Jan 2001 00:00:00 GMT";
  return [
    ["If-None-Match: its ETag", (etag) => ({ "if-none-match": etag }), 304, 200],
    ["If-None-Match: *", () => ({ "if-none-match": "*" }), 304, 200],
    ["If-None-Match: another ETag", () => ({ "if-none-match": '"another"' }), 200, 200],
    ["If-Match: another ETag", () => ({ "if-match": '"another"' }), 412, 200],
    ["If-Modified-Since: its date", (_, modified) => ({ "if-modified-since": modified }), 304, 200],
    ["If-Modified-Since: a date in 2001", () => ({ "if-modified-since": past }), 200, 200],
    ["If-Unmodified-Since: a date in 2001", () => ({ "if-unmodified-since": past }), 412, 200],
  ];
}

describe("the requests to S3", () => {
  const answers = [];
  const recorder = aRecorder({
    answer(_, response) {
      const { status = 200, headers = {}, body = "" } = answers.shift() ?? {};
      response.writeHead(status, headers);
      response.end(body);
    },
  });
  const gateway = aGateway(() => ({ api: FILES, s3: recorder, vars: OPEN }));

  /** Sends one request through the gateway. Resolves to the response and the requests that S3 received. */
  async function sent(method, headers = {}, body) {
    recorder.requests.length = 0;
    const answer = await gateway.request("/files/a.bin", { method, headers, body });
    return { answer, requests: recorder.requests };
  }

  test("Accept-Encoding is identity, whatever the client accepts", async () => {
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
      const { requests } = await sent(
        method,
        { "accept-encoding": "gzip, br", "content-type": BINARY },
        method === "PUT" ? "x" : undefined,
      );
      assert.equal(requests[0].headers["accept-encoding"], "identity", method);
    }
  });

  test("HEAD is sent as HEAD, not as GET", async () => {
    const { requests } = await sent("HEAD");
    assert.deepEqual(
      requests.map(({ method }) => method),
      ["HEAD"],
    );
  });

  test("reads have Cache-Control: no-cache, and writes have no Cache-Control", async () => {
    const read = await sent("GET");
    assert.equal(read.requests[0].headers["cache-control"], "no-cache");
    for (const [method, type] of [
      ["PUT", BINARY],
      ["PUT", "application/json"],
      ["DELETE", BINARY],
    ]) {
      const { requests } = await sent(method, { "content-type": type }, method === "PUT" ? "AAEC" : undefined);
      assert.equal(requests.length, 1);
      assert.equal(requests[0].headers["cache-control"], undefined, method);
      assert.equal(requests[0].headers.pragma, undefined, method);
    }
  });

  test("an upload has a length, and is not chunked", async () => {
    for (const type of [BINARY, "application/json"]) {
      const { requests } = await sent("PUT", { "content-type": type }, "AAEC");
      assert.equal(requests[0].headers["transfer-encoding"], undefined);
      assert.equal(requests[0].headers["content-length"], type === BINARY ? "4" : "3");
    }
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`a redirect with ${status} is not followed, and its Location is not returned`, async () => {
      for (const method of ["GET", "PUT"]) {
        answers.push({
          status,
          headers: { location: `${recorder.endpoint}/elsewhere`, "x-amz-bucket-region": "eu-west-1" },
        });
        const { answer, requests } = await sent(method, { "content-type": BINARY }, method === "PUT" ? "x" : undefined);
        assert.equal(requests.length, 1);
        assert.equal(answer.status, 500);
        assert.equal(answer.headers.location, undefined);
        assert.match((await logOf(gateway, status)).causes.join(), /redirects with .*eu-west-1.*S3_REGION/);
      }
    });
  }

  async function logOf(gateway, status) {
    for (;;) {
      const line = await gateway.nextLog();
      if (line.s3_status === status) return line;
    }
  }
});

describe("the requests to an HTTP backend", () => {
  const recorder = aRecorder();
  const ofUrl = (type, httpMethod) => ({
    responses: { 200: { description: "ok" } },
    "x-amazon-apigateway-integration": {
      type,
      httpMethod,
      uri: "http://${stageVariables.backend}/page",
      responses: { default: { statusCode: "200" } },
    },
  });
  const gateway = aGateway(() => ({
    api: {
      openapi: "3.0.1",
      info: { title: "URLs", version: "1" },
      paths: {
        "/http": { get: ofUrl("http", "GET"), head: ofUrl("http", "HEAD") },
        "/proxy": { "x-amazon-apigateway-any-method": ofUrl("http_proxy", "ANY") },
      },
    },
    s3: recorder,
    vars: { ...OPEN, STAGE_VARIABLES: { backend: `127.0.0.1:${recorder.port}` } },
  }));

  /** Sends one request through the gateway. Resolves to the headers that the server received. */
  async function headersOf(method, path, headers = {}) {
    recorder.requests.length = 0;
    assert.equal((await gateway.request(path, { method, headers })).status, 200);
    assert.deepEqual(
      recorder.requests.map((seen) => `${seen.method} ${seen.target}`),
      [`${method} /page`],
    );
    return recorder.requests[0].headers;
  }

  for (const method of ["GET", "HEAD"]) {
    test(`${method}: no Cache-Control and no Pragma are added`, async () => {
      for (const path of ["/http", "/proxy"]) {
        const headers = await headersOf(method, path);
        assert.deepEqual([headers["cache-control"], headers.pragma], [undefined, undefined], path);
      }
    });

    test(`${method}: Cache-Control and Pragma of the client are sent only by an http_proxy, unchanged`, async () => {
      const own = { "cache-control": "max-age=0", pragma: "x" };
      const proxied = await headersOf(method, "/proxy", own);
      assert.deepEqual([proxied["cache-control"], proxied.pragma], ["max-age=0", "x"]);
      const headers = await headersOf(method, "/http", own);
      assert.deepEqual([headers["cache-control"], headers.pragma], [undefined, undefined]);
    });
  }
});
