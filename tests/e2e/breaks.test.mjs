// Connections that close early, on either side. An object is stored completely or not changed, a client can always detect a
// truncated response, and the log names the side that closed the connection if the runtime reports the side.

import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { PassThrough } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MIB } from "./support/bodies.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { listen } from "./support/loopback.mjs";
import { realServers } from "./support/s3-servers.mjs";

const KIB = 1024;
const BINARY = "application/octet-stream";

/**
 * The end of a cause. Raw uploads of 128 KiB to 1 MiB are passed to `fetch` as they are, and longer ones through a pipe of the
 * runtime. In both cases, the runtime does not report which side closed the connection.
 */
const EITHER_END = "(the server or the client broke the upload off)";

/** Sends the head of an upload and a third of its body, and disconnects. Resolves to the log lines of the request. */
async function disconnect(gateway, key, type, how) {
  const socket = connect(gateway.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  const body = Buffer.alloc(MIB, "A");
  socket.write(
    `PUT /v1/s3?key=${key} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${3 * MIB}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.write(body, resolve));
  await sleep(100); // S3 receives a part of the body in this time.
  socket[how]();
  // Skips the log line of an earlier upload of the other type, which can arrive late.
  const isOfThisType = (line) => (line.request_conversion === "identity") === (type === BINARY);
  let lines = [];
  if (how === "resetAndDestroy") {
    // After a reset, the runtime may cancel the request without a log line.
    await sleep(300);
    lines = gateway.logs.splice(0).filter(isOfThisType);
  } else {
    while (lines.length === 0) lines = [await gateway.nextLog()].filter(isOfThisType);
  }
  socket.destroy();
  return lines;
}

/**
 * Starts a gateway with its own S3. When the first data of a request arrives, S3 sends `lines`, unless they are null, and calls
 * `act(socket, data)`. A variable may be a function of the port of S3.
 */
async function brokenS3(t, lines, act, /** @type {Record<string, any>} */ { api, ...vars } = {}) {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (first) => {
      if (lines) socket.write(lines);
      act(socket, first);
    });
  });
  const { port, stop } = await listen(server);
  t.after(stop);
  const of = (value) => (typeof value === "function" ? value(port) : value);
  const gateway = await startGateway({
    api,
    s3: { endpoint: `http://127.0.0.1:${port}`, accessKey: "AKIDEXAMPLE", secretKey: "secret" },
    vars: { ...OPEN, ...Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, of(value)])) },
  });
  t.after(() => gateway.stop());
  return gateway;
}

/** Returns a response of S3 as the text on the wire. */
const wire = (status, headers, body) => [`HTTP/1.1 ${status}`, ...headers, "", body].join("\r\n");
const JPEG = "Content-Type: image/jpeg";
const FAILED = '{"message": "Network error communicating with endpoint"}';
const ends = (socket) => socket.end();
const resets = (socket) => socket.resetAndDestroy();
const later = (act) => (socket) => setTimeout(() => act(socket), 50);
const PART = "x".repeat(1024);
const head = (...headers) => wire("200 OK", [JPEG, ...headers], "");

for (const server of realServers()) {
  describe(`${server.name}: the client disconnects during its upload`, () => {
    const gateway = aGateway(() => ({ s3: server.s3, vars: OPEN }));

    for (const [type, conversion, status, error, cause] of /** @type {any[][]} */ ([
      [BINARY, "raw", 504, "INTEGRATION_FAILURE", EITHER_END],
      ["application/json", "base64", 400, "BAD_REQUEST_BODY", "the client broke off"],
    ])) {
      for (const [how, what] of [
        ["resetAndDestroy", "the client resets the connection"],
        ["destroy", "the client closes the connection"],
        ["end", "the client closes its sending side"],
      ]) {
        test(`${conversion}, ${what}: an old object is unchanged, and no new object is stored`, async () => {
          await server.store.put("old", "as it was");
          for (const key of ["old", "new"]) {
            for (const log of await disconnect(gateway, key, type, how)) {
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

    test("the next upload is stored completely", async () => {
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

describe("S3 closes the connection during its response", () => {
  for (const [what, act] of [
    ["closes", later(ends)],
    ["resets", later(resets)],
  ]) {
    test(`S3 ${what} the connection while the bytes are streamed: the client's connection breaks`, async (t) => {
      const gateway = await brokenS3(t, head("Content-Length: 2048") + PART, act);
      await assert.rejects(gateway.request("/v1/s3?key=a", { headers: { accept: BINARY } }), /aborted|ECONNRESET/);
      const log = await gateway.nextLog();
      assert.deepEqual([log.status, log.s3_status, log.bytes_out], [200, 200, 2048]);
    });

    test(`S3 ${what} the connection before the response is converted: 504 without the bytes`, async (t) => {
      const gateway = await brokenS3(t, head("Content-Length: 2048") + PART, act);
      const answer = await gateway.request("/v1/s3?key=a", { headers: { accept: "application/json" } });
      assert.equal(answer.status, 504);
      assert.equal(answer.body.toString(), '{"message": "Network error communicating with endpoint"}');
      const log = await gateway.nextLog();
      assert.equal(log.s3_status, 200);
      assert.deepEqual(log.causes, ["S3 broke off its response: Network connection lost."]);
    });
  }

  test("a truncated chunked response that needs conversion: 504", async (t) => {
    const lines = `${head("Transfer-Encoding: chunked")}400\r\n${PART}\r\n`;
    const gateway = await brokenS3(t, lines, later(ends));
    assert.equal((await gateway.request("/v1/s3?key=a", { headers: { accept: "application/json" } })).status, 504);
  });

  // The runtime streams these responses itself. So the gateway cannot log the end of a response: see docs/operations.md.
  const api = (type) =>
    JSON.stringify(
      documentOf("/s3", { get: operation("GET", "", { type, uri: `http://\${stageVariables.backend}/a` }) }),
    );
  const backend = { STAGE_VARIABLES: (port) => JSON.stringify({ backend: `127.0.0.1:${port}` }) };
  for (const [name, vars] of /** @type {[string, any][]} */ ([
    ["S3", {}],
    ["an http backend", { api: api("http"), ...backend }],
    ["an http_proxy backend", { api: api("http_proxy"), ...backend }],
    ["the original API", { api: api("aws_proxy"), PASSTHROUGH_URL: (port) => `http://127.0.0.1:${port}` }],
  ])) {
    for (const [how, act] of [
      ["closed", later(ends)],
      ["reset", later(resets)],
    ]) {
      for (const [where, chunks] of [
        ["between two chunks", `400\r\n${PART}\r\n`],
        ["within a chunk", `800\r\n${PART}`],
      ]) {
        test(`a chunked response of ${name}, ${how} ${where}: the client's connection breaks`, async (t) => {
          const gateway = await brokenS3(t, head("Transfer-Encoding: chunked") + chunks, act, vars);
          await assert.rejects(gateway.request("/v1/s3?key=a", { headers: { accept: BINARY } }), /aborted|ECONNRESET/);
          assert.equal((await gateway.nextLog()).status, 200);
        });
      }
    }
  }
});

describe("S3 sends a wrong Content-Length, or none", () => {
  const ask = (gateway, accept) => gateway.request("/v1/s3?key=a", { headers: { accept } });
  const base64 = (text) => `{\n   "image": "${Buffer.from(text).toString("base64")}"\n}`;

  for (const [accept, form] of /** @type {any[][]} */ ([
    [BINARY, (text) => text],
    ["application/json", base64],
  ])) {
    test(`a body longer than its Content-Length, Accept ${accept}: the client gets the declared bytes`, async (t) => {
      const gateway = await brokenS3(t, wire("200 OK", [JPEG, "Content-Length: 1000"], PART), later(ends));
      const answer = await ask(gateway, accept);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.toString(), form(PART.slice(0, 1000)));
      assert.equal(answer.headers["content-length"], String(answer.body.length));
      assert.equal((await gateway.nextLog()).causes, undefined);
    });

    test(`no Content-Length, and S3 closes the connection, Accept ${accept}: the client gets the body`, async (t) => {
      const gateway = await brokenS3(t, wire("200 OK", [JPEG, "Connection: close"], PART), later(ends));
      const answer = await ask(gateway, accept);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.toString(), form(PART));
      assert.ok(answer.complete);
    });

    for (const [what, headers] of [
      ["is not a number", ["Content-Length: many"]],
      ["is negative", ["Content-Length: -1"]],
      ["is sent twice with two values", ["Content-Length: 10", "Content-Length: 20"]],
    ]) {
      test(`the Content-Length ${what}, Accept ${accept}: 504`, async (t) => {
        const gateway = await brokenS3(t, wire("200 OK", [JPEG, ...headers], PART), later(ends));
        const answer = await ask(gateway, accept);
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
        assert.equal((await gateway.nextLog()).error, "INTEGRATION_FAILURE");
      });
    }
  }
});

describe("S3 closes the connection during an error document", () => {
  const XML = `<Error><Code>NoSuchKey</Code><Message>${PART}</Message></Error>`;
  const head = (...headers) => wire("404 Not Found", ["Content-Type: application/xml", ...headers], "");
  const half = XML.slice(0, 600);

  for (const accept of [BINARY, "application/json"]) {
    for (const [what, act] of [
      ["closes", ends],
      ["resets", resets],
    ]) {
      test(`S3 ${what} the connection, Accept ${accept}: 504 without the document`, async (t) => {
        const gateway = await brokenS3(t, head(`Content-Length: ${XML.length}`) + half, later(act));
        const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
        const log = await gateway.nextLog();
        assert.deepEqual([log.s3_status, log.error, log.s3_error], [404, "INTEGRATION_FAILURE", undefined]);
        assert.deepEqual(log.causes, ["S3 broke off its response: Network connection lost."]);
      });

      test(`S3 ${what} the connection of a chunked body, Accept ${accept}: 504 without the document`, async (t) => {
        const chunk = `${half.length.toString(16)}\r\n${half}\r\n`;
        const gateway = await brokenS3(t, head("Transfer-Encoding: chunked") + chunk, later(act));
        const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
      });
    }

    test(`a document longer than its Content-Length, Accept ${accept}: the client gets the declared bytes`, async (t) => {
      const gateway = await brokenS3(t, head(`Content-Length: ${XML.length}`) + XML + XML, later(ends));
      const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
      assert.deepEqual([answer.status, answer.body.toString()], [500, XML]);
      assert.equal((await gateway.nextLog()).s3_error, "NoSuchKey");
    });

    test(`a document without a Content-Length, Accept ${accept}: the client gets the document`, async (t) => {
      const gateway = await brokenS3(t, head("Connection: close") + XML, later(ends));
      const answer = await gateway.request("/v1/s3?key=a", { headers: { accept } });
      assert.deepEqual([answer.status, answer.body.toString()], [500, XML]);
    });
  }

  const LARGEST = 256 * 1024;
  for (const size of [LARGEST, LARGEST + 1]) {
    for (const way of ["with a length", "chunked"]) {
      test(`an error document of ${size} bytes, ${way}: ${size > LARGEST ? "504" : "the client gets the document"}`, async (t) => {
        const body = "e".repeat(size);
        const lines =
          way === "with a length"
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

describe("S3 stalls during its response", () => {
  const slow = documentOf("/files", { get: operation("GET", "s3:path/a", { timeoutInMillis: 300 }) });
  const read = (gateway, accept) => gateway.request("/v1/files", { headers: { accept } });

  /** Starts a gateway whose S3 sends `lines` and then nothing more. */
  const stalled = (t, lines, vars = {}) => brokenS3(t, lines, () => {}, { api: slow, ...vars });

  for (const COMPATIBILITY of ["edge", "aws"]) {
    test(`an error document, in ${COMPATIBILITY}: 504`, async (t) => {
      const gateway = await stalled(
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

  test("an object that is buffered, in aws: 504", async (t) => {
    const gateway = await stalled(t, wire("200 OK", [JPEG, "Content-Length: 2048"], PART), { COMPATIBILITY: "aws" });
    assert.equal((await read(gateway, "application/json")).status, 504);
    assert.equal((await gateway.nextLog()).error, "INTEGRATION_TIMEOUT");
  });

  test("an object that is streamed, in edge: no time limit after the head", async (t) => {
    const body = `${wire("200 OK", [JPEG, "Content-Length: 2048"], PART)}`;
    const gateway = await brokenS3(t, body, (socket) => setTimeout(() => socket.end(PART), 1000), { api: slow });
    const answer = await read(gateway, "application/json");
    assert.deepEqual([answer.status, answer.body.length], [200, Math.ceil(2048 / 3) * 4]);
  });
});

describe("S3 closes the connection during an upload", () => {
  for (const [size, way] of /** @type {[number, string][]} */ ([
    [512 * KIB, "512 KiB, passed to fetch as they are"],
    [16 * MIB, "16 MiB, piped"],
  ])) {
    /** Sends half of the body, and waits for the response before the rest. A client that does not wait can miss the response. */
    const putHalf = async (gateway) => {
      const body = new PassThrough();
      body.write(Buffer.alloc(size / 2));
      const headers = { "content-type": BINARY, "content-length": size };
      try {
        return await gateway.request("/v1/s3?key=a", { method: "PUT", headers, body });
      } finally {
        body.end();
      }
    };

    for (const [what, act] of [
      ["closes", later(ends)],
      ["resets", later(resets)],
    ]) {
      test(`S3 ${what} the connection (${way}): 504`, async (t) => {
        const gateway = await brokenS3(t, null, act);
        const answer = await putHalf(gateway);
        assert.deepEqual([answer.status, answer.body.toString()], [504, FAILED]);
        const log = await gateway.nextLog();
        assert.equal(log.error, "INTEGRATION_FAILURE");
        assert.deepEqual(log.causes, [`S3 could not be reached: Network connection lost. ${EITHER_END}`]);
      });
    }

    for (const [what, act] of [
      ["reads on", (socket) => socket.resume()],
      ["closes the connection", ends],
    ]) {
      test(`S3 refuses before it has the whole body, and ${what} (${way}): the client gets S3's error document`, async (t) => {
        const refusal = "<Error><Code>AccessDenied</Code></Error>";
        const headers = ["Content-Type: application/xml", `Content-Length: ${refusal.length}`];
        const gateway = await brokenS3(t, wire("403 Forbidden", headers, refusal), act);
        const answer = await putHalf(gateway);
        assert.deepEqual([answer.status, answer.body.toString()], [500, refusal]);
        assert.equal((await gateway.nextLog()).s3_status, 403);
      });
    }
  }
});

describe("S3 stalls during an upload", () => {
  const slow = documentOf("/files", { put: operation("PUT", "s3:path/a", { timeoutInMillis: 500 }) });
  const put = (gateway) =>
    gateway.request("/v1/files", { method: "PUT", headers: { "content-type": BINARY }, body: Buffer.alloc(32 * MIB) });

  test("S3 stops reading the body: 504, and its connection is closed", async (t) => {
    let closed;
    const gateway = await brokenS3(
      t,
      null,
      (socket) => {
        closed = new Promise((resolve) => socket.once("close", () => resolve("closed")));
        socket.pause();
        setTimeout(() => socket.resume(), 4000).unref(); // A paused socket emits no `close`.
      },
      { api: slow },
    );
    const answer = await put(gateway);
    assert.deepEqual([answer.status, answer.body.toString()], [504, '{"message": "Endpoint request timed out"}']);
    assert.equal((await gateway.nextLog()).error, "INTEGRATION_TIMEOUT");
    assert.equal(await Promise.race([closed, sleep(8000, "open", { ref: false })]), "closed");
  });

  test("the client sends the body for longer than timeoutInMillis: 200", async (t) => {
    const gateway = await brokenS3(
      t,
      null,
      (socket, first) => {
        // The head and the start of the body can arrive together.
        let size = first.length - (first.indexOf("\r\n\r\n") + 4);
        socket.resume();
        socket.on("data", (bytes) => {
          size += bytes.length;
          if (size >= 3 * MIB) socket.end(wire("200 OK", ["Content-Length: 0"], ""));
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

describe("an upload that is refused before its body is complete", () => {
  const gateway = aGateway(() => ({
    s3: { endpoint: "http://127.0.0.1:1", accessKey: "none", secretKey: "none" },
    vars: {},
  }));

  test("the client gets the response in each of ten attempts", async () => {
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
