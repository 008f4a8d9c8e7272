// Keys of every kind, from a query and from a path, through the built Worker: up, down as bytes and as base64, and in
// the S3 server's own listing under exactly that name. What cannot be a key is a 400, and nothing is touched.

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

/** Where the client writes the key, and what a download as JSON holds. */
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

/** Every byte as %XX but A-Za-z0-9-._~ and those of `kept`. */
function percent(text, kept) {
  const plain = new RegExp(`[A-Za-z0-9._~${kept}-]`);
  const byte = (value) => {
    const character = String.fromCharCode(value);
    return plain.test(character) ? character : `%${value.toString(16).toUpperCase().padStart(2, "0")}`;
  };
  return [...Buffer.from(text)].map(byte).join("");
}

/** Node writes a request line as Latin-1; this makes it UTF-8. */
const onTheWire = (text) => Buffer.from(text).toString("latin1");

const BINARY = "application/octet-stream";
// Node would write the request line of a request whose body is text as UTF-8, too.
const X = Buffer.from("x");

/** The three requests of a key. */
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

test("the corpus is large, and no two of its keys are one", () => {
  assert.ok(KEYS.length >= 40);
  assert.equal(new Set(KEYS.map(({ key }) => key)).size, KEYS.length);
});

const servers = realServers();

for (const server of servers) {
  for (const way of WAYS) {
    describe(`${server.name}, from the ${way.way}`, () => {
      const bucket = `by-${way.way}`;
      const gateway = aGateway(() => ({ api: way.api, s3: server.s3, vars: { ...OPEN, S3_BUCKET: bucket } }));
      before(() => server.store.createBucket(bucket));
      const held = KEYS.filter(({ cannot }) => !(server.name in cannot));
      const bodies = new Map(KEYS.map(({ key }, at) => [key, Buffer.from(`object ${at} \xff`, "latin1")]));

      for (const vector of held) {
        test(`${vector.name}: up, and down as bytes and as base64`, async () => {
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

      test("the server lists exactly these names", async () => {
        const listed = await server.store.list(bucket);
        const sent = held.map(({ key }) => ({ key, size: bodies.get(key).length }));
        assert.deepEqual(
          listed,
          sent.sort((a, b) => (a.key < b.key ? -1 : 1)),
        );
      });

      test("what is no key is a 400, and touches nothing", async () => {
        const { put, bytes } = client(gateway, way);
        const before = await server.store.list(bucket);
        for (const vector of vectors.refused) {
          const text = vector[way.way];
          if (text === null) continue;
          for (const answer of [await put(text, X), await bytes(text)]) {
            // `/files/` has no `proxy` at all: no route.
            const expected = way.way === "path" && text === "" ? 403 : 400;
            assert.equal(answer.status, expected, `${vector.name}: ${answer.body}`);
          }
        }
        assert.deepEqual(await server.store.list(bucket), before);
      });

      // A bucket of their own: what is meant for one key may land in another.
      describe("what the server cannot hold", () => {
        const odd = `odd-by-${way.way}`;
        const other = aGateway(() => ({ api: way.api, s3: server.s3, vars: { ...OPEN, S3_BUCKET: odd } }));
        before(() => server.store.createBucket(odd));
        for (const vector of KEYS.filter(({ cannot }) => server.name in cannot)) {
          test(`${vector.name}: still cannot be held (${vector.cannot[server.name]})`, async () => {
            const { put, bytes } = client(other, way);
            const text = way.written(vector);
            const body = bodies.get(vector.key);
            const up = await put(text, body);
            const down = await bytes(text);
            const isListed = (await server.store.list(odd)).some(({ key }) => key === vector.key);
            const isHeld = up.status === 200 && down.status === 200 && down.body.equals(body) && isListed;
            assert.equal(isHeld, false, `it can be held now: take "${server.name}" out of its "cannot"`);
          });
        }
      });
    });
  }
}

for (const way of WAYS) {
  describe(`on the wire to S3, from the ${way.way}`, () => {
    const recorder = aRecorder();
    const gateway = aGateway(() => ({ api: way.api, s3: recorder, vars: OPEN }));

    test("every key is encoded once, whole, and the same for every method", async () => {
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
      // The double does get requests.
      await bytes("a");
      assert.equal(recorder.requests.length, 1);
    });
  });
}

describe("dot segments that the runtime takes out of a path before the Worker sees it", () => {
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
    test(`${path} is ${target ?? "no route"}, as it is for every browser`, async () => {
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
