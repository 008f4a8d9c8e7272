// Uploads of any size that are decoded or have no length: one PUT if they are small, and a multipart upload if they are not.
// If a connection closes early, the object is unchanged and the multipart upload is aborted. The last suite uploads bytes with a
// length and without conversion to an S3 over HTTP on another machine.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bytesOf, chunkedBody, MIB } from "./support/bodies.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { aGateway, allTrafficTo, OPEN } from "./support/hooks.mjs";
import { aMultipartS3 } from "./support/multipart-s3.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { sha256 } from "./support/sigv4.mjs";

const PART = 8 * MIB;
const BINARY = "application/octet-stream";
const JSON_TYPE = "application/json";

/** Headers of the PUT to S3, each with the client's header from which it is mapped. */
const MAPPED = { "x-amz-meta-owner": "owner", "Cache-Control": "cache", "Content-Disposition": "disposition" };
const WITH_HEADERS = operation("PUT", "s3:path/{key}", {
  contentHandling: "CONVERT_TO_BINARY",
  requestParameters: {
    "integration.request.path.key": "method.request.path.key",
    ...Object.fromEntries(
      Object.entries(MAPPED).map(([name, from]) => [
        `integration.request.header.${name}`,
        `method.request.header.${from}`,
      ]),
    ),
  },
  responses: {
    "2\\d{2}": {
      statusCode: "200",
      responseParameters: { "method.response.header.ETag": "integration.response.header.ETag" },
    },
    default: { statusCode: "500" },
  },
});
WITH_HEADERS.responses[200].headers = { ETag: { schema: { type: "string" } } };
const HEADERS = documentOf("/files/{key}", { put: WITH_HEADERS });

/** Uploads `body`, with a Content-Length unless `chunked` is true. */
function put(gateway, path, body, { type = JSON_TYPE, chunked = false, headers = {} } = {}) {
  const sending = chunked ? chunkedBody(body) : body;
  return gateway.request(path, { method: "PUT", headers: { "content-type": type, ...headers }, body: sending });
}

const wrapped = (text) => text.replace(/.{76}/g, "$&\r\n");

describe("the requests to S3", () => {
  const s3 = aMultipartS3();
  const gateway = aGateway(() => ({ s3: s3.double, vars: OPEN }));

  /** Returns the requests that an upload of these bytes makes: one PUT, or the steps of a multipart upload. */
  function expectedFor(bytes) {
    if (bytes.length <= PART) return [["PUT /demo/a.jpg", bytes]];
    const parts = [];
    for (let at = 0; at < bytes.length; at += PART) parts.push(bytes.subarray(at, at + PART));
    return [
      ["POST /demo/a.jpg?uploads=", ""],
      ...parts.map((part, nth) => [`PUT /demo/a.jpg?partNumber=${nth + 1}&uploadId=${s3.idOnTheWire}`, part]),
      [`POST /demo/a.jpg?uploadId=${s3.idOnTheWire}`, s3.documentOf(parts.length)],
    ];
  }

  const bodies = {
    "base64 with a length": (bytes) => [bytes.toString("base64"), {}],
    "base64 without a length": (bytes) => [bytes.toString("base64"), { chunked: true }],
    "base64 with white space": (bytes) => [wrapped(bytes.toString("base64")), { chunked: true }],
    "bytes without a length": (bytes) => [bytes, { type: BINARY, chunked: true }],
  };
  const sizes = [0, 1, 3 * MIB, 6 * MIB, 6 * MIB + 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1, 3 * PART - 1];

  for (const [what, bodyOf] of Object.entries(bodies)) {
    test(`uploads of every size make the expected requests: ${what}`, async () => {
      for (const size of sizes) {
        const bytes = bytesOf(size, what);
        const [text, options] = bodyOf(bytes);
        s3.answers({});
        const answer = await put(gateway, "/v1/s3?key=a.jpg", Buffer.from(text), options);
        const log = await gateway.nextLog();
        assert.deepEqual([answer.status, answer.body.toString()], [200, ""], JSON.stringify(log));
        const expected = expectedFor(bytes);
        const { requests } = s3.double;
        assert.deepEqual(
          requests.map(({ method, path }) => `${method} ${path}`),
          expected.map(([line]) => line),
          `${size} bytes`,
        );
        expected.forEach(([line, body], nth) => {
          assert.equal(requests[nth].fault, undefined, line);
          assert.ok(requests[nth].body.equals(Buffer.from(body)), `the body of ${line}`);
          // An endpoint on loopback counts as safe, like https. The hash of a body above 4 KiB is then not signed.
          const hash = body.length > 4096 ? "UNSIGNED-PAYLOAD" : sha256(body);
          assert.equal(requests[nth].headers["x-amz-content-sha256"], hash, line);
        });
        const isMadeHere = options.type !== BINARY;
        assert.equal(requests[0].headers["content-type"], isMadeHere ? "image/jpeg" : BINARY);
        for (const { headers } of requests.slice(1)) assert.equal(headers["content-type"], undefined);
        assert.deepEqual([log.status, log.s3_status, log.bytes_in, log.causes], [200, 200, text.length, undefined]);
        assert.equal(log.request_conversion, size === 0 ? undefined : isMadeHere ? "base64-decode" : "identity");
      }
    });
  }

  test("two concurrent uploads are not mixed", async () => {
    s3.answers({});
    const both = ["one", "two"].map((seed) => bytesOf(PART + seed.charCodeAt(0), seed));
    const answers = await Promise.all(
      both.map((bytes, nth) => put(gateway, `/v1/s3?key=${nth}`, Buffer.from(bytes.toString("base64")))),
    );
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    both.forEach((bytes, nth) => {
      const parts = s3.double.requests.filter(({ path }) => path.startsWith(`/demo/${nth}?partNumber`));
      assert.ok(Buffer.concat(parts.map(({ body }) => body)).equals(bytes));
    });
    await gateway.nextLog();
    await gateway.nextLog();
  });
});

describe("a step of a multipart upload that S3 refuses", () => {
  const s3 = aMultipartS3();
  const gateway = aGateway(() => ({ s3: s3.double, vars: OPEN }));
  const text = Buffer.from(bytesOf(2 * PART + 1, "refused").toString("base64"));
  const error = (code) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
  const refusal = (status, code) => ({ status, headers: [["Content-Type", "application/xml"]], body: error(code) });
  const refused = (code) => ({ status: 500, body: error(code), log: { s3_error: code } });
  const broken = {
    status: 504,
    body: '{"message": "Network error communicating with endpoint"}',
    log: { error: "INTEGRATION_FAILURE" },
  };
  const useless = broken;

  /** @type {any[][]} */
  const CASES = [
    [
      "create",
      refusal(403, "AccessDenied"),
      refused("AccessDenied"),
      /S3 answered 403 Forbidden to CreateMultipartUpload/,
    ],
    ["create", { status: 200 }, useless, /^S3 answered 200 OK without `UploadId`\nin the step CreateMultipartUpload$/],
    [
      "create",
      { status: 200, headers: [["Content-Type", "text/html"]], body: "<html>" },
      useless,
      /without `UploadId`\nin the step CreateMultipartUpload$/,
    ],
    ["create", refusal(200, "SlowDown"), refused("SlowDown"), /S3 answered 200 OK to CreateMultipartUpload/],
    ["create", { fails: "reset" }, broken, /CreateMultipartUpload/],
    ["part 1", refusal(503, "SlowDown"), refused("SlowDown"), /S3 answered 503 Service Unavailable to UploadPart 1/],
    [
      "part 2",
      refusal(500, "InternalError"),
      refused("InternalError"),
      /S3 answered 500 Internal Server Error to UploadPart 2/,
    ],
    ["part 3", refusal(404, "NoSuchUpload"), refused("NoSuchUpload"), /UploadPart 3/],
    ["part 1", { status: 200 }, useless, /^S3 answered 200 OK without `ETag`\nin the step UploadPart 1$/],
    ["part 2", { status: 204 }, useless, /^S3 answered 204 No Content without `ETag`\nin the step UploadPart 2$/],
    ["part 3", { status: 200 }, useless, /^S3 answered 200 OK without `ETag`\nin the step UploadPart 3$/],
    ["part 1", { fails: "reset" }, broken, /UploadPart 1/],
    ["part 2", { fails: "reset in the request" }, broken, /UploadPart 2/],
    [
      "part 2",
      { status: 200, headers: [["ETag", '"e"']], body: "long", fails: "short body" },
      { ...broken },
      /UploadPart 2/,
    ],
    ["complete", { status: 200 }, useless, /^S3 answered 200 OK without `ETag`\nin the step CompleteMultipartUpload$/],
    [
      "complete",
      refusal(403, "AccessDenied"),
      refused("AccessDenied"),
      /S3 answered 403 Forbidden to CompleteMultipartUpload/,
    ],
    [
      "complete",
      refusal(200, "InternalError"),
      refused("InternalError"),
      /S3 answered 200 OK to CompleteMultipartUpload/,
    ],
    [
      "complete",
      { status: 200, body: `\n \n${error("SlowDown")}` },
      { ...refused("SlowDown"), body: `\n \n${error("SlowDown")}` },
      /200 OK/,
    ],
    ["complete", { fails: "reset" }, broken, /CompleteMultipartUpload/],
    [
      "complete",
      refusal(403, "SignatureDoesNotMatch"),
      { status: 500, body: '{"message": "Internal server error"}', log: {} },
      /SignatureDoesNotMatch/,
    ],
  ];

  for (const [step, answer, expected, causes] of CASES) {
    test(`${step}: S3 answers ${answer.fails ?? answer.status} ${/<Code>(\w+)/.exec(answer.body)?.[1] ?? ""}`, async () => {
      gateway.logs.length = 0;
      s3.answers({ [step]: answer });
      const response = await put(gateway, "/v1/s3?key=a.jpg", text);
      assert.deepEqual([response.status, response.body.toString()], [expected.status, expected.body]);
      const log = await gateway.nextLog();
      for (const [field, value] of Object.entries(expected.log)) assert.equal(log[field], value, JSON.stringify(log));
      assert.match(log.causes.join("\n"), causes);
      assert.doesNotMatch(log.causes.join(), /remain in the bucket/);
      const aborts = s3.double.requests.filter(({ method }) => method === "DELETE");
      assert.deepEqual(
        aborts.map(({ path }) => path),
        step === "create" ? [] : [`/demo/a.jpg?uploadId=${s3.idOnTheWire}`],
      );
      assert.deepEqual(
        s3.double.requests.map(({ fault, broken: partly }) => (partly ? undefined : fault)).filter(Boolean),
        [],
      );
    });
  }

  for (const [what, first] of /** @type {any[][]} */ ([
    ["a 503", refusal(503, "SlowDown")],
    ["a reset connection", { fails: "reset" }],
  ])) {
    test(`the abort fails, after ${what}: the log states that the parts remain`, async () => {
      gateway.logs.length = 0;
      s3.answers({ "part 2": first, abort: refusal(503, "SlowDown") });
      const response = await put(gateway, "/v1/s3?key=a.jpg", text);
      assert.equal(response.status, first.fails ? 504 : 500);
      assert.match(
        (await gateway.nextLog()).causes.join("\n"),
        /could not be aborted, so its parts remain in the bucket: S3 answered 503/,
      );
    });
  }

  test("S3 answers NoSuchUpload to the abort: the log does not state that parts remain", async () => {
    gateway.logs.length = 0;
    s3.answers({ "part 2": refusal(404, "NoSuchUpload"), abort: refusal(404, "NoSuchUpload") });
    assert.equal((await put(gateway, "/v1/s3?key=a.jpg", text)).status, 500);
    assert.doesNotMatch((await gateway.nextLog()).causes.join(), /remain in the bucket/);
  });
});

describe("a truncated, stalled or too long response to a step of a multipart upload", () => {
  const s3 = aMultipartS3();
  const slow = structuredClone(HEADERS);
  slow.paths["/files/{key}"].put["x-amazon-apigateway-integration"].timeoutInMillis = 500;
  const gateway = aGateway(() => ({ api: slow, s3: s3.double, vars: OPEN }));
  const text = Buffer.from(bytesOf(2 * PART + 1, "steps").toString("base64"));
  const NAMES = {
    create: "CreateMultipartUpload",
    "part 1": "UploadPart 1",
    "part 2": "UploadPart 2",
    "part 3": "UploadPart 3",
    complete: "CompleteMultipartUpload",
  };
  const XML = [["Content-Type", "application/xml"]];

  /** Uploads to an S3 that sends `answer` to one step and the usual answers to the others. */
  async function upload(step, answer) {
    gateway.logs.length = 0;
    s3.answers({ [step]: answer });
    const response = await put(gateway, "/v1/files/a.jpg", text);
    const aborts = s3.double.requests.filter(({ method }) => method === "DELETE").length;
    return { response, aborts, log: await gateway.nextLog() };
  }

  function isFailure(
    { response, aborts, log },
    step,
    { status = 504, message = "Network error communicating with endpoint", error = "INTEGRATION_FAILURE" },
    causes,
  ) {
    assert.deepEqual(
      [response.status, response.body.toString()],
      [status, `{"message": "${message}"}`],
      JSON.stringify(log),
    );
    assert.equal(log.error, error);
    assert.match(log.causes.join("\n"), causes);
    assert.equal(log.causes.at(-1), `in the step ${NAMES[step]}`);
    assert.equal(aborts, step === "create" ? 0 : 1);
  }

  test("a part that timed out is cancelled before the upload is aborted", async () => {
    await upload("part 2", { fails: "stall" });
    const [part, abort] = s3.double.requests.slice(-2);
    assert.match(part.path, /partNumber=2/);
    assert.equal(abort.method, "DELETE");
    assert.ok(part.closed <= abort.closed, "the connection of part 2 was still open when the upload was aborted");
  });

  for (const step of Object.keys(NAMES)) {
    // S3's usual answer to a part has no body. Only an answer with a body can be truncated.
    const whole = () => ({ ...s3.usual(step), ...(step.startsWith("part") && { body: "a body that is not read" }) });

    for (const fails of ["reset in the body", "short body"]) {
      test(`${step}, ${fails} of a success: 504`, async () => {
        isFailure(
          await upload(step, { ...whole(), fails }),
          step,
          {},
          /^S3 broke off its response: Network connection lost\.$/m,
        );
      });

      test(`${step}, ${fails} of a refusal: 504`, async () => {
        const refusal = { status: 403, headers: XML, body: "<Error><Code>AccessDenied</Code></Error>", fails };
        isFailure(await upload(step, refusal), step, {}, /^S3 broke off its response: Network connection lost\.$/m);
      });

      test(`${step}, ${fails} of a chunked success: 504`, async () => {
        isFailure(
          await upload(step, { ...whole(), chunked: true, fails }),
          step,
          {},
          /^S3 broke off its response: Network connection lost\.$/m,
        );
      });
    }

    test(`${step}: S3 does not answer in time: 504`, async () => {
      const timeout = { message: "Endpoint request timed out", error: "INTEGRATION_TIMEOUT" };
      isFailure(await upload(step, { fails: "stall" }), step, timeout, /^S3 did not begin to respond in time$/m);
    });

    test(`${step}: the answer stalls: 504`, async () => {
      const timeout = { message: "Endpoint request timed out", error: "INTEGRATION_TIMEOUT" };
      isFailure(
        await upload(step, { ...whole(), fails: "stall in the body" }),
        step,
        timeout,
        /^S3 did not complete its response in time$/m,
      );
    });

    test(`${step}: the answer is longer than 256 KiB: 504`, async () => {
      for (const chunked of [false, true]) {
        const answer = { ...s3.usual(step), body: "x".repeat(256 * 1024 + 1), chunked };
        isFailure(
          await upload(step, answer),
          step,
          {},
          /^S3's response to a step of the upload is longer than 262144 bytes$/m,
        );
      }
    });

    for (const [what, change] of /** @type {any[][]} */ ([
      ["longer than its Content-Length", { fails: "long body" }],
      ["without a Content-Length", { chunked: true }],
    ])) {
      test(`${step}: the answer is ${what}, and the upload succeeds`, async () => {
        const { response, aborts, log } = await upload(step, { ...whole(), ...change });
        assert.deepEqual([response.status, aborts, log.causes], [200, 0, undefined], JSON.stringify(log));
        assert.equal(s3.double.requests.length, 5);
      });
    }
  }
});

for (const server of realServers()) {
  describe(server.name, () => {
    const gateway = aGateway(() => ({ s3: server.s3, vars: OPEN }));
    const withHeaders = aGateway(() => ({ api: HEADERS, s3: server.s3, vars: OPEN }));

    for (const size of [0, 6 * MIB, PART, PART + 1, 3 * PART + 5]) {
      test(`${size} bytes are stored from base64, and from bytes without a length`, async () => {
        const bytes = bytesOf(size, "real");
        const text = Buffer.from(wrapped(bytes.toString("base64")));
        for (const [key, body, options] of /** @type {any[][]} */ ([
          ["a.jpg", text, {}],
          ["b.jpg", text, { chunked: true }],
          ["c.jpg", bytes, { type: BINARY, chunked: true }],
        ])) {
          const answer = await put(gateway, `/v1/s3?key=${key}`, body, options);
          assert.equal(answer.status, 200, answer.body.toString());
          const stored = await server.store.get(key);
          assert.ok(stored.body.equals(bytes), "the object has the uploaded bytes");
          assert.equal(stored.headers.get("content-type"), key === "c.jpg" ? BINARY : "image/jpeg");
        }
        assert.deepEqual(await server.store.unfinished(), []);
      });
    }

    test("mapped headers are stored and the ETag is returned, for one PUT and for parts", async () => {
      for (const size of [1000, PART + 1000]) {
        const headers = { owner: "somebody", cache: "max-age=60", disposition: 'attachment; filename="a"' };
        const answer = await put(
          withHeaders,
          `/v1/files/${size}.png`,
          Buffer.from(bytesOf(size, "h").toString("base64")),
          { headers },
        );
        assert.equal(answer.status, 200, answer.body.toString());
        const { headers: stored } = await server.store.get(`${size}.png`);
        assert.equal(stored.get("content-type"), "image/png");
        for (const [name, from] of Object.entries(MAPPED)) {
          assert.equal(stored.get(name), headers[from], `${name}, ${size} bytes`);
        }
        assert.equal(answer.headers.etag, stored.get("etag"));
        assert.match(answer.headers.etag, size < PART ? /^"[0-9a-f]{32}"$/ : /^"[0-9a-f]{32}-2"$/);
      }
    });

    test("a body that is not base64 is a 400 with the offset, and no object changes", async () => {
      const text = Buffer.from(bytesOf(2 * PART + 1, "bad").toString("base64"));
      await server.store.put("old.jpg", "as it was");
      for (const [offset, byte] of /** @type {any[][]} */ ([
        [0, "!"],
        [1, "!"],
        [PART + 3, "\u00ff"],
        [text.length - 5, "="],
        [text.length - 1, "!"],
        [text.length - 2, "!"],
      ])) {
        const bad = Buffer.from(text);
        bad.write(byte, offset, "latin1");
        for (const [key, chunked] of /** @type {any[][]} */ ([
          ["old.jpg", false],
          ["new.jpg", true],
        ])) {
          const answer = await put(gateway, `/v1/s3?key=${key}`, bad, { chunked });
          assert.equal(answer.status, 400, `${offset} ${key} ${answer.body}`);
          assert.equal(answer.body.toString(), `{"message": "Invalid base64 in request body at offset ${offset}"}`);
        }
      }
      // Without its last three characters, the text ends with an incomplete group.
      const short = await put(gateway, "/v1/s3?key=old.jpg", text.subarray(0, -3));
      assert.equal(short.body.toString(), `{"message": "Invalid base64 in request body at offset ${text.length - 3}"}`);
      await isUntouched();
    });

    test("a client that reads only after it has sent everything also gets the 400", async () => {
      const socket = connect(gateway.port, "127.0.0.1").pause();
      const body = Buffer.alloc(48 * MIB, "A").fill("!", 1, 2);
      socket.write(
        `PUT /v1/s3?key=old.jpg HTTP/1.1\r\nHost: a\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      await new Promise((resolve, reject) => socket.on("error", reject).write(body, resolve));
      let answer = "";
      for await (const text of socket.setEncoding("latin1")) {
        answer += text;
        if (answer.endsWith("}")) break;
      }
      assert.match(answer, /^HTTP\/1.1 400 .*Invalid base64 in request body at offset 1"}$/s);
    });

    async function isUntouched() {
      assert.equal((await server.store.get("old.jpg")).body.toString(), "as it was");
      assert.equal(await server.store.head("new.jpg"), null);
      assert.deepEqual(await server.store.unfinished(), []);
    }

    for (const how of ["resetAndDestroy", "destroy", "end"]) {
      for (const [type, framing] of [
        [JSON_TYPE, "with a length"],
        [JSON_TYPE, "chunked"],
        [BINARY, "chunked"],
      ]) {
        test(`the client disconnects (${how}) during an upload of ${type} ${framing}: no object changes`, async () => {
          await server.store.put("old.jpg", "as it was");
          gateway.logs.length = 0;
          for (const key of ["old.jpg", "new.jpg"]) {
            await disconnect(gateway, key, type, framing, how);
            const log = await gateway.nextLog();
            assert.deepEqual([log.status, log.error], [400, "BAD_REQUEST_BODY"], JSON.stringify(log));
            assert.match(log.causes.join(), /^the client broke off: /);
          }
          await isUntouched();
        });
      }
    }
  });
}

/** Sends the head and 20 MiB of an upload, and disconnects before its end. */
async function disconnect(gateway, key, type, framing, how) {
  const socket = connect(gateway.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  const body = Buffer.alloc(20 * MIB, "A");
  const head = framing === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${2 * body.length}`;
  socket.write(`PUT /v1/s3?key=${key} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n${head}\r\n\r\n`);
  if (framing === "chunked") socket.write(`${(2 * body.length).toString(16)}\r\n`);
  await new Promise((resolve) => socket.write(body, resolve));
  await sleep(200); // S3 receives the first part in this time.
  socket[how]();
  if (how === "end") socket.on("close", () => socket.destroy());
}

describe("S3 over HTTP on another machine", () => {
  const s3 = aMultipartS3();
  const gateway = aGateway(() => ({
    s3: s3.double,
    vars: { ...OPEN, S3_ENDPOINT: "http://s3.example.com" },
    ...allTrafficTo(s3.double.port),
  }));

  for (const size of [0, 10, PART, PART + 1]) {
    test(`${size} bytes with a length and without conversion are signed with their hash`, async () => {
      const bytes = bytesOf(size, "unsafe");
      s3.answers({});
      const answer = await put(gateway, "/v1/s3?key=a", bytes, { type: BINARY });
      assert.equal(answer.status, 200, answer.body.toString());
      assert.equal(s3.double.requests.length, size > PART ? 4 : 1);
      for (const { fault, headers, body } of s3.double.requests) {
        assert.equal(fault, undefined);
        assert.equal(headers["x-amz-content-sha256"], sha256(body));
      }
    });
  }
});
