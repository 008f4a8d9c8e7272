// Bodies without conversion do not enter wasm memory, in uploads and downloads of any size. One test shows that the counters of the
// probe do count the bytes of converted bodies. The last suite shows backpressure.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { get as httpGet, request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { blocks, hashOf, MIB, steady } from "./support/bodies.mjs";
import { document } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { startRecorder } from "./support/recorder.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { PROBED, peakOfRuntime, probe } from "./support/wasm-probe.mjs";

const LARGE = 200 * 1000 * 1000;
const BINARY = "application/octet-stream";

/** Sends a GET and hashes its body. Resolves to `{ status, headers, size, hash }`. */
function download(gateway, path, accept = BINARY) {
  return new Promise((resolve, reject) => {
    httpGet(new URL(path, gateway.url), { headers: { accept }, agent: false }, (response) => {
      const hash = createHash("sha256");
      let size = 0;
      response.on("data", (chunk) => {
        hash.update(chunk);
        size += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode, headers: response.headers, size, hash: hash.digest("hex") });
      });
    }).on("error", reject);
  });
}

const upload = (gateway, path, size, seed) =>
  gateway.request(path, {
    method: "PUT",
    headers: { "content-type": BINARY, "content-length": String(size) },
    body: Readable.from(blocks(size, seed), { objectMode: false, highWaterMark: MIB }),
  });

const servers = realServers();

for (const server of servers) {
  describe(server.name, () => {
    const gateway = aGateway(() => ({
      s3: server.s3,
      api: document("file-server.json"),
      vars: OPEN,
      ...PROBED,
    }));
    // The first request loads the deployment, which allocates memory. Later requests without conversion allocate none.
    before(() => gateway.request("/files/none"));

    test("200 MB are uploaded and downloaded, and no byte enters wasm memory", { timeout: 60_000 }, async () => {
      const expected = hashOf(blocks(LARGE, "large"));
      const [atFirst, peakAtFirst] = [await probe(gateway), peakOfRuntime()];

      const up = await upload(gateway, "/files/large", LARGE, "large");
      assert.equal(up.status, 200, up.body.toString());
      const stored = await server.store.get("large");
      assert.equal(stored.body.length, LARGE);
      assert.equal(hashOf([stored.body]), expected);

      const down = await download(gateway, "/files/large");
      assert.equal(down.status, 200);
      assert.equal(down.headers["content-length"], String(LARGE));
      assert.equal(down.headers["transfer-encoding"], undefined);
      assert.equal(down.hash, expected);

      assert.deepEqual(await probe(gateway), atFirst);
      if (peakAtFirst !== null) {
        const grown = Number(peakOfRuntime()) - peakAtFirst;
        assert.ok(grown < 32 * MIB, `the runtime's memory grew by ${grown} bytes`);
      }
    });

    test("two concurrent uploads and downloads are not mixed", async () => {
      const size = 32 * MIB + 1;
      const atFirst = await probe(gateway);
      const both = ["one", "two"];
      const ups = await Promise.all(both.map((name) => upload(gateway, `/files/${name}`, size, name)));
      assert.deepEqual(
        ups.map(({ status }) => status),
        [200, 200],
      );
      const downs = await Promise.all(both.map((name) => download(gateway, `/files/${name}`)));
      assert.deepEqual(
        downs.map(({ hash }) => hash),
        both.map((name) => hashOf(blocks(size, name))),
      );
      assert.deepEqual(await probe(gateway), atFirst);
    });

    test("an empty body is uploaded and downloaded", async () => {
      const up = await gateway.request("/files/empty", {
        method: "PUT",
        headers: { "content-type": BINARY },
        body: "",
      });
      assert.equal(up.status, 200);
      assert.equal((await server.store.head("empty")).get("content-length"), "0");
      const down = await gateway.request("/files/empty", { headers: { accept: BINARY } });
      assert.equal(down.status, 200);
      assert.equal(down.headers["content-length"], "0");
      assert.equal(down.body.length, 0);
    });

    test("HEAD returns the length and no body", async () => {
      await server.store.put("head.bin", randomBytes(70_001), { "content-type": BINARY });
      const answer = await gateway.request("/files/head.bin", { method: "HEAD", headers: { accept: BINARY } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers["content-length"], "70001");
      assert.equal(answer.headers["content-type"], BINARY);
      assert.equal(answer.body.length, 0);
      const missing = await gateway.request("/files/none", { method: "HEAD" });
      assert.equal(missing.status, 404);
      assert.equal(missing.body.length, 0);
    });

    test("the upload of a client that sends slowly is stored", async () => {
      const pieces = Array.from({ length: 8 }, (_, nth) => Buffer.alloc(1000, String(nth)));
      const sending = Readable.from(
        (async function* () {
          for (const piece of pieces) {
            yield piece;
            await sleep(50);
          }
        })(),
      );
      const headers = { "content-type": BINARY, "content-length": "8000" };
      assert.equal((await gateway.request("/files/slow", { method: "PUT", headers, body: sending })).status, 200);
      assert.deepEqual((await server.store.get("slow")).body, Buffer.concat(pieces));
    });

    test("the counters count the bytes of converted bodies", async () => {
      const bytes = randomBytes(6 * MIB);
      const text = bytes.toString("base64");
      const atFirst = await probe(gateway);
      const headers = { "content-type": "application/json" };
      assert.equal((await gateway.request("/files/base64", { method: "PUT", headers, body: text })).status, 200);
      const between = await probe(gateway);
      const down = await gateway.request("/files/base64", { headers: { accept: "application/json" } });
      assert.equal(down.body.toString("latin1"), text);
      const atLast = await probe(gateway);
      assert.ok(between.memory - atFirst.memory >= bytes.length, "the wasm memory has grown");
      assert.ok(between.bytesIn - atFirst.bytesIn >= text.length, "the uploaded base64 has entered wasm memory");
      assert.ok(between.bytesOut - atFirst.bytesOut >= bytes.length, "the decoded bytes have left wasm memory");
      assert.ok(atLast.bytesIn - between.bytesIn >= bytes.length, "the downloaded bytes have entered wasm memory");
      assert.ok(atLast.bytesOut - between.bytesOut >= text.length, "the encoded base64 has left wasm memory");
    });
  });
}

describe("backpressure", () => {
  const size = 256 * MIB;

  test("a client that stops reading makes S3 wait", async (t) => {
    let written = 0;
    const s3 = await startRecorder({
      answer(_, response) {
        response.writeHead(200, { "content-type": BINARY, "content-length": String(size) });
        const counted = function* () {
          for (const block of blocks(size, "slow")) {
            written += block.length;
            yield block;
          }
        };
        Readable.from(counted(), { highWaterMark: 1 }).pipe(response);
      },
    });
    t.after(() => s3.stop());
    const gateway = await startGateway({ s3, vars: OPEN });
    t.after(() => gateway.stop());
    const response = await new Promise((resolve, reject) => {
      httpGet(new URL("/v1/s3?key=a", gateway.url), { headers: { accept: BINARY }, agent: false }, resolve).on(
        "error",
        reject,
      );
    });
    response.once("data", () => response.pause());
    await steady(() => written);
    assert.ok(written < size / 4, `S3 sent ${written} bytes to a client that reads only one block`);
    response.destroy();
  });

  test("an S3 that does not read makes the client wait", async (t) => {
    const s3 = await startRecorder({ stall: true });
    t.after(() => s3.stop());
    const gateway = await startGateway({ s3, vars: OPEN });
    t.after(() => gateway.stop());
    let written = 0;
    const sending = httpRequest(new URL("/v1/s3?key=a", gateway.url), {
      method: "PUT",
      headers: { "content-type": BINARY, "content-length": String(size) },
      agent: false,
    });
    sending.on("error", () => {});
    const counted = function* () {
      for (const block of blocks(size, "slow")) {
        written += block.length;
        yield block;
      }
    };
    Readable.from(counted(), { highWaterMark: 1 }).pipe(sending);
    await steady(() => written);
    assert.ok(written > 0 && written < size / 4, `the client sent ${written} bytes to an S3 that reads nothing`);
    sending.destroy();
  });
});
