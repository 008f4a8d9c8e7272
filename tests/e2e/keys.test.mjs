// Object keys of every kind, from a query and from a path, in the built Worker. An object with each key is uploaded, downloaded as
// bytes and as base64, and then listed by the S3 server under the same key. An invalid key is a 400 and changes no object.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { document } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";

const vectors = JSON.parse(readFileSync(new URL("../vectors/keys.json", import.meta.url), "utf8"));
const KEYS = vectors.keys.map(({ times = 1, key, cannot = {}, ...rest }) => ({
  ...rest,
  key: key.repeat(times),
  cannot,
}));

/** The two places of a key in a URL, and how the base64 is read from a JSON download. */
const WAYS = [
  {
    way: "query",
    url: (text) => `/v1/s3?key=${text}`,
    written: ({ key, query }) => query ?? percent(key, ""),
    base64: (body) => JSON.parse(body).image,
  },
  {
    way: "path",
    api: document("file-server.json"),
    url: (text) => `/files/${text}`,
    written: ({ key, path }) => path ?? percent(key, "/"),
    base64: (body) => body.toString("latin1"),
  },
];

/** Percent-encodes every byte except A-Za-z0-9-._~ and the characters of `kept`. */
function percent(text, kept) {
  const plain = new RegExp(`[A-Za-z0-9._~${kept}-]`);
  const byte = (value) => {
    const character = String.fromCharCode(value);
    return plain.test(character) ? character : `%${value.toString(16).toUpperCase().padStart(2, "0")}`;
  };
  return [...Buffer.from(text)].map(byte).join("");
}

/** Returns a text that node writes as UTF-8. Node writes a request line as Latin-1. */
const onTheWire = (text) => Buffer.from(text).toString("latin1");

const BINARY = "application/octet-stream";
// The body is a buffer, because node writes the request line as UTF-8 if the body is a string.
const X = Buffer.from("x");

/** Returns functions for the three requests of a key: an upload, and a download as bytes and as base64. */
function client(gateway, { url, base64 }) {
  return {
    put: (text, body) =>
      gateway.request(onTheWire(url(text)), { method: "PUT", headers: { "content-type": BINARY }, body }),
    bytes: (text) => gateway.request(onTheWire(url(text)), { headers: { accept: BINARY } }),
    async decoded(text) {
      const answer = await gateway.request(onTheWire(url(text)), { headers: { accept: "application/json" } });
      return { status: answer.status, body: answer.status === 200 ? Buffer.from(base64(answer.body), "base64") : null };
    },
  };
}

test("the corpus has at least 40 keys, all different", () => {
  assert.ok(KEYS.length >= 40);
  assert.equal(new Set(KEYS.map(({ key }) => key)).size, KEYS.length);
});

const servers = realServers();

for (const server of servers) {
  for (const way of WAYS) {
    describe(`${server.name}, the key is in the ${way.way}`, () => {
      const bucket = `by-${way.way}`;
      const gateway = aGateway(() => ({ api: way.api, s3: server.s3, vars: { ...OPEN, S3_BUCKET: bucket } }));
      before(() => server.store.createBucket(bucket));
      const held = KEYS.filter(({ cannot }) => !(server.name in cannot));
      const bodies = new Map(KEYS.map(({ key }, at) => [key, Buffer.from(`object ${at} \xff`, "latin1")]));

      for (const vector of held) {
        test(`${vector.name}: an upload, and downloads as bytes and as base64`, async () => {
          const { put, bytes, decoded } = client(gateway, way);
          const text = way.written(vector);
          const body = bodies.get(vector.key);
          assert.equal((await put(text, body)).status, 200);
          const raw = await bytes(text);
          assert.equal(raw.status, 200);
          assert.deepEqual(raw.body, body);
          assert.deepEqual(await decoded(text), { status: 200, body });
        });
      }

      test("the server lists exactly the uploaded keys", async () => {
        const listed = await server.store.list(bucket);
        const sent = held.map(({ key }) => ({ key, size: bodies.get(key).length }));
        assert.deepEqual(
          listed,
          sent.sort((a, b) => (a.key < b.key ? -1 : 1)),
        );
      });

      test("an invalid key is a 400, and no object changes", async () => {
        const { put, bytes } = client(gateway, way);
        const before = await server.store.list(bucket);
        for (const vector of vectors.refused) {
          const text = vector[way.way];
          if (text === null) continue;
          for (const answer of [await put(text, X), await bytes(text)]) {
            // `/files/` has an empty `{proxy+}`, so no route matches.
            const expected = way.way === "path" && text === "" ? 403 : 400;
            assert.equal(answer.status, expected, `${vector.name}: ${answer.body}`);
          }
        }
        assert.deepEqual(await server.store.list(bucket), before);
      });

      // These keys have a separate bucket, because the server may store such an object under another key.
      describe("keys that the server cannot store", () => {
        const odd = `odd-by-${way.way}`;
        const other = aGateway(() => ({ api: way.api, s3: server.s3, vars: { ...OPEN, S3_BUCKET: odd } }));
        before(() => server.store.createBucket(odd));
        for (const vector of KEYS.filter(({ cannot }) => server.name in cannot)) {
          test(`${vector.name}: the server still cannot store the key (${vector.cannot[server.name]})`, async () => {
            const { put, bytes } = client(other, way);
            const text = way.written(vector);
            const body = bodies.get(vector.key);
            const up = await put(text, body);
            const down = await bytes(text);
            const isListed = (await server.store.list(odd)).some(({ key }) => key === vector.key);
            const isHeld = up.status === 200 && down.status === 200 && down.body.equals(body) && isListed;
            assert.equal(isHeld, false, `the server can store the key now: remove "${server.name}" from its "cannot"`);
          });
        }
      });
    });
  }
}

for (const way of WAYS) {
  describe(`the request to S3, the key is in the ${way.way}`, () => {
    const recorder = aRecorder();
    const gateway = aGateway(() => ({ api: way.api, s3: recorder, vars: OPEN }));

    test("every key is encoded exactly once, the same for PUT and GET", async () => {
      const { put, bytes } = client(gateway, way);
      for (const vector of KEYS) {
        recorder.requests.length = 0;
        await put(way.written(vector), X);
        await bytes(way.written(vector));
        const target = `/demo/${percent(vector.key, "/")}`;
        const seen = recorder.requests.map((request) => [request.method, request.target]);
        assert.deepEqual(
          seen,
          [
            ["PUT", target],
            ["GET", target],
          ],
          vector.name,
        );
      }
    });

    test("S3 gets no request for an invalid key", async () => {
      const { put, bytes } = client(gateway, way);
      recorder.requests.length = 0;
      for (const vector of vectors.refused) {
        const text = vector[way.way];
        if (text === null) continue;
        const answers = [await put(text, X), await bytes(text)];
        for (const { status } of answers) assert.ok(status === 400 || status === 403, `${vector.name}: ${status}`);
      }
      assert.deepEqual(recorder.requests, []);
      // This request shows that the recorder does record requests.
      await bytes("a");
      assert.equal(recorder.requests.length, 1);
    });
  });
}

describe("dot segments that the runtime resolves before the request reaches the Worker", () => {
  const recorder = aRecorder();
  const gateway = aGateway(() => ({ api: document("file-server.json"), s3: recorder, vars: OPEN }));

  for (const [path, target] of [
    ["/files/a/../b", "/demo/b"],
    ["/files/a/./b", "/demo/a/b"],
    ["/files/a/%2e%2E/b", "/demo/b"],
    ["/files/a/.%2e/b", "/demo/b"],
    ["/files/a/b/..", "/demo/a/"],
    ["/files/a\\..\\c", "/demo/c"],
    ["/files/../files/d", "/demo/d"],
    ["/files/../e", null],
    ["/files/..", null],
  ]) {
    test(`${path} ${target === null ? "matches no route" : `is ${target} in S3`}`, async () => {
      recorder.requests.length = 0;
      const answer = await gateway.request(path, { headers: { accept: BINARY } });
      assert.deepEqual(
        recorder.requests.map((request) => request.target),
        target === null ? [] : [target],
      );
      assert.equal(answer.status, target === null ? 403 : 200);
    });
  }
});
