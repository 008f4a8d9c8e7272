// Errors of a request: the status, the body, the headers and the one log line, and that no object was written. Connections
// that close during a body are in breaks.test.mjs.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "../../scripts/processes.mjs";
import { newKeys, startS3sFs } from "../../scripts/servers.mjs";
import { compiled } from "./support/api.mjs";
import { documentOf, operation } from "./support/documents.mjs";
import { startGateway } from "./support/gateway.mjs";
import { aGateway, OPEN, started } from "./support/hooks.mjs";
import { isDiscreet, UNLISTED_RESPONSE_HEADERS } from "./support/outcome.mjs";
import { KEYS, startS3Double } from "./support/s3-double.mjs";

const BUILT_IN = JSON.parse(readFileSync(new URL("../vectors/gateway_responses.json", import.meta.url), "utf8"));
const BINARY = "application/octet-stream";
const VARS = { AWS_ACCESS_KEY_ID: KEYS.accessKey, AWS_SECRET_ACCESS_KEY: KEYS.secretKey };
const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

const put = (type, body) => ({ method: "PUT", headers: { "content-type": type }, body });
const withoutConnection = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !UNLISTED_RESPONSE_HEADERS.includes(name)));

/**
 * Sends a request and asserts that the answer is the gateway response of `type`. `causes` are the expected causes, as texts or
 * patterns. `isMisconfigured` is true if the behaviour is not known, because the settings are not valid. `log` has the other
 * expected fields of the log line, except those that this function computes.
 */
async function fails(
  gateway,
  path,
  init,
  /** @type {{ type: string, message?: string, causes: (string | RegExp)[] } & Record<string, any>} */ {
    type,
    message,
    causes,
    isMisconfigured = false,
    ...log
  },
) {
  const settings = { ...VARS, ...gateway.secrets };
  const response = await gateway.request(path, init);
  const line = await gateway.nextLog();
  const built = BUILT_IN[type];
  assert.equal(response.status, built.status, JSON.stringify(line));
  assert.equal(String(response.body), message === undefined ? built.body : `{"message": "${message}"}`);
  assert.match(line.request_id, UUID);
  assert.deepEqual(withoutConnection(response.headers), {
    "content-type": "application/json",
    "x-amzn-errortype": built.headers["x-amzn-ErrorType"],
    "x-amzn-requestid": line.request_id,
    ...(isMisconfigured ? {} : { "x-content-type-options": "nosniff" }),
  });
  const { request_id: _, ms, causes: logged = [], ...fields } = line;
  assert.ok(Number.isInteger(ms) && ms >= 0 && ms < 10_000, `ms: ${ms}`);
  const expected = {
    method: init?.method ?? "GET",
    status: built.status,
    bytes_out: response.body.length,
    error: type,
    ...log,
  };
  const { message: builtIn, Message = builtIn } = JSON.parse(built.body);
  assert.deepEqual(fields, { message: message ?? Message, ...expected });
  assert.equal(logged.length, causes.length, JSON.stringify(logged));
  for (const [index, cause] of causes.entries()) {
    if (cause instanceof RegExp) assert.match(logged[index], cause);
    else assert.equal(logged[index], cause);
  }
  isDiscreet(line, { url: path, settings });
  assert.deepEqual(
    gateway.logs.filter((entry) => entry.request_id),
    [],
    "a request has one log line",
  );
  return line;
}

describe("in front of a real S3 server", () => {
  const folder = mkdtempSync(join(tmpdir(), "s3-edge-gateway-"));
  let s3;
  before(async () => {
    s3 = await startS3sFs({ dir: join(folder, "s3"), bucket: "demo", ...newKeys() });
  });
  after(async () => {
    await s3.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const gateway = aGateway(() => ({ s3, vars: OPEN }));
  const bucketIsEmpty = () => assert.deepEqual(readdirSync(join(folder, "s3", "demo")), [], "the bucket is empty");

  for (const [what, path, init] of /** @type {any[][]} */ ([
    ["an unknown route", "/v1/other?key=a", undefined],
    ["a method that the route does not have", "/v1/s3?key=a", { method: "POST", body: "x" }],
    ["a path without the base path", "/s3?key=a", put(BINARY, "x")],
  ])) {
    test(`${what} is a 403`, async () => {
      await fails(gateway, path, init, { type: "MISSING_AUTHENTICATION_TOKEN", causes: [] });
      bucketIsEmpty();
    });
  }

  for (const [what, path, init] of /** @type {any[][]} */ ([
    ["a download without a key", "/v1/s3", undefined],
    ["a download with an empty key", "/v1/s3?key=", undefined],
    ["an upload without a key", "/v1/s3?Key=a", put(BINARY, "x")],
  ])) {
    test(`${what} is a 400`, async () => {
      const message = "Missing required request parameters: [key]";
      const causes = ["the placeholder {key} of the integration's uri has no value"];
      await fails(gateway, path, init, { type: "BAD_REQUEST_PARAMETERS", message, causes, resource_path: "/s3" });
      bucketIsEmpty();
    });
  }

  const segment = String.raw`the key has a segment \".\" or \"..\", which a URL cannot contain`;
  for (const [what, key, reason] of [
    ["a key with a dot segment", "a/../b", segment],
    ["a key with an encoded dot segment", "%2E%2E/b", segment],
    ["a key with a NUL character", "a%00b", "the key contains a NUL character"],
    ["a key that is not UTF-8", "a%FFb", "the value of key is not UTF-8"],
  ]) {
    test(`${what} is a 400`, async () => {
      for (const init of [undefined, put(BINARY, "x")]) {
        const response = await gateway.request(`/v1/s3?key=${key}`, init);
        assert.equal(String(response.body), `{"message": "Invalid request parameter: ${reason}"}`);
        assert.equal(response.status, 400);
        assert.equal(response.headers["x-amzn-errortype"], "BadRequestException");
        assert.equal((await gateway.nextLog()).error, "BAD_REQUEST_PARAMETERS");
      }
      bucketIsEmpty();
    });
  }

  for (const [what, body, offset] of /** @type {any[][]} */ ([
    ["a body that is not base64", "no, not base64", 2],
    ["a body with a space after 10 base64 characters", "not base64", 10],
    ["base64 with an incomplete last group", "QUJDQ", 5],
    ["base64 with an invalid character", "QUJD*UJD", 4],
  ])) {
    test(`${what} is a 400 with the offset`, async () => {
      const message = `Invalid base64 in request body at offset ${offset}`;
      const log = { resource_path: "/s3", bytes_in: body.length, request_conversion: "base64-decode" };
      await fails(gateway, "/v1/s3?key=a", put("application/json", body), {
        type: "BAD_REQUEST_BODY",
        message,
        causes: [],
        ...log,
      });
      bucketIsEmpty();
    });
  }

  for (const accept of ["application/json", BINARY, "*/*"]) {
    test(`a missing object, Accept ${accept}: a 500 with S3's error document`, async () => {
      const response = await gateway.request("/v1/s3?key=nothing", { headers: { accept } });
      const { request_id: id, ms: _, s3_request_id: s3Id, ...log } = await gateway.nextLog();
      assert.equal(response.status, 500);
      assert.match(String(response.body), /<Error><Code>NoSuchKey<\/Code>/);
      assert.deepEqual(withoutConnection(response.headers), {
        "content-type": "application/xml",
        "x-amzn-requestid": id,
        "x-content-type-options": "nosniff",
      });
      assert.deepEqual(log, {
        method: "GET",
        resource_path: "/s3",
        status: 500,
        s3_status: 404,
        s3_error: "NoSuchKey",
        response_conversion: "identity",
        bytes_in: 0,
        bytes_out: response.body.length,
      });
      isDiscreet(
        { log, s3Id },
        {
          url: "/v1/s3?key=nothing",
          settings: { AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey },
        },
      );
    });
  }

  const REQUESTS = [
    [undefined, { bytes_in: 0 }],
    [{ headers: { accept: BINARY } }, { bytes_in: 0 }],
    [put(BINARY, "x"), { bytes_in: 1, request_conversion: "identity" }],
    [put("application/json", "eA=="), { bytes_in: 4, request_conversion: "base64-decode" }],
  ];

  test("a wrong secret key is a configuration error, and the log has S3's error code", async (t) => {
    const wrong = await startGateway({ s3, vars: { ...OPEN, AWS_SECRET_ACCESS_KEY: "wrong-secret" } });
    t.after(() => wrong.stop());
    wrong.secrets = { AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: "wrong-secret" };
    const causes = [/^S3 answered SignatureDoesNotMatch: check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, /];
    const log = {
      resource_path: "/s3",
      s3_status: 403,
      s3_error: "SignatureDoesNotMatch",
      response_conversion: "identity",
    };
    for (const [init, more] of REQUESTS) {
      await fails(wrong, "/v1/s3?key=a", init, { type: "API_CONFIGURATION_ERROR", causes, ...log, ...more });
    }
    bucketIsEmpty();
  });

  test("an unknown access key ID is a 500 that does not contain the key ID", async (t) => {
    const wrong = await startGateway({ s3, vars: { ...OPEN, AWS_ACCESS_KEY_ID: "GK0123456789" } });
    t.after(() => wrong.stop());
    for (const [init] of REQUESTS) {
      const response = await wrong.request("/v1/s3?key=a", init);
      const line = await wrong.nextLog();
      assert.deepEqual([response.status, line.status, line.s3_status], [500, 500, 403]);
      // s3s-fs answers NotSignedUp with an error document that has neither the key ID nor the signature.
      assert.doesNotMatch(String(response.body), /GK0123456789|AWSAccessKeyId|StringToSign|CanonicalRequest/);
      isDiscreet(line, {
        url: "/v1/s3?key=a",
        settings: { AWS_ACCESS_KEY_ID: "GK0123456789", AWS_SECRET_ACCESS_KEY: s3.secretKey },
      });
    }
    bucketIsEmpty();
  });

  test("an anonymous write without ALLOW_ANONYMOUS_WRITES is a 403", async (t) => {
    const closed = await startGateway({ s3, vars: { S3_BUCKET: "demo" } });
    t.after(() => closed.stop());
    const causes = [
      'PUT to S3 without `security` in the document: add `security`, or set ALLOW_ANONYMOUS_WRITES to "true"',
    ];
    for (const init of [put(BINARY, "x"), put("application/json", "eA==")]) {
      await fails(closed, "/v1/s3?key=a", init, { type: "ACCESS_DENIED", causes, resource_path: "/s3" });
    }
    bucketIsEmpty();
    assert.equal((await closed.request("/v1/s3?key=nothing")).status, 500, "reading is allowed");
  });
});

describe("S3 cannot be reached", () => {
  const double = started(() => startS3Double());
  const slow = {
    timeoutInMillis: 200,
    requestParameters: { "integration.request.path.key": "method.request.querystring.key" },
  };
  const quick = {
    "/v1/quick": { get: operation("GET", "s3:path/{key}", slow), put: operation("PUT", "s3:path/{key}", slow) },
  };
  const gateway = aGateway(() => ({ api: documentOf("/s3", quick["/v1/quick"]), s3: double, vars: OPEN }));
  const at = { resource_path: "/s3" };

  test("no server listens at S3_ENDPOINT: 504", async (t) => {
    const [port] = await freePorts(1);
    const lonely = await startGateway({ s3: { ...KEYS, endpoint: `http://127.0.0.1:${port}` }, vars: OPEN });
    t.after(() => lonely.stop());
    const causes = [/^S3 could not be reached: /];
    const retried = ["S3 could not be reached: Network connection lost."];
    await fails(lonely, "/v1/s3?key=a", undefined, {
      type: "INTEGRATION_FAILURE",
      causes,
      bytes_in: 0,
      retried,
      ...at,
    });
    const log = { bytes_in: 4, request_conversion: "base64-decode", ...at };
    await fails(lonely, "/v1/s3?key=a", put("application/json", "eA=="), {
      type: "INTEGRATION_FAILURE",
      causes,
      ...log,
    });
  });

  for (const [what, answer] of /** @type {any[][]} */ ([
    ["S3 resets the connection: 504", { fails: "reset" }],
    ["the answer is not HTTP: 504", { fails: "no HTTP" }],
  ])) {
    // The `timeoutInMillis` of these operations leaves no time for a second attempt.
    test(what, async () => {
      double.answer(Array(5).fill(answer));
      await fails(gateway, "/v1/s3?key=a", undefined, {
        type: "INTEGRATION_FAILURE",
        causes: [/^S3 could not be reached: /],
        bytes_in: 0,
        ...at,
      });
      const log = { bytes_in: 1, request_conversion: "identity", ...at };
      await fails(gateway, "/v1/s3?key=a", put(BINARY, "x"), {
        type: "INTEGRATION_FAILURE",
        causes: [/^S3 could not be reached: /],
        ...log,
      });
    });
  }

  test("S3 is slower than timeoutInMillis: 504", async () => {
    double.answer([
      { status: 200, body: "late", delayMillis: 1500 },
      { status: 200, delayMillis: 1500 },
    ]);
    for (const [init, log] of [
      [undefined, { bytes_in: 0 }],
      [put(BINARY, "x"), { bytes_in: 1, request_conversion: "identity" }],
    ]) {
      const started = performance.now();
      await fails(gateway, "/v1/s3?key=a", init, {
        type: "INTEGRATION_TIMEOUT",
        causes: ["S3 did not begin to respond in time"],
        ...log,
        ...at,
      });
      const waited = performance.now() - started;
      assert.ok(waited >= 200 && waited < 1400, `${waited} ms`);
    }
    await sleep(50);
  });

  test("S3 never answers: 504", async () => {
    double.answer([{ fails: "stall" }]);
    const causes = ["S3 did not begin to respond in time"];
    await fails(gateway, "/v1/s3?key=a", undefined, { type: "INTEGRATION_TIMEOUT", causes, bytes_in: 0, ...at });
  });

  for (const how of ["short body", "reset in the body"]) {
    test(`${how} of a response that needs conversion: 504`, async () => {
      double.answer([{ status: 200, headers: [["Content-Type", "image/jpeg"]], body: Buffer.alloc(6000), fails: how }]);
      const init = { headers: { accept: "application/json" } };
      const log = { bytes_in: 0, s3_status: 200, response_conversion: "base64-encode", ...at };
      await fails(gateway, "/v1/s3?key=a", init, {
        type: "INTEGRATION_FAILURE",
        causes: [/^S3 broke off its response: /],
        ...log,
      });
    });
  }

  test("S3 answers within timeoutInMillis: 200", async () => {
    double.answer([{ status: 200, headers: [["Content-Type", "image/jpeg"]], body: "in time", delayMillis: 100 }]);
    const response = await gateway.request("/v1/s3?key=a");
    assert.deepEqual([response.status, String(response.body)], [200, "in time"]);
    assert.equal((await gateway.nextLog()).error, undefined);
  });

  test("S3 answers again after the failures: 200", async () => {
    double.answer([{ status: 200, body: "well" }]);
    const response = await gateway.request("/v1/s3?key=a", { headers: { accept: BINARY } });
    assert.deepEqual([response.status, String(response.body)], [200, "well"]);
    await gateway.nextLog();
  });
});

describe("a deployment that is not valid", () => {
  const double = started(() => startS3Double());

  /** Asserts that every request is a 500 whose log line has exactly these causes, and that S3 is never called. */
  async function isMisconfigured(t, vars, causes, /** @type {{ api?: any, bin?: Buffer }} */ { api, bin } = {}) {
    const gateway = await startGateway({ api, bin, s3: double, vars: { ...OPEN, ...vars } });
    t.after(() => gateway.stop());
    gateway.secrets = Object.fromEntries(Object.entries(vars).filter(([name]) => name.startsWith("AWS_")));
    double.answer([]);
    for (const [path, init] of [
      ["/v1/s3?key=a", undefined],
      ["/v1/s3?key=a", put(BINARY, "x")],
      ["/nowhere", undefined],
    ]) {
      const line = await fails(gateway, path, init, { type: "API_CONFIGURATION_ERROR", causes, isMisconfigured: true });
      assert.doesNotMatch(JSON.stringify(line), /open sesame/);
    }
    assert.equal(double.requests.length, 0, "S3 is never called");
  }

  for (const [name, value, cause] of /** @type {any[][]} */ ([
    [
      "AWS_ACCESS_KEY_ID",
      undefined,
      /^AWS_ACCESS_KEY_ID is not set\. Use `wrangler secret put AWS_ACCESS_KEY_ID` to set .*\.$/,
    ],
    [
      "AWS_SECRET_ACCESS_KEY",
      "",
      /^AWS_SECRET_ACCESS_KEY is not set\. Use `wrangler secret put AWS_SECRET_ACCESS_KEY` to set .*\.$/,
    ],
    ["AWS_SECRET_ACCESS_KEY", "with a space", /^AWS_SECRET_ACCESS_KEY is not valid: /],
    ["AWS_SESSION_TOKEN", "line\nbreak", /^AWS_SESSION_TOKEN is not valid: /],
    [
      "COMPATIBILITY",
      "strict",
      "COMPATIBILITY is `strict`, which is not valid. Set it to `edge` or `aws`, or leave it out.",
    ],
    [
      "S3_ENDPOINT",
      "minio:9000",
      /^S3_ENDPOINT is `minio:9000`, which is not valid: .*\. Set it to a URL without a path, /,
    ],
    [
      "S3_BUCKET",
      "a/b",
      /^S3_BUCKET is `a\/b`, which is not valid: .*\. Set it to the name of a bucket, such as photos\.$/,
    ],
    [
      "S3_REGION",
      "us west",
      /^S3_REGION is `us west`, which is not valid: .*\. Set it to a region, such as us-west-2\.$/,
    ],
    [
      "S3_ADDRESSING",
      "host",
      "S3_ADDRESSING is `host`, which is not valid. Set it to `path` or `virtual`, or leave it out.",
    ],
    [
      "ALLOW_ANONYMOUS_WRITES",
      "yes",
      "ALLOW_ANONYMOUS_WRITES is `yes`, which is not valid. Set it to `true` or `false`, or leave it out.",
    ],
    ["STAGE_VARIABLES", "a=b", /^STAGE_VARIABLES is not a JSON object: it is [^.]*\. Set it to a JSON object /],
    [
      "STAGE_VARIABLES",
      { n: 1 },
      /^STAGE_VARIABLES has an entry `n` that is not valid: it is a number, not a string\. Set STAGE_VARIABLES to a JSON object /,
    ],
    [
      "API_KEYS",
      { team: "open sesame" },
      /^API_KEYS has an entry `team` that is not valid: it does not start with `sha256:`\. Set API_KEYS to a JSON object /,
    ],
    ["IAM_ACCESS_KEYS", "open sesame", /^IAM_ACCESS_KEYS is not a JSON object: it is [^.]*\. Set it to a JSON object /],
    [
      "JWT_ISSUERS",
      { pool: {} },
      /^JWT_ISSUERS has an entry `pool` that is not valid: its `issuer` is missing, empty or not a string\. Set JWT_ISSUERS to a JSON object /,
    ],
    [
      "ASSUME_ROLE",
      "perhaps",
      "ASSUME_ROLE is `perhaps`, which is not valid. Set it to `true` or `false`, or leave it out.",
    ],
    ["STS_ENDPOINT", "sts", /^STS_ENDPOINT is `sts`, which is not valid: .*\. Set it to a URL without a path, /],
  ])) {
    test(`${name} is ${value === undefined ? "not set" : JSON.stringify(value)}: every request is a 500`, (t) =>
      isMisconfigured(t, { [name]: value }, [cause].flat()));
  }

  for (const [what, change, cause] of /** @type {any[][]} */ ([
    [
      "empty",
      () => Buffer.alloc(0),
      "api.bin: the file is cut off: it ends after 0 bytes. Compile the document again: run `npm run build`",
    ],
    [
      "an OpenAPI document",
      () => Buffer.from("openapi: 3.0.1"),
      /^api\.bin: the file is not a compiled API: .*: run `npm run build`$/,
    ],
    [
      "cut off in its header",
      (bin) => bin.subarray(0, 8),
      /^api\.bin: the file is cut off: it ends after 8 bytes\. .*: run `npm run build`$/,
    ],
    ["without its last byte", (bin) => bin.subarray(0, -1), /^api\.bin: the file is damaged: .*: run `npm run build`$/],
    [
      "with a changed byte",
      (bin) => bin.fill(bin.at(-1) ^ 1, bin.length - 1),
      /^api\.bin: the file is damaged: .*: run `npm run build`$/,
    ],
    [
      "of another format version",
      (bin) => bin.fill(0xff, 4, 6),
      /^api\.bin: the file was compiled by version [\d.]+ \(format 65535\), but this Worker is version [\d.]+ \(format \d+\)\. .*: run `npm run build`$/,
    ],
  ])) {
    test(`api.bin is ${what}: every request is a 500`, async (t) =>
      isMisconfigured(t, {}, [cause], { bin: change(Buffer.from(await compiled())) }));
  }

  test("an operation that cannot be served is a 501, and the others are served", async (t) => {
    const get = operation("GET", "s3:path/demo/x");
    get["x-amazon-apigateway-integration"].uri = "arn:aws-moon:apigateway:us-west-2:s3:path/demo/x";
    const api = documentOf("/s3", { get, head: operation("HEAD", "s3:path/demo/x") });
    const gateway = await startGateway({ api, s3: double });
    t.after(() => gateway.stop());
    double.answer([{ status: 200 }]);
    assert.equal((await gateway.request("/v1/s3")).status, 501);
    assert.match((await gateway.nextLog()).causes.join(), /`aws-moon`/);
    assert.equal(double.requests.length, 0, "S3 is not called");
    assert.equal((await gateway.request("/v1/s3", { method: "HEAD" })).status, 200);
  });

  test("JWT_ISSUERS names an authorizer that the document does not have: every request is a 500", (t) =>
    isMisconfigured(
      t,
      { JWT_ISSUERS: { pool: { issuer: "https://issuer.example.com", jwks_uri: "https://issuer.example.com/keys" } } },
      [
        "JWT_ISSUERS: no operation that runs at the edge has an authorizer named `pool`. Correct the name, or remove the entry",
      ],
    ));

  test("all errors are reported at once", (t) =>
    isMisconfigured(
      t,
      { AWS_ACCESS_KEY_ID: "", COMPATIBILITY: "both", S3_BUCKET: "a" },
      [
        /^AWS_ACCESS_KEY_ID is not set\. /,
        "COMPATIBILITY is `both`, which is not valid. Set it to `edge` or `aws`, or leave it out.",
        /^S3_BUCKET is `a`, which is not valid: .*\. Set it to the name of a bucket, such as photos\.$/,
        /^api\.bin: the file is not a compiled API: /,
      ],
      { bin: Buffer.from("{}") },
    ));
});

test("control characters of a query parameter, except tabs, become spaces in a response header", async () => {
  const document = {
    ...documentOf("/files", { get: operation("GET", "s3:path/a") }),
    "x-amazon-apigateway-gateway-responses": {
      DEFAULT_4XX: { responseParameters: { "gatewayresponse.header.X-Asked": "method.request.querystring.q" } },
    },
  };
  const gateway = await startGateway({ api: document, vars: VARS });
  try {
    // Node's client rejects a response whose head contains a control character other than a tab.
    const answer = await gateway.request("/nowhere?q=a%01b%0D%0Ac%7Fd%09e");
    assert.equal(answer.status, 403);
    assert.equal(answer.headers["x-asked"], "a b  c d\te");
  } finally {
    await gateway.stop();
  }
});
