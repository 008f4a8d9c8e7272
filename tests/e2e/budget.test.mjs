// The memory budget of an isolate, and the time limits for bodies that stand still.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AwsClient } from "aws4fetch";
import { bytesOf, MIB } from "./support/bodies.mjs";
import { document } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
import { aMultipartS3 } from "./support/multipart-s3.mjs";

const JSON_TYPE = "application/json";

/** Resolves when S3 has got this many requests. */
async function requested(double, count) {
  while (double.requests.length < count) await sleep(5);
}

function isOverloaded({ status, headers, body }, log) {
  assert.deepEqual([status, headers["retry-after"], body.toString()], [503, "1", '{"message": "Service Unavailable"}']);
  assert.equal(log.error, "OVERLOADED");
  assert.match(log.causes[0], /MEMORY_BUDGET/);
}

describe("MEMORY_BUDGET of 8 MiB", () => {
  const s3 = aMultipartS3();
  const gateway = aGateway(() => ({ s3: s3.double, vars: { ...OPEN, MEMORY_BUDGET: String(8 * MIB) } }));
  const upload = (bytes) =>
    gateway.request("/v1/s3?key=a.jpg", {
      method: "PUT",
      headers: { "content-type": JSON_TYPE },
      body: bytes.toString("base64"),
    });
  const download = () => gateway.request("/v1/s3?key=a", { headers: { accept: JSON_TYPE } });

  test("an upload that needs more than is left is a 503, and the next upload is stored", async () => {
    const bytes = bytesOf(2 * MIB, "held");
    s3.double.answer(() => ({ status: 200, delayMillis: 500 }));
    const first = upload(bytes);
    await requested(s3.double, 1);
    const second = await upload(bytes);
    isOverloaded(second, await gateway.nextLog());
    assert.equal((await first).status, 200);
    assert.equal((await upload(bytes)).status, 200);
    assert.equal(s3.double.requests.length, 2);
    gateway.logs.length = 0;
  });

  test("a multipart upload that exceeds the budget is aborted", async () => {
    s3.answers({});
    const refused = await upload(bytesOf(20 * MIB, "large"));
    isOverloaded(refused, await gateway.nextLog());
    assert.ok(s3.double.requests.every(({ method }) => method !== "PUT"));
  });

  test("a download that needs more than is left is a 503, and the next download is complete", async () => {
    const bytes = bytesOf(1.5 * MIB, "object");
    s3.double.answer(() => ({ status: 200, body: bytes, headers: [["Content-Type", "image/jpeg"]], pauseMillis: 500 }));
    const held = [download(), download()];
    await requested(s3.double, 2);
    await sleep(100);
    isOverloaded(await download(), await gateway.nextLog());
    for (const { status } of await Promise.all(held)) assert.equal(status, 200);
    s3.double.answer(() => ({ status: 200, body: bytes, headers: [["Content-Type", "image/jpeg"]] }));
    assert.equal((await download()).status, 200);
    gateway.logs.length = 0;
  });

  test("a small request is served while the budget is used up", async () => {
    s3.double.answer(() => ({ status: 200, delayMillis: 500 }));
    const first = upload(bytesOf(2 * MIB, "held"));
    await requested(s3.double, 1);
    s3.double.answer(() => ({ status: 200, body: "small" }));
    assert.equal((await download()).status, 200);
    assert.equal((await first).status, 200);
    gateway.logs.length = 0;
  });
});

// Without this flag, the runtime does not abort the signal of a request when its client disconnects. wrangler.toml sets it, too.
const FLAGS = ["enable_request_signal"];

describe("MEMORY_BUDGET of 24 MiB, and clients that occupy it", () => {
  const s3 = aMultipartS3();
  const gateway = aGateway(() => ({
    s3: s3.double,
    vars: { ...OPEN, COMPATIBILITY: "aws", MEMORY_BUDGET: String(24 * MIB) },
    flags: FLAGS,
  }));
  const download = () => gateway.request("/v1/s3?key=a", { headers: { accept: JSON_TYPE } });
  const object = (fails) => ({
    status: 200,
    body: Buffer.alloc(7 * MIB),
    headers: [["Content-Type", "image/jpeg"]],
    fails,
  });

  /** Connects a client that sends a text and reads nothing. */
  function client(text) {
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    socket.write(text);
    return socket;
  }
  const reader = () => client(`GET /v1/s3?key=a HTTP/1.1\r\nHost: a\r\nAccept: ${JSON_TYPE}\r\n\r\n`);

  test("a client that leaves while S3 stands still: its memory is free, and its request has a log line", async () => {
    s3.double.answer(() => object("stall in the body"));
    const left = reader();
    await requested(s3.double, 1);
    await sleep(200);
    isOverloaded(await download(), await gateway.nextLog());
    left.resetAndDestroy();
    assert.match((await gateway.nextLog()).causes.join(), /^the client broke off: the client has disconnected$/);
    s3.double.answer(() => object());
    assert.equal((await download()).status, 200);
    await gateway.nextLog();
  });

  test("a client that does not read its base64: its memory is counted until it leaves", async () => {
    s3.double.answer(() => object());
    const left = reader();
    await requested(s3.double, 1);
    await sleep(500);
    isOverloaded(await download(), await gateway.nextLog());
    left.resetAndDestroy();
    assert.match((await gateway.nextLog()).causes.join(), /the client broke off/);
    assert.equal((await download()).status, 200);
    await gateway.nextLog();
  });

  test("clients that announce 9 MiB and send nothing do not use up the budget", async () => {
    s3.answers({});
    const head = `PUT /v1/s3?key=a.jpg HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${9 * MIB}\r\n\r\n`;
    const idle = Array.from({ length: 20 }, () => client(head));
    await sleep(300);
    const body = bytesOf(4 * MIB, "held").toString("base64");
    const headers = { "content-type": JSON_TYPE };
    assert.equal((await gateway.request("/v1/s3?key=b.jpg", { method: "PUT", headers, body })).status, 200);
    for (const socket of idle) socket.resetAndDestroy();
    gateway.logs.length = 0;
  });
});

const SIGNED_API = document("../vectors/authorization/api.json");

describe("MEMORY_BUDGET of 1 MiB, and signed requests", () => {
  const s3 = aRecorder({ stall: true });
  const key = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "secret",
    service: "execute-api",
    region: "auto",
  };
  const gateway = aGateway(() => ({
    s3,
    api: SIGNED_API,
    vars: {
      S3_BUCKET: "demo",
      MEMORY_BUDGET: String(MIB),
      IAM_ACCESS_KEYS: { [key.accessKeyId]: key.secretAccessKey },
      JWT_ISSUERS: Object.fromEntries(
        ["jwt", "other", "pool"].map((name) => [
          name,
          { issuer: "https://a.example", audience: ["a"], jwks_uri: "http://127.0.0.1:9" },
        ]),
      ),
    },
  }));

  test("requests without a body use no budget while they wait for S3", async () => {
    const url = `http://127.0.0.1:${gateway.port}/v1/signed?key=a`;
    const signed = await new AwsClient(key).sign(url, { aws: { allHeaders: true } });
    const headers = Object.fromEntries(signed.headers);
    const waiting = Array.from({ length: 6 }, () => gateway.request("/v1/signed?key=a", { headers }).catch(() => {}));
    while (s3.begun() < waiting.length) await sleep(5);
    assert.equal(gateway.logs.length, 0);
  });
});

describe("a long download as base64", () => {
  const s3 = aMultipartS3();
  const timers = `
const { setTimeout, clearTimeout } = globalThis;
const active = new Set();
globalThis.setTimeout = (...of) => {
  if (active.size > 20) throw new Error("too many timers");
  const timer = setTimeout(...of);
  active.add(timer);
  return timer;
};
globalThis.clearTimeout = (timer) => {
  active.delete(timer);
  clearTimeout(timer);
};
`;
  const entry = { "counted.js": 'import "./timers.js";\nexport { default } from "./worker.js";', "timers.js": timers };
  const gateway = aGateway(() => ({ s3: s3.double, vars: OPEN, entry }));

  // The runtime allows 10,000 timers of a request.
  test("has few timers at the same time", async () => {
    const body = Buffer.alloc(64 * MIB);
    s3.double.answer(() => ({ status: 200, body, headers: [["Content-Type", "image/jpeg"]] }));
    const { status, body: received } = await gateway.request("/v1/s3?key=a", { headers: { accept: JSON_TYPE } });
    assert.equal(status, 200);
    assert.ok(received.length > (64 * MIB * 4) / 3);
  });
});

// The entry shortens long timers, so that the limits of 30 s and more need less than a second.
const ENTRY = `
const { setTimeout } = globalThis;
globalThis.setTimeout = (work, millis, ...rest) => setTimeout(work, millis >= 20_000 ? millis / 100 : millis, ...rest);
`;
const MAIN = `
import "./timers.js";
export { default } from "./worker.js";
`;

describe("bodies that stand still", () => {
  const s3 = aMultipartS3();
  const entry = { "impatient.js": MAIN, "timers.js": ENTRY };
  const gateway = aGateway(() => ({ s3: s3.double, vars: OPEN, entry }));

  for (const [what, type, length, begun] of /** @type {[string, string, number | undefined, number][]} */ ([
    ["of 1 KiB as bytes", "application/octet-stream", 1024, 4],
    ["of 1 KiB as base64", JSON_TYPE, 1024, 4],
    ["of 4 MiB as base64", JSON_TYPE, 4 * MIB, 4],
    ["of 12 MiB as base64", JSON_TYPE, 12 * MIB, 4],
    ["of 24 MiB as base64, after the first part", JSON_TYPE, 24 * MIB, 13 * MIB],
    ["as base64 without a length", JSON_TYPE, undefined, 4],
  ])) {
    test(`an upload ${what}: 400, and nothing is stored`, async () => {
      s3.answers({});
      const socket = connect(gateway.port, "127.0.0.1");
      const framing = length === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
      const body = length === undefined ? `${begun.toString(16)}\r\n${"A".repeat(begun)}\r\n` : "A".repeat(begun);
      socket.write(`PUT /v1/s3?key=a.jpg HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n${body}`);
      const answer = await new Promise((resolve) => socket.once("data", (data) => resolve(String(data))));
      socket.destroy();
      assert.match(answer, /^HTTP\/1.1 400 /);
      const log = await gateway.nextLog();
      assert.deepEqual([log.status, log.error], [400, "BAD_REQUEST_BODY"]);
      assert.match(log.causes[0], /timeout/);
      const methods = s3.double.requests.map(({ method }) => method);
      assert.deepEqual(methods, begun > MIB ? ["POST", "PUT", "DELETE"] : []);
    });
  }

  test("a client that does not read a download as base64: the connection to S3 is closed", async () => {
    s3.double.answer(() => ({ status: 200, body: Buffer.alloc(64 * MIB), headers: [["Content-Type", "image/jpeg"]] }));
    const socket = connect(gateway.port, "127.0.0.1");
    socket.write(`GET /v1/s3?key=a HTTP/1.1\r\nHost: a\r\nAccept: ${JSON_TYPE}\r\n\r\n`);
    socket.pause();
    const log = await gateway.nextLog();
    assert.match(log.causes[0], /timeout/);
    assert.ok(log.bytes_out < 64 * MIB);
    socket.destroy();
  });

  test("S3 stops sending an object that is converted: the client's connection breaks", async () => {
    const body = Buffer.alloc(8 * MIB);
    s3.double.answer(() => ({
      status: 200,
      body,
      headers: [["Content-Type", "image/jpeg"]],
      fails: "stall in the body",
    }));
    await assert.rejects(gateway.request("/v1/s3?key=a", { headers: { accept: JSON_TYPE } }), /aborted|ECONNRESET/);
    const log = await gateway.nextLog();
    assert.equal(log.causes[0], "S3 did not complete its response in time");
  });
});
