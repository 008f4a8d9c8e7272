// Downloads as base64 of any size, converted block by block and exact to the byte. A client can always detect a truncated
// download.

import assert from "node:assert/strict";
import { get as httpGet } from "node:http";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { blocks, bytesOf, hashOf, MIB, steady } from "./support/bodies.mjs";
import { document } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { peakOfRuntime } from "./support/wasm-probe.mjs";

/** The size of the blocks that the gateway reads from S3, in bytes. */
const BLOCK = 768 * 1024;
const TYPE = { "content-type": "image/jpeg" };

/** Documents, each with the template text before and after the base64. */
const DOCUMENTS = [
  { name: "with a template", api: undefined, before: '{\n   "image": "', after: '"\n}', empty: "{}" },
  { name: "without a template", api: document("sample-openapi-3.0.json"), before: "", after: "", empty: "" },
];

const textOf = ({ before, after, empty }, bytes) =>
  `${before}${bytes.length === 0 ? empty : bytes.toString("base64")}${after}`;

const getJson = (gateway, key = "a") =>
  gateway.request(`/v1/s3?key=${key}`, { headers: { accept: "application/json" } });

/** Asserts that the response is exactly `text`, and that it has a `Content-Length` only if `withLength` is true. */
function isText(answer, text, { withLength }) {
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.equal(answer.headers["content-length"], withLength ? String(text.length) : undefined);
  assert.equal(answer.body.length, text.length);
  assert.ok(answer.body.equals(Buffer.from(text, "latin1")), "the text has the base64 of the bytes");
  assert.ok(answer.complete);
}

describe("sizes around every threshold", () => {
  const s3 = aRecorder({
    answer({ target }, response) {
      const [, size, way] = /(\d+)-(\w+)/.exec(target) ?? [];
      const bytes = bytesOf(Number(size), size);
      response.writeHead(200, way === "chunked" ? TYPE : { ...TYPE, "content-length": bytes.length });
      if (way === "chunked") Readable.from(blocks(bytes.length, size)).pipe(response);
      else response.end(bytes);
    },
  });
  const sizes = [
    0,
    1,
    2,
    3,
    4,
    ...[BLOCK, 2 * MIB, 3 * BLOCK].flatMap((size) => [size - 1, size, size + 1]),
    7 * MIB + 5,
  ];

  for (const description of DOCUMENTS) {
    describe(description.name, () => {
      const gateway = aGateway(() => ({ api: description.api, s3, vars: OPEN }));
      for (const way of ["length", "chunked"]) {
        test(way === "length" ? "S3 sends a Content-Length" : "S3 sends no Content-Length", async () => {
          for (const size of sizes) {
            const text = textOf(description, bytesOf(size, String(size)));
            const answer = await getJson(gateway, `${size}-${way}`);
            isText(answer, text, { withLength: way === "length" });
            const log = await gateway.nextLog();
            assert.deepEqual(
              [log.status, log.bytes_out, log.causes],
              [200, text.length, undefined],
              JSON.stringify(log),
            );
          }
        });
      }
    });
  }
});

for (const server of realServers()) {
  for (const description of DOCUMENTS) {
    describe(`${server.name}, ${description.name}`, () => {
      const gateway = aGateway(() => ({ api: description.api, s3: server.s3, vars: OPEN }));

      for (const size of [0, 2 * MIB, 2 * MIB + 1, 64 * MIB + 1]) {
        test(`an object of ${size} bytes is downloaded completely`, async () => {
          const bytes = bytesOf(size, "real");
          if (description === DOCUMENTS[0]) await server.store.put(`${size}.jpg`, bytes, TYPE);
          isText(await getJson(gateway, `${size}.jpg`), textOf(description, bytes), { withLength: true });
        });
      }

      test("two concurrent downloads are not mixed", async () => {
        const bodies = ["one", "two"].map((seed) => bytesOf(9 * MIB + seed.length, seed));
        await Promise.all(bodies.map((body, nth) => server.store.put(`both-${nth}.jpg`, body, TYPE)));
        const answers = await Promise.all(bodies.map((_, nth) => getJson(gateway, `both-${nth}.jpg`)));
        for (const [nth, answer] of answers.entries())
          isText(answer, textOf(description, bodies[nth]), { withLength: true });
      });
    });
  }
}

/** Downloads an object that may be truncated. Resolves to `{ status, body, whole }`. */
function received(gateway) {
  return new Promise((resolve, reject) => {
    httpGet(
      new URL("/v1/s3?key=a", gateway.url),
      { headers: { accept: "application/json" }, agent: false },
      (response) => {
        const chunks = [];
        const done = (whole) =>
          resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString("latin1"), whole });
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", () => done(false));
        response.on("end", () => done(response.complete));
      },
    ).on("error", reject);
  });
}

describe("S3 closes the connection", () => {
  const declared = 3 * MIB;
  let act;
  const s3 = aRecorder({ answer: (_, response) => act(response) });

  const WAYS = {
    "resets the connection": (socket) => socket.resetAndDestroy(),
    "closes the connection": (socket) => socket.end(),
  };
  /** Sends the head and this many bytes, and then calls `end` with the socket. */
  const sends = (bytes, headers, end) => (response) => {
    response.writeHead(200, { ...TYPE, ...headers });
    response.flushHeaders();
    if (bytes > 0) response.write(bytesOf(bytes, "broken"));
    setTimeout(() => end(response.socket), 100);
  };

  for (const description of DOCUMENTS) {
    describe(description.name, () => {
      const gateway = aGateway(() => ({ api: description.api, s3, vars: OPEN }));
      const whole = textOf(description, bytesOf(declared, "broken"));

      for (const [way, end] of Object.entries(WAYS)) {
        for (const headers of [{ "content-length": declared }, {}]) {
          const how = `${way}, ${headers["content-length"] ? "with Content-Length" : "without Content-Length"}`;

          test(`S3 ${how}: the client detects that the body is truncated`, async () => {
            act = sends(2 * BLOCK + 1000, headers, end);
            const { status, body, whole: looksWhole } = await received(gateway);
            assert.equal(status, 200);
            assert.ok(
              body.length > 0 && body.length < whole.length && whole.startsWith(body),
              `${body.length} characters`,
            );
            assert.equal(looksWhole, false);
            const log = await gateway.nextLog();
            assert.equal(log.s3_status, 200);
            assert.deepEqual(log.causes, ["S3 broke off its response: Network connection lost."]);
          });

          test(`S3 ${how}, before the first block is complete: 504`, async () => {
            for (const bytes of [0, 1000, BLOCK - 1]) {
              act = sends(bytes, headers, end);
              const answer = await getJson(gateway);
              assert.equal(answer.status, 504);
              assert.equal(answer.body.toString(), '{"message": "Network error communicating with endpoint"}');
              const log = await gateway.nextLog();
              assert.deepEqual([log.status, log.error, log.s3_status], [504, "INTEGRATION_FAILURE", 200]);
              assert.deepEqual(log.causes, ["S3 broke off its response: Network connection lost."]);
            }
          });
        }
      }

      test("S3 sends more than its Content-Length: the client gets the declared bytes", async () => {
        act = (response) => {
          const bytes = bytesOf(declared, "broken");
          const head = [
            "HTTP/1.1 200 OK",
            "Content-Type: image/jpeg",
            `Content-Length: ${declared}`,
            "Connection: close",
            "",
            "",
          ];
          response.socket.end(Buffer.concat([Buffer.from(head.join("\r\n")), bytes, bytes]));
        };
        isText(await getJson(gateway), whole, { withLength: true });
        assert.equal((await gateway.nextLog()).causes, undefined);
      });

      test("the next download is complete", async () => {
        act = (response) =>
          response.writeHead(200, { ...TYPE, "content-length": declared }).end(bytesOf(declared, "broken"));
        isText(await getJson(gateway), whole, { withLength: true });
      });
    });
  }
});

describe("a client of a large download", () => {
  const size = 256 * MIB;
  let written, closed;
  const s3 = aRecorder({
    answer({ target }, response) {
      written = 0;
      closed = new Promise((resolve) => response.on("close", () => resolve({ finished: response.writableFinished })));
      response.writeHead(200, target.includes("chunked") ? TYPE : { ...TYPE, "content-length": size });
      const counted = function* () {
        for (const block of blocks(size, "client")) {
          written += block.length;
          yield block;
        }
      };
      Readable.from(counted(), { highWaterMark: 1 }).pipe(response);
    },
  });
  const gateway = aGateway(() => ({ s3, vars: OPEN }));
  const begin = (key) =>
    new Promise((resolve, reject) => {
      const options = { headers: { accept: "application/json" }, agent: false };
      httpGet(new URL(`/v1/s3?key=${key}`, gateway.url), options, resolve).on("error", reject);
    });

  for (const how of ["resetAndDestroy", "destroy"]) {
    for (const key of ["length", "chunked"]) {
      test(`the client disconnects (${how}, ${key}): S3's connection is closed, and the log names the client as the cause`, async () => {
        const response = await begin(key);
        response.on("error", () => {});
        await new Promise((resolve) => response.once("data", resolve));
        response.socket[how]();
        const log = await gateway.nextLog();
        assert.equal(log.status, 200);
        assert.match(log.causes.join(), /^the client broke off: /);
        const late = sleep(3000, "S3's connection is still open", { ref: false });
        assert.deepEqual(await Promise.race([closed, late]), { finished: false });
        assert.ok(written < size / 2, `S3 sent ${written} bytes that no client reads`);
      });
    }
  }

  test("the client reads slowly: S3 waits, and memory grows by less than 64 MiB", async () => {
    const response = await begin("length");
    const atFirst = peakOfRuntime();
    let read = 0;
    for (let nth = 0; nth < 5; nth++) {
      await new Promise((resolve) => response.once("readable", resolve));
      read += response.read()?.length ?? 0;
      await steady(() => written, 200);
    }
    assert.ok(read > 0);
    assert.ok(written < 64 * MIB, `S3 sent ${written} bytes to a client that has read ${read}`);
    if (atFirst !== null) {
      const grown = Number(peakOfRuntime()) - atFirst;
      assert.ok(grown < 64 * MIB, `the runtime's memory grew by ${grown} bytes`);
    }
    response.on("error", () => {});
    response.destroy();
    await closed;
    await gateway.nextLog();
  });

  test("the client reads everything: the bytes are right, and memory grows by less than 64 MiB", async () => {
    const response = await begin("length");
    const atFirst = peakOfRuntime();
    const { before, after } = DOCUMENTS[0];
    const decoded = async function* () {
      let rest = "";
      let isFirst = true;
      for await (const chunk of response.setEncoding("latin1")) {
        rest += isFirst ? chunk.slice(before.length) : chunk;
        isFirst = false;
        const whole = Math.floor((rest.length - after.length) / 4) * 4;
        if (whole <= 0) continue;
        yield Buffer.from(rest.slice(0, whole), "base64");
        rest = rest.slice(whole);
      }
      assert.equal(rest, after);
    };
    const pieces = [];
    for await (const piece of decoded()) pieces.push(piece);
    assert.equal(hashOf(pieces), hashOf(blocks(size, "client")));
    if (atFirst !== null) assert.ok(Number(peakOfRuntime()) - atFirst < 64 * MIB);
    assert.equal((await gateway.nextLog()).causes, undefined);
  });
});
