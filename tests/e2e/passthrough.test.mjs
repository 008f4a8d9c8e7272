// Passthrough: the request that the original API receives, and the response that the client receives. The original API is a
// second server on the loopback interface.

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { freePorts } from "../../scripts/processes.mjs";
import { bytesOf, chunkedBody, MIB } from "./support/bodies.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { started } from "./support/hooks.mjs";
import { defaultAnswer, fieldsOf, namesOf, startOriginal } from "./support/original.mjs";
import { sha256 } from "./support/sigv4.mjs";

const LAMBDA = {
  type: "aws_proxy",
  httpMethod: "POST",
  uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations",
};
const lambda = (more = {}) => ({
  responses: { 200: { description: "ok" } },
  "x-amazon-apigateway-integration": LAMBDA,
  ...more,
});
const ANY = "x-amazon-apigateway-any-method";
const PATH = { parameters: [{ name: "path", in: "path", required: true, schema: { type: "string" } }] };

/** `/v1/any/...` and `/v1/signed` are unsupported operations; `/v1/signed` needs a signature. `/v1/files` has an S3 backend. */
const API = documentOf(
  "/any/{path+}",
  { [ANY]: lambda(PATH) },
  {
    components: {
      securitySchemes: {
        sigv4: { type: "apiKey", name: "Authorization", in: "header", "x-amazon-apigateway-authtype": "awsSigv4" },
      },
    },
  },
);
API.paths["/signed"] = { get: lambda({ security: [{ sigv4: [] }] }) };
API.paths["/files"] = { get: operation("GET", "s3:path/bucket/a") };

// Without this flag, the runtime does not abort the signal of a POST when its client disconnects. wrangler.toml sets the flag, too.
const FLAGS = { flags: ["enable_request_signal"] };
const KEYS = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
const start = (vars, options = {}) => startGateway({ api: API, vars: { ...KEYS, ...vars }, ...FLAGS, ...options });
/** Resolves to the value of `promise`, or to "nothing" if it is pending after `millis`. */
const within = (promise, millis = 5000) => Promise.race([promise, sleep(millis, "nothing", { ref: false })]);

const original = started(startOriginal);
const gateway = started(() => start({ PASSTHROUGH_URL: original.url }));

/**
 * Sends one request. Resolves to `{ seen, count, response, log }`: the request that the original API has received, the number of
 * its requests, the response to the client, and the log line.
 */
async function exchange(path, init = {}, /** @type {(...of: any[]) => unknown} */ answer = defaultAnswer) {
  gateway.logs.length = 0;
  original.requests.length = 0;
  original.answer = answer;
  const response = await gateway.request(path, init);
  return { seen: original.requests[0], count: original.requests.length, response, log: await gateway.nextLog() };
}

/** Sends `text` on a new socket, for requests that `fetch` and `http.request` do not send. Resolves to the whole response. */
function raw(text, { port = gateway.port } = {}) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (chunk) => (answer += chunk));
    socket.on("error", reject).on("close", () => resolve(answer));
    socket.write(text);
  });
}

describe("the request that the original API receives", () => {
  for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    test(`${method} without a body keeps its path and query`, async () => {
      const { seen, response, log } = await exchange("/v1/any/a%2Fb/c?b=2&a=%20&&x", { method });
      assert.deepEqual([seen.method, seen.target], [method, "/prod/any/a%2Fb/c?b=2&a=%20&&x"]);
      assert.deepEqual(
        [response.status, response.body.toString()],
        [200, method === "HEAD" ? "" : "from the original"],
      );
      assert.equal((await seen.body()).length, 0);
      assert.deepEqual(
        [log.backend, log.status, log.endpoint_status, log.resource_path, log.error],
        ["passthrough", 200, 200, "/any/{path+}", undefined],
      );
      assert.equal(log.bytes_out, method === "HEAD" ? 0 : 17);
      assert.doesNotMatch(JSON.stringify(log), /b=2|%20/);
    });
  }

  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET"]) {
    for (const size of [0, 1, 70_000, 3 * MIB]) {
      for (const chunked of size > 0 ? [false, true] : [false]) {
        // The workerd of July 2026 sent this body. The cause of the change is not known.
        const todo = chunked && method === "GET" && "the local workerd of wrangler 4.164 does not send this body";
        test(`${method} with ${size} bytes${chunked ? ", chunked," : ""} keeps its body`, { todo }, async () => {
          const bytes = bytesOf(size, method);
          const body = chunked
            ? Readable.from(
                [bytes.subarray(0, 10), bytes.subarray(10)].filter((part) => part.length),
                { objectMode: false },
              )
            : bytes;
          const headers = { "content-type": "application/json", ...(chunked && { "transfer-encoding": "chunked" }) };
          const { seen, response, log } = await exchange("/v1/any/x", { method, headers, body });
          assert.equal(response.status, 200);
          assert.ok((await seen.body()).equals(bytes));
          assert.equal(seen.ended, true);
          const fields = fieldsOf(seen.rawHeaders);
          if (size > 0)
            assert.deepEqual(
              [fields["content-length"], fields["transfer-encoding"]],
              chunked ? [undefined, ["chunked"]] : [[String(size)], undefined],
            );
          assert.deepEqual(fields["content-type"], ["application/json"]);
          assert.equal(log.bytes_in, chunked ? undefined : size);
        });
      }
    }
  }

  test("other methods on unknown routes are sent to the original API with PASSTHROUGH_UNKNOWN", async (t) => {
    const unknown = await start({ PASSTHROUGH_URL: original.url, PASSTHROUGH_UNKNOWN: "true" });
    t.after(() => unknown.stop());
    original.requests.length = 0;
    const methods = ["PROPFIND", "REPORT", "LOCK", "PURGE", "SEARCH", "TRACE"];
    for (const method of methods) assert.equal((await unknown.request("/v1/new/x", { method })).status, 200, method);
    assert.deepEqual(
      original.requests.map(({ method, target }) => [method, target]),
      methods.map((method) => [method, "/prod/new/x"]),
    );
    assert.equal((await unknown.nextLog()).resource_path, undefined);
    assert.equal((await unknown.request("/elsewhere")).status, 403);
    assert.equal((await unknown.request("/v10/x")).status, 403);
    assert.equal(original.requests.length, methods.length);
  });

  test("request headers keep their spelling and their values", async () => {
    const headers = [
      ["Host", "api.example.com"],
      ["Zed", "1"],
      ["X-Api-Version", "2"],
      ["X-Two", "a"],
      ["X-Two", "b"],
      ["Authorization", "Bearer abc"],
      ["x-api-key", "key"],
      ["Cookie", "a=1; b=2"],
      ["X-HTTP-Method-Override", "POST"],
      ["X-Empty", ""],
      ["X-UTF-8", "caf\u00c3\u00a9"],
      ["constructor", "x"],
      ["Range", "bytes=0-1"],
      ["If-None-Match", '"e"'],
      ["If-Modified-Since", "Fri, 27 Nov 2026 10:00:00 GMT"],
      ["Cache-Control", "max-age=0"],
      ["User-Agent", "a test"],
    ].flat();
    const { seen } = await exchange("/v1/any/x", { headers });
    const fields = fieldsOf(seen.rawHeaders);
    for (let at = 2; at < headers.length; at += 2) {
      const name = headers[at].toLowerCase();
      if (name !== "x-two") assert.deepEqual(fields[name], [headers[at + 1]], name);
    }
    assert.deepEqual(fields["x-two"], ["a", "b"]);
    for (const name of ["Zed", "X-Api-Version", "X-Empty"]) assert.ok(namesOf(seen.rawHeaders).includes(name), name);
    assert.deepEqual(fields.host, [`127.0.0.1:${original.port}`]);
    assert.deepEqual(fields["x-s3-edge-gateway-hop"], ["1"]);
    // The option `cache: "no-store"` of `fetch` would add the header `Pragma`.
    assert.equal(fields.pragma, undefined);
  });

  test("the forwarding headers are set by the gateway, not by the client", async () => {
    const headers = {
      host: "api.example.com",
      "x-forwarded-for": "6.6.6.6",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "gopher",
      forwarded: "for=6.6.6.6",
      "cf-forged": "1",
      "cf-access-client-id": "mine",
    };
    const fields = fieldsOf((await exchange("/v1/any/x", { headers })).seen.rawHeaders);
    assert.deepEqual(fields["x-forwarded-for"], ["127.0.0.1"]);
    assert.deepEqual(fields["x-forwarded-host"], ["api.example.com"]);
    assert.deepEqual(fields["x-forwarded-proto"], ["http"]);
    assert.deepEqual(fields.forwarded, ['for=127.0.0.1;host="api.example.com";proto=http']);
    assert.deepEqual(
      [fields["cf-connecting-ip"], fields["cf-forged"], fields["cf-access-client-id"]],
      [undefined, undefined, ["mine"]],
    );
  });

  test("headers of the client's connection are not sent", async () => {
    const lines = [
      "GET /v1/any/x HTTP/1.1",
      "Host: a",
      "Connection: close, X-Secret, x-forwarded-for, constructor",
      "X-Secret: 1",
      "constructor: 1",
      "Keep-Alive: timeout=5",
      "TE: trailers",
      "Proxy-Authorization: Basic x",
      "Proxy-Connection: close",
      "Upgrade: h2c",
      "HTTP2-Settings: x",
      "Expect: 100-continue",
    ];
    original.requests.length = 0;
    assert.match(await raw(`${lines.join("\r\n")}\r\n\r\n`), /^HTTP\/1\.1 200 /);
    const fields = fieldsOf(original.requests[0].rawHeaders);
    for (const name of [
      "x-secret",
      "constructor",
      "keep-alive",
      "te",
      "proxy-authorization",
      "proxy-connection",
      "upgrade",
      "http2-settings",
      "expect",
    ])
      assert.equal(fields[name], undefined, name);
    assert.deepEqual(fields["x-forwarded-for"], ["127.0.0.1"]);
    await gateway.nextLog();
  });

  for (const [accepted, expected] of [
    ["gzip, deflate", ["gzip, deflate"]],
    ["br;q=0.5", ["br;q=0.5"]],
    ["identity", ["identity"]],
  ]) {
    test(`Accept-Encoding: ${accepted} is sent unchanged`, async () => {
      const { seen } = await exchange("/v1/any/x", { headers: { "accept-encoding": accepted } });
      assert.deepEqual(fieldsOf(seen.rawHeaders)["accept-encoding"], expected);
    });
  }
});

describe("the response that the client receives", () => {
  const answers = (status, headers, body) => async (seen, _request, response) => {
    await seen.body();
    response.writeHead(status, headers);
    response.end(body);
  };

  for (const status of [
    200, 201, 202, 206, 207, 299, 301, 302, 303, 307, 308, 400, 401, 403, 404, 409, 412, 416, 418, 429, 500, 502, 503,
    504, 511, 599,
  ]) {
    test(`the status ${status} is returned with its headers and body`, async () => {
      const { response, log, count } = await exchange(
        "/v1/any/x",
        {},
        answers(status, { Location: "/prod/y?z=1", "Content-Type": "text/x" }, "body"),
      );
      assert.deepEqual(
        [response.status, response.headers.location, response.headers["content-type"], response.body.toString()],
        [status, "/prod/y?z=1", "text/x", "body"],
      );
      assert.deepEqual([count, log.status, log.endpoint_status, log.error], [1, status, status, undefined]);
    });
  }

  for (const status of [204, 304]) {
    test(`the status ${status} is returned without a body`, async () => {
      const { response } = await exchange(
        "/v1/any/x",
        { headers: { "if-none-match": '"e"' } },
        answers(status, { ETag: '"e"' }),
      );
      assert.deepEqual([response.status, response.headers.etag, response.body.length], [status, '"e"', 0]);
    });
  }

  test("response headers keep their spelling and every value", async () => {
    const headers = [
      "Set-Cookie",
      "a=1; Path=/; HttpOnly",
      "Set-Cookie",
      "b=2, c",
      "X-Two",
      "1",
      "X-Two",
      "2",
      "X-Amzn-RequestId",
      "theirs",
      "X-Utf-8",
      "caf\u00c3\u00a9",
      "Content-Length",
      "2",
    ];
    // The body is a buffer, because node writes the head as UTF-8 if the body is a string.
    const { response, log } = await exchange("/v1/any/x", {}, answers(200, headers, Buffer.from("ok")));
    assert.equal(log.endpoint_request_id, "theirs");
    const fields = fieldsOf(response.rawHeaders);
    assert.deepEqual(fields["set-cookie"], ["a=1; Path=/; HttpOnly", "b=2, c"]);
    assert.deepEqual(fields["x-two"], ["1", "2"]);
    assert.deepEqual(fields["x-amzn-requestid"], ["theirs"]);
    assert.deepEqual(fields["x-utf-8"], ["caf\u00c3\u00a9"]);
    assert.deepEqual(fields["content-length"], ["2"]);
    assert.ok(namesOf(response.rawHeaders).includes("X-Amzn-RequestId"));
  });

  test("headers of the original's connection are not sent", async () => {
    const headers = {
      Connection: "close, X-Secret",
      "X-Secret": "1",
      "Keep-Alive": "timeout=99",
      "Proxy-Authenticate": "Basic",
      "X-Public": "1",
    };
    const { response } = await exchange("/v1/any/x", {}, answers(200, headers, "ok"));
    const fields = fieldsOf(response.rawHeaders);
    assert.deepEqual(
      [fields["x-secret"], fields["proxy-authenticate"], fields["x-public"]],
      [undefined, undefined, ["1"]],
    );
    assert.doesNotMatch(String(fields["keep-alive"]), /99/);
  });

  test("HEAD keeps the Content-Length of the original", async () => {
    const { response, seen } = await exchange(
      "/v1/any/x",
      { method: "HEAD" },
      answers(200, { "Content-Length": "12345", "Content-Type": "image/jpeg" }),
    );
    assert.deepEqual(
      [seen.method, response.status, response.headers["content-length"], response.headers["content-type"]],
      ["HEAD", 200, "12345", "image/jpeg"],
    );
  });

  test("Range and If-Range are sent, and the 206 is returned", async () => {
    const { response, seen } = await exchange(
      "/v1/any/x",
      { headers: { range: "bytes=2-3", "if-range": '"e"' } },
      answers(206, { "Content-Range": "bytes 2-3/10" }, "cd"),
    );
    assert.deepEqual([seen.headers.range, seen.headers["if-range"]], ["bytes=2-3", '"e"']);
    assert.deepEqual(
      [response.status, response.headers["content-range"], response.body.toString()],
      [206, "bytes 2-3/10", "cd"],
    );
  });

  for (const [coding, encode] of /** @type {any[][]} */ ([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])) {
    test(`a body with Content-Encoding ${coding} is not decoded`, async () => {
      const encoded = encode("hello ".repeat(1000));
      const { response } = await exchange(
        "/v1/any/x",
        { headers: { "accept-encoding": coding } },
        answers(200, { "Content-Encoding": coding, "Content-Length": encoded.length }, encoded),
      );
      assert.ok(response.body.equals(encoded));
      assert.deepEqual(
        [response.headers["content-encoding"], response.headers["content-length"]],
        [coding, String(encoded.length)],
      );
    });
  }

  test("a Content-Encoding that the runtime does not support is unchanged", async () => {
    const { response } = await exchange(
      "/v1/any/x",
      { headers: { "accept-encoding": "zstd" } },
      answers(200, { "Content-Encoding": "zstd" }, "as it is"),
    );
    assert.deepEqual([response.headers["content-encoding"], response.body.toString()], ["zstd", "as it is"]);
  });
});

describe("bodies stream", () => {
  test("64 MiB are sent and received", async () => {
    const size = 64 * MIB;
    const down = bytesOf(size, "down");
    const up = bytesOf(size, "up");
    for (const chunked of [false, true]) {
      const body = chunked ? chunkedBody(up) : up;
      const { seen, response } = await exchange(
        "/v1/any/x",
        { method: "POST", body },
        async (seen, _request, response) => {
          await seen.body();
          if (!chunked) response.setHeader("content-length", size);
          response.write(down);
          response.end();
        },
      );
      assert.equal(sha256(await seen.body()), sha256(up));
      assert.equal(sha256(response.body), sha256(down));
      assert.equal(response.headers["content-length"], chunked ? undefined : String(size));
    }
  });

  for (const length of [undefined, 12]) {
    test(`each part is forwarded as soon as it arrives, ${length ? "with" : "without"} a length`, async () => {
      original.answer = (_seen, request, response) => {
        response.writeHead(200, length ? { "content-length": length } : {});
        request.on("data", (chunk) => response.write(chunk));
        request.on("end", () => response.end());
      };
      const headers = length ? { "content-length": length } : { "transfer-encoding": "chunked" };
      const sending = httpRequest({
        host: "127.0.0.1",
        port: new URL(gateway.url).port,
        path: "/v1/any/x",
        method: "POST",
        headers,
        agent: false,
      });
      let isWhole = false;
      const answering = new Promise((resolve) => sending.once("response", resolve));
      const whole = answering.then(
        (response) =>
          new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
            response.on("end", () => {
              isWhole = true;
              resolve();
            });
          }),
      );
      const got = [];
      for (const part of ["one.", "two.", "end."]) {
        sending.write(part);
        const response = await within(answering);
        assert.notEqual(response, "nothing", "no head before the end of the request");
        if (got.length === 0) response.setEncoding("utf8").on("data", (chunk) => got.push(chunk));
        for (let waited = 0; !got.join("").endsWith(part) && waited < 100; waited++) await sleep(20);
        assert.ok(got.join("").endsWith(part), `${part} has not come back before the next part was sent`);
      }
      sending.end();
      await within(whole);
      assert.ok(isWhole);
      assert.equal(got.join(""), "one.two.end.");
      await gateway.nextLog();
    });
  }

  // A chunked response to a request that is not read is not tested: the runtime ends such a response only when the request ends.
  for (const [what, headers, isRead] of [
    ["with a length", { "content-length": 3 }, true],
    ["with a length", { "content-length": 3 }, false],
    ["chunked", {}, true],
  ]) {
    test(`a response ${what} before the end of a request that ${isRead ? "is" : "is not"} read`, async () => {
      // The client waits for the response before it sends the rest. A client that does not wait can miss the response.
      const body = new PassThrough();
      body.write(bytesOf(MIB, "refused"));
      const init = { method: "POST", headers: { "content-length": 32 * MIB }, body };
      const sending = exchange("/v1/any/x", init, (_seen, request, response) => {
        response.writeHead(413, headers);
        response.end("big");
        if (!isRead) request.pause();
      });
      const { response } = await within(sending);
      assert.deepEqual([response.status, response.body.toString()], [413, "big"]);
      body.destroy();
    });
  }
});

describe("a client that disconnects", () => {
  const port = () => gateway.port;
  /** Sends `text`, waits for `until()`, and disconnects. */
  async function disconnecting(text, until) {
    const socket = connect(port(), "127.0.0.1");
    socket.on("error", () => {}).resume();
    socket.write(text);
    await until();
    socket.resetAndDestroy();
  }
  const hang = () => {};

  for (const [what, head] of [
    ["with a length", "Content-Length: 1000000\r\n\r\n0123456789"],
    ["chunked", "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"],
  ]) {
    test(`during an upload ${what}: the original's connection closes without the end of the body`, async () => {
      gateway.logs.length = 0;
      original.answer = hang;
      const arriving = original.next();
      let seen;
      await disconnecting(`POST /v1/any/x HTTP/1.1\r\nHost: a\r\n${head}`, async () => {
        seen = await arriving;
        for (let waited = 0; Buffer.concat(seen.chunks).length < 10 && waited < 100; waited++) await sleep(20);
      });
      assert.notEqual(await within(seen.closed), "nothing");
      assert.deepEqual([(await seen.body()).toString(), seen.ended], ["0123456789", false]);
      assert.match((await gateway.nextLog()).causes.join(), /client/);
    });
  }

  for (const method of ["GET", "POST", "DELETE"]) {
    test(`before the response to ${method}: the original's connection closes`, async () => {
      gateway.logs.length = 0;
      original.answer = hang;
      const arriving = original.next();
      let seen;
      await disconnecting(
        `${method} /v1/any/x HTTP/1.1\r\nHost: a\r\nContent-Length: ${method === "POST" ? 2 : 0}\r\n\r\n${method === "POST" ? "hi" : ""}`,
        async () => {
          seen = await arriving;
          await sleep(100);
        },
      );
      assert.notEqual(await within(seen.closed), "nothing");
    });

    test(`during the response to ${method}: the gateway closes the connection to the original API`, async () => {
      gateway.logs.length = 0;
      original.answer = (seen, _request, response) => {
        response.writeHead(200, { "content-length": 100_000_000 });
        const timer = setInterval(() => response.write("x".repeat(1000)), 10);
        seen.closed.then(() => clearInterval(timer));
      };
      const arriving = original.next();
      let seen;
      await disconnecting(`${method} /v1/any/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`, async () => {
        seen = await arriving;
        await sleep(200);
      });
      assert.notEqual(await within(seen.closed), "nothing");
    });
  }
});

describe("an original API that fails", () => {
  const TIMED_OUT = '{"message": "Endpoint request timed out"}';
  const FAILED = '{"message": "Network error communicating with endpoint"}';

  test("no server listens: 504", async (t) => {
    const nowhere = await start({ PASSTHROUGH_URL: `http://127.0.0.1:${(await freePorts(1))[0]}` });
    t.after(() => nowhere.stop());
    // The client waits for the response before it sends the rest. A client that does not wait can miss the response.
    const body = new PassThrough();
    body.write(bytesOf(MIB, "big"));
    t.after(() => body.destroy());
    const long = { method: "POST", headers: { "content-length": 16 * MIB }, body };
    for (const init of [{}, { method: "POST", body: "hi" }, long]) {
      const response = await nowhere.request("/v1/any/x?secret=1", init);
      assert.deepEqual([response.status, response.body.toString()], [504, FAILED]);
      const log = await nowhere.nextLog();
      assert.deepEqual(
        [log.backend, log.status, log.error, log.endpoint_status],
        ["passthrough", 504, "INTEGRATION_FAILURE", undefined],
      );
      assert.match(log.causes[0], /^the original API could not be reached: /);
      assert.doesNotMatch(JSON.stringify(log), /secret/);
    }
  });

  for (const init of [{}, { method: "POST", body: "hi" }]) {
    test(`the connection closes before the response to ${init.method ?? "GET"}: 504`, async () => {
      const { response, log } = await exchange("/v1/any/x", init, (_seen, request) => request.socket.resetAndDestroy());
      assert.deepEqual([response.status, response.body.toString()], [504, FAILED]);
      assert.equal(log.error, "INTEGRATION_FAILURE");
    });
  }

  test("the connection closes during the response: the client's connection breaks", async () => {
    gateway.logs.length = 0;
    original.answer = (_seen, _request, response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("x".repeat(500), () => setTimeout(() => response.socket.resetAndDestroy(), 100));
    };
    await assert.rejects(gateway.request("/v1/any/x"), /aborted|ECONNRESET/);
    assert.equal((await gateway.nextLog()).status, 200);
  });

  test("no response within 35 s: 504, and the request is cancelled", { timeout: 60_000 }, async () => {
    gateway.logs.length = 0;
    original.requests.length = 0;
    original.answer = () => {};
    const begun = performance.now();
    const slowly = async function* () {
      yield Buffer.from("one");
      await sleep(3000);
      yield Buffer.from("two");
    };
    const inits = [
      {},
      { method: "POST", body: "hi" },
      { method: "DELETE" },
      { method: "POST", body: Readable.from(slowly(), { objectMode: false }) },
    ];
    const ends = inits.map(async (init, nth) => {
      const response = await gateway.request(`/v1/any/${nth}`, init);
      assert.deepEqual([response.status, response.body.toString()], [504, TIMED_OUT], `${nth}`);
      return (performance.now() - begun) / 1000;
    });
    const times = await Promise.all(ends);
    for (const [nth, seconds] of times.entries()) {
      // The time limit starts at the end of the request body.
      const from = nth === 3 ? 38 : 35;
      assert.ok(seconds > from - 0.5 && seconds < from + 2, `request ${nth} ended after ${seconds} s`);
    }
    assert.notEqual(await within(Promise.all(original.requests.map(({ closed }) => closed))), "nothing");
    assert.equal((await gateway.nextLog()).error, "INTEGRATION_TIMEOUT");
  });

  test("the body of the response has no time limit", async () => {
    const { response } = await exchange("/v1/any/x", {}, (_seen, _request, response) => {
      response.write("a");
      setTimeout(() => response.end("b"), 1500);
    });
    assert.equal(response.body.toString(), "ab");
  });
});

describe("requests that are not sent to the original API", () => {
  async function refused(path, init, target = gateway) {
    target.logs.length = 0;
    original.requests.length = 0;
    const response = await target.request(path, init);
    assert.equal(original.requests.length, 0, "the original API has received a request");
    return { response, log: await target.nextLog() };
  }
  const NOT_HERE = '{"message": "Not implemented at the edge"}';

  test("an operation with signed requests: 501", async () => {
    const { response, log } = await refused("/v1/signed");
    assert.deepEqual([response.status, response.body.toString()], [501, NOT_HERE]);
    assert.equal(response.headers["x-amzn-errortype"], "NotImplementedException");
    assert.deepEqual([log.error, log.backend], ["NOT_IMPLEMENTED", undefined]);
    assert.match(log.causes.join("\n"), /^\[integration-lambda\].*sign requests for the host/s);
  });

  test("a WebSocket: 501", async () => {
    original.requests.length = 0;
    const answer = await raw(
      "GET /v1/any/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    assert.match(answer, /^HTTP\/1\.1 501 /);
    assert.equal(original.requests.length, 0);
    await gateway.nextLog();
  });

  test("an unknown route and a path outside of the base path: 403", async () => {
    for (const path of ["/v1/unknown", "/any/x", "/v10/any/x", "/"])
      assert.equal((await refused(path)).response.status, 403, path);
  });

  test("without PASSTHROUGH_URL: 501", async (t) => {
    const alone = await start({});
    t.after(() => alone.stop());
    const { response, log } = await refused("/v1/any/x", { method: "POST", body: "hi" }, alone);
    assert.deepEqual([response.status, response.body.toString()], [501, NOT_HERE]);
    assert.match(log.causes[0], /^\[integration-lambda\]/);
  });

  test("a request that a gateway has already forwarded: 508", async () => {
    const { response, log } = await refused("/v1/any/x", {
      headers: { "X-S3-Edge-Gateway-Hop": "1", connection: "close, x-s3-edge-gateway-hop" },
    });
    assert.deepEqual([response.status, response.body.toString()], [508, '{"message": "Loop detected"}']);
    assert.equal(log.error, "LOOP_DETECTED");
  });

  test("a gateway with its own URL as PASSTHROUGH_URL: 508 after one loop", async (t) => {
    const [port] = await freePorts(1);
    const looped = await start({ PASSTHROUGH_URL: `http://127.0.0.1:${port}/v1` }, { port });
    t.after(() => looped.stop());
    const response = await looped.request("/v1/any/x");
    assert.equal(response.status, 508);
    const logs = [await looped.nextLog(), await looped.nextLog()];
    assert.deepEqual(
      logs.map(({ status, backend, error }) => [status, backend, error]).sort(),
      [
        [508, "passthrough", undefined],
        [508, undefined, "LOOP_DETECTED"],
      ].sort(),
    );
    await sleep(100);
    assert.equal(looped.logs.filter(({ request_id }) => request_id).length, 0);
  });
});

describe("unusual paths and queries", () => {
  test("paths that look like a host are sent as they are", async () => {
    for (const path of [
      "/v1/any//evil.example/x",
      "/v1/any///evil.example",
      "/v1/any/@evil.example/x",
      "/v1/any/https://evil.example/x",
      "/v1/any/%2F%2Fevil.example",
      "/v1/any/%5Cevil.example",
    ]) {
      const { seen, response } = await exchange(path);
      assert.deepEqual([response.status, seen?.target], [200, path.replace("/v1", "/prod")], path);
    }
  });

  test("paths that look like a host are sent as they are, with BASE_PATH=/ and no path in PASSTHROUGH_URL", async (t) => {
    const open = await start({
      PASSTHROUGH_URL: `http://127.0.0.1:${original.port}`,
      PASSTHROUGH_UNKNOWN: "true",
      BASE_PATH: "/",
    });
    t.after(() => open.stop());
    original.answer = (_seen, _request, response) => response.end();
    for (const path of [
      "//evil.example/x",
      "///evil.example",
      "/@evil.example",
      "/.evil.example",
      "/:80@evil.example/",
    ]) {
      original.requests.length = 0;
      assert.equal((await open.request(path)).status, 200, path);
      assert.equal(original.requests[0].target, path);
    }
  });

  test("dot segments cannot leave the path of PASSTHROUGH_URL", async () => {
    for (const path of [
      "/v1/any/../../admin",
      "/v1/any/%2e%2e/%2e%2e/admin",
      "/v1/any/..%2fadmin",
      "/v1/any\\..\\..\\admin",
      "/v1/../admin",
      "/v1/any/.%2e/.%2e/.%2e/admin",
    ]) {
      original.requests.length = 0;
      const response = await gateway.request(path);
      await gateway.nextLog();
      for (const { target } of original.requests) assert.match(target, /^\/prod\/any\//, path);
      assert.ok([200, 400, 403].includes(response.status), `${path}: ${response.status}`);
    }
  });

  test("a query is sent as the runtime encodes it", async () => {
    const { seen } = await exchange("/v1/any/x?url=https://evil.example/?a=b%23c&d[]=%5B%5D&e='f'");
    assert.equal(seen.target, "/prod/any/x?url=https://evil.example/?a=b%23c&d[]=%5B%5D&e=%27f%27");
  });
});

test("X-HTTP-Method-Override selects the operation, and the original receives the method that the client sent", async () => {
  const { seen, log } = await exchange("/v1/any/x", {
    method: "POST",
    headers: { "x-http-method-override": "DELETE" },
    body: "hi",
  });
  assert.deepEqual(
    [seen.method, seen.headers["x-http-method-override"], (await seen.body()).toString()],
    ["POST", "DELETE", "hi"],
  );
  assert.deepEqual([log.method, log.method_override], ["POST", "DELETE"]);
});

test("an invalid PASSTHROUGH_URL: every request is a 500, and the log names the setting without its password", async (t) => {
  const wrong = await start({ PASSTHROUGH_URL: "http://me:s3cr3t@api.example.com/prod" });
  t.after(() => wrong.stop());
  assert.equal((await wrong.request("/v1/any/x")).status, 500);
  const log = JSON.stringify(await wrong.nextLog());
  assert.match(log, /PASSTHROUGH_URL/);
  assert.doesNotMatch(log, /s3cr3t/);
});
