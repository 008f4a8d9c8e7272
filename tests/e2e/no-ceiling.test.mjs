// Conversions of bodies of more than 10 MiB: to base64, from base64, and into a template that contains the body once. A
// body above that size is refused only if its template needs the whole body in memory.

import assert from "node:assert/strict";
import { get as httpGet } from "node:http";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { blocks, bytesOf, chunkedBody, hashOf, MIB } from "./support/bodies.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { aGateway, aRecorder, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { peakOfRuntime } from "./support/wasm-probe.mjs";

const BINARY = "application/octet-stream";
const TEXT = "text/plain";
const LARGE = 12 * MIB + 1;

const BEFORE = '{"method": "$context.httpMethod", "body": "';
const ONCE = `${BEFORE}$input.body"}`;
const TWICE = "$input.body$input.body";
const rendered = (method, text) =>
  Buffer.concat(
    [BEFORE.replace("$context.httpMethod", method), text.length === 0 ? "{}" : text, '"}'].map((part) =>
      Buffer.from(part),
    ),
  );
const base64 = (bytes) => Buffer.from(bytes.toString("base64"));

const KEY = { requestParameters: { "integration.request.path.key": "method.request.path.key" } };
const put = (integration) => operation("PUT", "s3:path/{key}", { ...KEY, ...integration });
const get = (response) =>
  operation("GET", "s3:path/{key}", {
    ...KEY,
    responses: { "2\\d{2}": { statusCode: "200", ...response }, default: { statusCode: "500" } },
  });
const DOCUMENT = {
  ...documentOf("/", {}),
  paths: {
    "/to-text/{key}": { put: put({ contentHandling: "CONVERT_TO_TEXT" }) },
    "/to-binary/{key}": { get: get({ contentHandling: "CONVERT_TO_BINARY" }) },
    "/once/{key}": {
      put: put({ contentHandling: "CONVERT_TO_TEXT", requestTemplates: { [BINARY]: ONCE, [TEXT]: ONCE } }),
      get: get({ responseTemplates: { "application/json": ONCE } }),
    },
    "/twice/{key}": {
      put: put({ contentHandling: "CONVERT_TO_TEXT", requestTemplates: { [BINARY]: TWICE, [TEXT]: TWICE } }),
      get: get({ responseTemplates: { "application/json": TWICE } }),
    },
  },
};

const JSON_ONLY = { headers: { accept: "application/json" } };

function upload(gateway, path, body, { type, chunked = false }) {
  const sending = chunked ? chunkedBody(body) : body;
  return gateway.request(path, { method: "PUT", headers: { "content-type": type }, body: sending });
}

/** Asserts that the response has exactly these bytes, and their number as its Content-Length. */
function isWhole(answer, bytes) {
  assert.equal(answer.status, 200, answer.body.subarray(0, 200).toString());
  assert.equal(answer.headers["content-length"], String(bytes.length));
  assert.equal(answer.headers["content-type"], "application/json");
  assert.ok(answer.body.equals(bytes), `${answer.body.length} bytes instead of ${bytes.length}`);
}

for (const server of realServers()) {
  describe(server.name, () => {
    const gateway = aGateway(() => ({ api: DOCUMENT, s3: server.s3, vars: OPEN }));

    /** @type {[string, string, string, (bytes: Buffer) => any][]} */
    const UPLOADS = [
      ["as base64", "to-text", BINARY, base64],
      ["as base64 in a template", "once", BINARY, (bytes) => rendered("PUT", base64(bytes))],
      ["as text in a template", "once", TEXT, (bytes) => rendered("PUT", bytes)],
    ];
    for (const [what, path, type, storedFor] of UPLOADS) {
      test(`uploads of every size ${what} are stored`, async () => {
        for (const size of [0, 1000, 6 * MIB, 6 * MIB + 1, LARGE]) {
          const bytes = bytesOf(size, what);
          for (const chunked of [false, true]) {
            const answer = await upload(gateway, `/v1/${path}/a`, bytes, { type, chunked });
            assert.equal(answer.status, 200, answer.body.toString());
            const stored = await server.store.get("a");
            assert.ok(stored.body.equals(storedFor(bytes)), `${size} bytes`);
            assert.equal(stored.headers.get("content-type"), type);
            const log = await gateway.nextLog();
            assert.deepEqual([log.status, log.bytes_in ?? 0, log.causes], [200, size, undefined]);
          }
        }
        assert.deepEqual(await server.store.unfinished(), []);
      });
    }

    test("an upload into a template that contains the body twice is a 413", async () => {
      await server.store.put("a", "as it was");
      for (const type of [BINARY, TEXT]) {
        const refused = await upload(gateway, "/v1/twice/a", bytesOf(LARGE, "twice"), { type });
        assert.deepEqual([refused.status, refused.body.toString()], [413, '{"message": "Request Too Long"}']);
      }
      assert.equal((await server.store.get("a")).body.toString(), "as it was");
    });

    test("a download of every size into a template that contains the body once is complete", async () => {
      for (const size of [0, 2 * MIB, 2 * MIB + 1, LARGE]) {
        const bytes = bytesOf(size, "text");
        await server.store.put("text", bytes, { "content-type": TEXT });
        isWhole(await gateway.request("/v1/once/text", JSON_ONLY), rendered("GET", bytes));
      }
    });

    test("a download into a template that contains the body twice is a 413", async () => {
      await server.store.put("text", bytesOf(LARGE, "text"), { "content-type": TEXT });
      gateway.logs.length = 0;
      const refused = await gateway.request("/v1/twice/text", JSON_ONLY);
      assert.deepEqual([refused.status, refused.body.toString()], [413, '{"message": "Response Too Long"}']);
      assert.equal((await gateway.nextLog()).error, "REQUEST_TOO_LARGE");
    });

    test("a download of every size that is decoded from base64 is complete", async () => {
      for (const size of [0, 1, (15 * MIB) / 2, (15 * MIB) / 2 + 1, LARGE]) {
        const bytes = bytesOf(size, "decoded");
        await server.store.put("base64", base64(bytes), { "content-type": TEXT });
        gateway.logs.length = 0;
        isWhole(await gateway.request("/v1/to-binary/base64", JSON_ONLY), bytes);
        const log = await gateway.nextLog();
        assert.deepEqual([log.bytes_out, log.response_conversion, log.causes], [size, "base64-decode", undefined]);
      }
    });

    test("an object that is not base64 is a 500 before any byte is sent", async () => {
      const text = base64(bytesOf(LARGE, "bad"));
      for (const offset of [3, 11 * MIB, text.length - 3]) {
        const bad = Buffer.from(text);
        bad.write("!", offset);
        await server.store.put("bad", bad, { "content-type": TEXT });
        gateway.logs.length = 0;
        const answer = await gateway.request("/v1/to-binary/bad", JSON_ONLY);
        assert.deepEqual([answer.status, answer.body.toString()], [500, '{"message": "Internal server error"}']);
        assert.deepEqual((await gateway.nextLog()).causes, [
          `the body of the response must be decoded, but is not base64 at offset ${offset}`,
        ]);
      }
    });
  });
}

describe("an object that is read twice: to verify the base64, and to decode it", () => {
  let acts;
  const s3 = aRecorder({ answer: (request, response) => acts.shift()(response, request) });
  const gateway = aGateway(() => ({ api: DOCUMENT, s3, vars: OPEN }));
  const bytes = bytesOf(LARGE, "twice");
  const HEAD = { "content-type": TEXT, etag: '"one"' };
  const whole =
    (headers, text = base64(bytes)) =>
    (response) =>
      response.writeHead(200, { ...HEAD, ...headers }).end(text);
  const withLength = whole({ "content-length": base64(bytes).length });

  async function answers(...next) {
    acts = [...next];
    s3.requests.length = 0;
    gateway.logs.length = 0;
    const answer = await gateway.request("/v1/to-binary/a", JSON_ONLY);
    assert.deepEqual(
      s3.requests.map(({ headers }) => headers["if-match"]),
      [undefined, '"one"'].slice(0, next.length),
    );
    return [answer, await gateway.nextLog()];
  }

  test("S3 sends no Content-Length: 200", async () => {
    for (const size of [0, 1, LARGE]) {
      const text = base64(bytesOf(size, "unknown"));
      const [answer, log] = await answers(whole({}, text), whole({}, text));
      isWhole(answer, bytesOf(size, "unknown"));
      assert.deepEqual([log.status, log.bytes_out, log.causes], [200, size, undefined]);
    }
  });

  const FAILURE = [504, '{"message": "Network error communicating with endpoint"}'];
  const gone = (response) =>
    response
      .writeHead(412, { "content-type": "application/xml" })
      .end("<Error><Code>PreconditionFailed</Code></Error>");
  for (const [how, second] of [
    ["S3 answers 412", gone],
    ["S3 ignores If-Match", whole({ etag: '"two"' })],
  ]) {
    test(`the object changes between the two reads, and ${how}: 504`, async () => {
      const [answer, log] = await answers(withLength, second);
      assert.deepEqual([answer.status, answer.body.toString()], FAILURE);
      assert.deepEqual(
        [log.error, log.causes],
        [
          "INTEGRATION_FAILURE",
          ["the object changed between its first reading, which verified the base64, and its second reading"],
        ],
      );
    });
  }

  test("S3 closes the connection during the verification: 504", async () => {
    const [answer, log] = await answers((response) => {
      response.writeHead(200, { ...HEAD, "content-length": base64(bytes).length });
      response.write(base64(bytes).subarray(0, 5 * MIB), () => response.socket.resetAndDestroy());
    });
    assert.deepEqual([answer.status, answer.body.toString()], FAILURE);
    assert.match(log.causes.join(), /^S3 broke off its response: /);
  });

  test("S3 sends other bytes with the same ETag: the client's connection breaks", async () => {
    const other = base64(bytes);
    other.write("!", 9 * MIB);
    acts = [withLength, whole({ "content-length": other.length }, other)];
    gateway.logs.length = 0;
    await assert.rejects(gateway.request("/v1/to-binary/a", JSON_ONLY));
    const log = await gateway.nextLog();
    assert.deepEqual(log.causes, [`the body of the response could not be converted: not base64 at offset ${9 * MIB}`]);
  });

  test("128 MiB are decoded without an error, and memory grows by less than 64 MiB", async () => {
    const size = 128 * MIB;
    // Each piece but the last has a multiple of 3 bytes, so that the base64 has no padding in the middle.
    const pieces = function* () {
      let rest = Buffer.alloc(0);
      for (const block of blocks(size, "memory")) {
        const all = Buffer.concat([rest, block]);
        const end = all.length - (all.length % 3);
        yield base64(all.subarray(0, end));
        rest = all.subarray(end);
      }
      yield base64(rest);
    };
    const sends = (response) => {
      response.writeHead(200, { ...HEAD, "content-length": Math.ceil(size / 3) * 4 });
      Readable.from(pieces(), { highWaterMark: 1, objectMode: true }).pipe(response);
    };
    acts = [sends, sends];
    const atFirst = peakOfRuntime();
    const response = await new Promise((resolve, reject) => {
      httpGet(new URL("/v1/to-binary/a", gateway.url), { ...JSON_ONLY, agent: false }, resolve).on("error", reject);
    });
    assert.equal(response.headers["content-length"], String(size));
    const received = [];
    for await (const piece of response) received.push(piece);
    assert.equal(hashOf(received), hashOf(blocks(size, "memory")));
    if (atFirst !== null) assert.ok(Number(peakOfRuntime()) - atFirst < 64 * MIB);
  });
});
