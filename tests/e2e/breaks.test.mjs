// Connections that end too early, on either side: an object is whole or as it was, a client never takes a part for the
// whole, and the log says which side it was, if the runtime reports it.

import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { documentOf, operation } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { listen } from "./support/loopback.mjs";
import { realServers } from "./support/s3-servers.mjs";

const BINARY = "application/octet-stream";
const MIB = 1024 * 1024;

/** The end of a cause: the runtime pipes raw uploads above 128 KiB, and does not report which end broke. */
const EITHER_END = "(the server or the client broke the upload off)";

/** Sends the head of an upload and a third of its body, and leaves. Returns the log lines that say so. */
async function leave(gateway, key, type, how) {
  const socket = connect(gateway.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  const body = Buffer.alloc(MIB, "A");
  socket.write(
    `PUT /v1/s3?key=${key} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${3 * MIB}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.write(body, resolve));
  await sleep(100); // So that S3 has some of it.
  socket[how]();
  // After a reset the runtime may give the request up without a word.
  const lines =
    how === "resetAndDestroy" ? await sleep(300).then(() => gateway.logs.splice(0)) : [await gateway.nextLog()];
  socket.destroy();
  return lines;
}

for (const server of realServers()) {
  describe(`${server.name}: the client breaks off its upload`, () => {
    const gateway = aGateway(() => ({ s3: server.s3, vars: OPEN }));

    for (const [type, conversion, status, error, cause] of /** @type {any[][]} */ ([
      [BINARY, "raw", 504, "INTEGRATION_FAILURE", EITHER_END],
      ["application/json", "base64", 400, "BAD_REQUEST_BODY", "the client broke off"],
    ])) {
      for (const [how, what] of [
        ["resetAndDestroy", "by a reset"],
        ["destroy", "by closing"],
        ["end", "and waits for an answer"],
      ]) {
        test(`${conversion}, ${what}: the object is as it was, and a new one is not there`, async () => {
          await server.store.put("old", "as it was");
          for (const key of ["old", "new"]) {
            for (const log of await leave(gateway, key, type, how)) {
              assert.deepEqual([log.status, log.error], [status, error], JSON.stringify(log));
              assert.ok(log.causes.join().includes(cause), JSON.stringify(log));
            }
          }
          assert.equal((await server.store.get("old")).body.toString(), "as it was");
          assert.equal(await server.store.head("new"), null);
          assert.deepEqual(await server.store.unfinished(), []);
        });
      }
    }

    test("an upload after that is whole", async () => {
      const answer = await gateway.request("/v1/s3?key=old", {
        method: "PUT",
        headers: { "content-type": BINARY },
        body: "new",
      });
      assert.equal(answer.status, 200);
      assert.equal((await server.store.get("old")).body.toString(), "new");
    });
  });
}

/** An S3 that sends `lines` and then does `act(socket)`, as soon as the head of a request is there. */
async function brokenS3(t, lines, act, /** @type {Record<string, any>} */ { api, ...vars } = {}) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      if (lines) socket.write(lines);
      act(socket);
    });
  });
  const { port, stop } = await listen(server);
  t.after(stop);
  const gateway = await startGateway({
    api,
    s3: { endpoint: `http://127.0.0.1:${port}`, accessKey: "AKIDEXAMPLE", secretKey: "secret" },
    vars: { ...OPEN, ...vars },
  });
  t.after(() => gateway.stop());
  return gateway;
}

const head = (...headers) => ["HTTP/1.1 200 OK", "Content-Type: image/jpeg", ...headers, "", ""].join("\r\n");
const later = (act) => (socket) => setTimeout(() => act(socket), 50);
const PART = "x".repeat(1024);

describe("S3 breaks off its answer", () => {
  for (const [what, act] of [
    ["closes", later((socket) => socket.end())],
    ["resets", later((socket) => socket.resetAndDestroy())],
  ]) {
    test(`S3 ${what} amid the bytes: the client's connection breaks, too`, async (t) => {
      const gateway = await brokenS3(t, head("Content-Length: 2048") + PART, act);
      await assert.rejects(gateway.request("/v1/s3?key=a", { headers: { accept: BINARY } }), /aborted|ECONNRESET/);
      const log = await gateway.nextLog();
      assert.deepEqual([log.status, log.s3_status, log.bytes_out], [200, 200, 2048]);
    });

    test(`S3 ${what} amid bytes that are to be converted: 504, and nothing of them`, async (t) => {
      const gateway = await brokenS3(t, head("Content-Length: 2048") + PART, act);
      const answer = await gateway.request("/v1/s3?key=a", { headers: { accept: "application/json" } });
      assert.equal(answer.status, 504);
      assert.equal(answer.body.toString(), '{"message": "Network error communicating with endpoint"}');
      const log = await gateway.nextLog();
      assert.equal(log.s3_status, 200);
      assert.deepEqual(log.causes, ["S3 broke off its response: Network connection lost."]);
    });
  }

  test("a chunked answer to be converted: 504", async (t) => {
    const lines = `${head("Transfer-Encoding: chunked")}400\r\n${PART}\r\n`;
    const gateway = await brokenS3(
      t,
      lines,
      later((socket) => socket.end()),
    );
    assert.equal((await gateway.request("/v1/s3?key=a", { headers: { accept: "application/json" } })).status, 504);
  });

  test("a chunked answer as it is: the client's connection breaks, too", async (t) => {
    const lines = `${head("Transfer-Encoding: chunked")}400\r\n${PART}\r\n`;
    const gateway = await brokenS3(
      t,
      lines,
      later((socket) => socket.resetAndDestroy()),
    );
    await assert.rejects(gateway.request("/v1/s3?key=a", { headers: { accept: BINARY } }), /aborted|ECONNRESET/);
  });
});

/** An answer of S3's as it is on the wire. */
const wire = (status, headers, body) => [`HTTP/1.1 ${status}`, ...headers, "", body].join("\r\n");
const JPEG = "Content-Type: image/jpeg";
const FAILED = '{"message": "Network error communicating with endpoint"}';
const ends = (socket) => socket.end();
const resets = (socket) => socket.resetAndDestroy();

describe("S3 is wrong about how long its answer is", () => {
  const ask = (gateway, accept) => gateway.request("/v1/s3?key=a", { headers: { accept } });
  const base64 = (text) => `{\n   "image": "${Buffer.from(text).toString("base64")}"\n}`;

  for (const [accept, form] of /** @type {any[][]} */ ([
    [BINARY, (text) => text],
    ["application/json", base64],
  ])) {
    test(`it is longer, for ${accept}: the client gets the declared bytes`, async (t) => {
      const gateway = await brokenS3(t, wire("200 OK", [JPEG, "Content-Length: 1000"], PART), later(ends));
      const answer = await ask(gateway, accept);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.toString(), form(PART.slice(0, 1000)));
      assert.equal(answer.headers["content-length"], String(answer.body.length));
      assert.equal((await gateway.nextLog()).causes, undefined);
    });

    test(`no length, and the end of the connection is the end, for ${accept}`, async (t) => {
      const gateway = await brokenS3(t, wire("200 OK", [JPEG, "Connection: close"], PART), later(ends));
      const answer = await ask(gateway, accept);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.toString(), form(PART));
      assert.ok(answer.complete);
    });

    for (const [what, headers] of [
      ["is no number", ["Content-Length: many"]],
      ["is negative", ["Content-Length: -1"]],
      ["comes twice, and differs", ["Content-Length: 10", "Content-Length: 20"]],
    ]) {
      test(`the length ${what}, for ${accept}: 504`, async (t) => {
        const gateway = await brokenS3(t, wire("200 OK", [JPEG, ...headers], PART), later(ends));
        const answer = await ask(gateway, accept);
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
        assert.equal((await gateway.nextLog()).error, "INTEGRATION_FAILURE");
      });
    }
  }
});

describe("S3 breaks off its account of an error", () => {
  const XML = `<Error><Code>NoSuchKey</Code><Message>${PART}</Message></Error>`;
  const head = (...headers) => wire("404 Not Found", ["Content-Type: application/xml", ...headers], "");
  const half = XML.slice(0, 600);

  for (const accept of [BINARY, "application/json"]) {
    for (const [what, act] of [
      ["closes", ends],
      ["resets", resets],
    ]) {
      test(`it ${what} amid the body, for ${accept}: 504, and nothing of it`, async (t) => {
        const gateway = await brokenS3(t, head(`Content-Length: ${XML.length}`) + half, later(act));
        const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
        const log = await gateway.nextLog();
        assert.deepEqual([log.s3_status, log.error, log.s3_error], [404, "INTEGRATION_FAILURE", undefined]);
        assert.deepEqual(log.causes, ["S3 broke off its response: Network connection lost."]);
      });

      test(`it ${what} amid a chunked body, for ${accept}: 504, and nothing of it`, async (t) => {
        const chunk = `${half.length.toString(16)}\r\n${half}\r\n`;
        const gateway = await brokenS3(t, head("Transfer-Encoding: chunked") + chunk, later(act));
        const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
      });
    }

    test(`it sends more than its Content-Length, for ${accept}: the client gets the declared bytes`, async (t) => {
      const gateway = await brokenS3(t, head(`Content-Length: ${XML.length}`) + XML + XML, later(ends));
      const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
      assert.deepEqual([answer.status, answer.body.toString()], [500, XML]);
      assert.equal((await gateway.nextLog()).s3_error, "NoSuchKey");
    });

    test(`it tells no length, for ${accept}`, async (t) => {
      const gateway = await brokenS3(t, head("Connection: close") + XML, later(ends));
      const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
      assert.deepEqual([answer.status, answer.body.toString()], [500, XML]);
    });
  }

  const LARGEST = 256 * 1024;
  for (const size of [LARGEST, LARGEST + 1]) {
    for (const way of ["length", "chunked"]) {
      test(`${size} bytes, ${way}: ${size > LARGEST ? "504" : "they pass"}`, async (t) => {
        const body = "e".repeat(size);
        const lines =
          way === "length"
            ? head(`Content-Length: ${size}`) + body
            : `${head("Transfer-Encoding: chunked")}${size.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
        const gateway = await brokenS3(t, lines, () => {});
        const answer = await gateway.request("/v1/s3?key=a", { headers: { accept: BINARY } });
        if (size > LARGEST) {
          assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
          assert.deepEqual((await gateway.nextLog()).causes, ["the body of the response is larger than 262144 bytes"]);
        } else assert.deepEqual([answer.status, answer.body.toString()], [500, body]);
      });
    }
  }
});

describe("S3 stands still amid its answer", () => {
  const slow = documentOf("/files", { get: operation("GET", "s3:path/a", { timeoutInMillis: 300 }) });
  const read = (gateway, accept) => gateway.request("/v1/files", { headers: { accept } });

  /** A gateway whose S3 answers this much, and nothing after it. */
  const standing = (t, lines, vars = {}) => brokenS3(t, lines, () => {}, { api: slow, ...vars });

  for (const COMPATIBILITY of ["edge", "aws"]) {
    test(`of an error, in ${COMPATIBILITY}: 504`, async (t) => {
      const gateway = await standing(
        t,
        wire("404 Not Found", ["Content-Type: application/xml", "Content-Length: 100"], "<Error>"),
        { COMPATIBILITY },
      );
      const answer = await read(gateway, "application/json");
      assert.deepEqual([answer.status, answer.body.toString()], [504, '{"message": "Endpoint request timed out"}']);
      const log = await gateway.nextLog();
      assert.deepEqual([log.error, log.causes], ["INTEGRATION_TIMEOUT", ["S3 did not complete its response in time"]]);
    });
  }

  test("of an object that is held, in aws: 504", async (t) => {
    const gateway = await standing(t, wire("200 OK", [JPEG, "Content-Length: 2048"], PART), { COMPATIBILITY: "aws" });
    assert.equal((await read(gateway, "application/json")).status, 504);
    assert.equal((await gateway.nextLog()).error, "INTEGRATION_TIMEOUT");
  });

  test("of an object, in edge: however long it takes", async (t) => {
    const body = `${wire("200 OK", [JPEG, "Content-Length: 2048"], PART)}`;
    const gateway = await brokenS3(t, body, (socket) => setTimeout(() => socket.end(PART), 1000), { api: slow });
    const answer = await read(gateway, "application/json");
    assert.deepEqual([answer.status, answer.body.length], [200, Math.ceil(2048 / 3) * 4]);
  });
});

describe("S3 breaks off amid an upload", () => {
  test("that is not the client's fault: 504", async (t) => {
    const gateway = await brokenS3(
      t,
      null,
      later((socket) => socket.resetAndDestroy()),
    );
    const body = Buffer.alloc(16 * MIB);
    const answer = await gateway.request("/v1/s3?key=a", { method: "PUT", headers: { "content-type": BINARY }, body });
    assert.equal(answer.status, 504);
    const log = await gateway.nextLog();
    assert.equal(log.error, "INTEGRATION_FAILURE");
    assert.deepEqual(log.causes, [`S3 could not be reached: Network connection lost. ${EITHER_END}`]);
  });

  test("what S3 answers before it has the whole body is what the client hears", async (t) => {
    const refusal = "<Error><Code>AccessDenied</Code></Error>";
    const lines = `HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: ${refusal.length}\r\n\r\n${refusal}`;
    // It goes on to take the body: that is how S3 refuses.
    const gateway = await brokenS3(t, lines, (socket) => socket.resume());
    const body = Buffer.alloc(16 * MIB);
    const answer = await gateway.request("/v1/s3?key=a", { method: "PUT", headers: { "content-type": BINARY }, body });
    assert.equal(answer.status, 500);
    assert.equal(answer.body.toString(), refusal);
    assert.equal((await gateway.nextLog()).s3_status, 403);
  });
});

describe("S3 stands still amid an upload", () => {
  const slow = documentOf("/files", { put: operation("PUT", "s3:path/a", { timeoutInMillis: 500 }) });
  const put = (gateway) =>
    gateway.request("/v1/files", { method: "PUT", headers: { "content-type": BINARY }, body: Buffer.alloc(32 * MIB) });

  test("it takes no more of the body: 504, and its connection is closed", async (t) => {
    let closed;
    const gateway = await brokenS3(
      t,
      null,
      (socket) => {
        closed = new Promise((resolve) => socket.once("close", () => resolve("closed")));
        socket.pause();
        setTimeout(() => socket.resume(), 4000).unref(); // A paused socket does not see the other end go.
      },
      { api: slow },
    );
    const answer = await put(gateway);
    assert.deepEqual([answer.status, answer.body.toString()], [504, '{"message": "Endpoint request timed out"}']);
    assert.equal((await gateway.nextLog()).error, "INTEGRATION_TIMEOUT");
    assert.equal(await Promise.race([closed, sleep(8000, "open", { ref: false })]), "closed");
  });

  test("a client that takes its time is not S3's fault", async (t) => {
    const gateway = await brokenS3(
      t,
      null,
      (socket) => {
        socket.resume();
        let size = 0;
        socket.on("data", (bytes) => {
          size += bytes.length;
          if (size >= 2 * MIB) socket.end(wire("200 OK", ["Content-Length: 0"], ""));
        });
      },
      { api: slow },
    );
    const socket = connect(gateway.port, "127.0.0.1");
    const head = `PUT /v1/files HTTP/1.1\r\nHost: a\r\nContent-Type: ${BINARY}\r\nContent-Length: ${3 * MIB}\r\nConnection: close\r\n\r\n`;
    socket.write(head);
    for (let nth = 0; nth < 3; nth++) {
      socket.write(Buffer.alloc(MIB));
      await sleep(800);
    }
    const answer = await new Promise((resolve) => socket.once("data", (bytes) => resolve(bytes.toString())));
    assert.match(answer, /^HTTP\/1.1 200 /);
    socket.destroy();
  });
});

describe("an upload that is refused while it is still coming", () => {
  const gateway = aGateway(() => ({
    s3: { endpoint: "http://127.0.0.1:1", accessKey: "none", secretKey: "none" },
    vars: {},
  }));

  test("its client gets the reason, every time", async () => {
    for (let attempt = 0; attempt < 10; attempt++) {
      const body = Buffer.alloc((8 + attempt / 2) * MIB);
      const answer = await gateway.request("/v1/s3?key=a", {
        method: "PUT",
        headers: { "content-type": BINARY },
        body,
      });
      assert.equal(answer.status, 403);
    }
  });
});
