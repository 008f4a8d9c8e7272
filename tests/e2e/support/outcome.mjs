// Compares the outcome of an exchange in the built Worker with the expectation of its vector. An additional request or header is
// an error, too.

import assert from "node:assert/strict";
import { sha256 } from "./sigv4.mjs";
import { bytes, headerPairs } from "./vectors.mjs";

export const HOST = "api.example.com";

/** Headers of the signature and of the runtime in a request to a backend. Vectors do not list them. */
const SIGNATURE_HEADERS = ["authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"];
const RUNTIME_HEADERS = ["host", "connection", "content-length", "accept-encoding", "user-agent", "cf-worker"];
/** Headers that `cache: "no-store"` adds to requests to S3. */
const NO_STORE_HEADERS = ["cache-control", "pragma"];

/** Headers of a response that vectors do not list: those of the connection and of node. */
export const UNLISTED_RESPONSE_HEADERS = ["connection", "keep-alive", "date", "transfer-encoding", "content-length"];

const fill = (text, log) => text.replaceAll("{request-id}", log.request_id).replaceAll("{host}", HOST);

/** Sends the request of a case to a Worker. Resolves to `{ response, log, requests }`. `requests` are those to the backend. */
export async function exchange(gateway, double, { request, s3 }) {
  double.answer(
    s3.map(({ status, headers, body, ...rest }) => ({
      status,
      headers: headerPairs(headers),
      body: bytes(body),
      ...rest,
    })),
  );
  const body = bytes(request.body);
  const values = Map.groupBy(headerPairs(request.headers), ([name]) => name);
  const headers = /** @type {Record<string, any>} */ ({ Host: HOST });
  for (const [name, pairs] of values)
    headers[name] = pairs.length === 1 ? pairs[0][1] : pairs.map(([, value]) => value);
  if (body.length > 0)
    headers[request.chunked ? "transfer-encoding" : "content-length"] = request.chunked ? "chunked" : body.length;
  const sending = { method: request.method, headers, body: body.length > 0 ? body : undefined };
  const [response, log] = await Promise.all([gateway.request(request.url, sending), gateway.nextLog()]);
  return { response, log, requests: double.requests };
}

/** Asserts that the outcome of a case is the expected one. */
export function check({ expected, request, settings, behaviour }, { response, log, requests }) {
  const seen = requests.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(
    seen,
    expected.requests.map(({ method, url }) => `${method} ${url}`),
    `requests to the backend; the log line is ${JSON.stringify(log)}`,
  );
  for (const [index, wanted] of expected.requests.entries()) checkRequest(wanted, requests[index], log);
  checkResponse({ ...expected.response, behaviour }, response, request.method, log);
  checkLog({ expected, request, settings }, response, log);
}

function checkRequest(expected, sent, log) {
  const isSigned = expected.payload !== "no signature";
  if (isSigned) assert.equal(sent.fault, undefined, "the fault of the signature of the request to S3");
  const wanted = lowered(headerPairs(expected.headers), (value) => fill(value, log));
  const added = isSigned ? [...RUNTIME_HEADERS, ...SIGNATURE_HEADERS, ...NO_STORE_HEADERS] : RUNTIME_HEADERS;
  const own = Object.entries(sent.headers).filter(([name]) => name in wanted || !added.includes(name));
  assert.deepEqual(Object.fromEntries(own), wanted, "headers of the request to the backend");
  same(sent.body, bytes(expected.body), "body of the request to the backend");
  if (!isSigned) return;
  const hash = expected.unsigned ? "UNSIGNED-PAYLOAD" : sha256(bytes(expected.body));
  assert.equal(sent.headers["x-amz-content-sha256"], hash);
  assert.ok(
    Math.abs(timeOf(sent.headers["x-amz-date"]) - Date.now()) < 60_000,
    `x-amz-date is ${sent.headers["x-amz-date"]}, which is more than 60 s from now`,
  );
}

function checkResponse(expected, response, method, log) {
  assert.equal(
    response.status,
    expected.status,
    `status; the body is ${response.body}, the log line is ${JSON.stringify(log)}`,
  );
  const wanted = {
    ...(expected.behaviour === "edge" && { "x-content-type-options": "nosniff" }),
    ...lowered(headerPairs(expected.headers), (value) => fill(value, log)),
    "x-amzn-requestid": log.request_id,
  };
  // Node returns the values of Set-Cookie as an array. Vectors join them with commas.
  const answered = Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")]);
  const own = answered.filter(([name]) => name in wanted || !UNLISTED_RESPONSE_HEADERS.includes(name));
  assert.deepEqual(Object.fromEntries(own), wanted, "headers of the response to the client");
  const body = method === "HEAD" ? Buffer.alloc(0) : bytes(expected.body);
  const text = body.toString("utf8");
  same(
    response.body,
    Buffer.from(text, "utf8").equals(body) ? Buffer.from(fill(text, log)) : body,
    "body of the response to the client",
  );
  assert.ok(response.complete, "the response is complete");
  const length = response.headers["content-length"];
  if (length !== undefined && method !== "HEAD" && expected.status !== 304)
    assert.equal(Number(length), response.body.length, "Content-Length");
}

function checkLog({ expected, request, settings }, response, log) {
  assert.equal(log.status, response.status);
  assert.equal(log.method, request.method);
  assert.equal("error" in log, (expected.log.error ?? null) !== null, `error in the log line ${JSON.stringify(log)}`);
  for (const [field, value] of Object.entries(expected.log))
    assert.deepEqual(log[field], value ?? undefined, `the field ${field} of the log line`);
  isDiscreet(log, { url: request.url, settings });
}

/**
 * Asserts that a log line contains no AWS key or session token of the settings, no signature, and no query of more than 3
 * characters.
 */
export function isDiscreet(log, { url, settings }) {
  const line = JSON.stringify(log);
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
    if (settings[name]) assert.ok(!line.includes(settings[name]), `the log line contains ${name}: ${line}`);
  }
  assert.doesNotMatch(
    line,
    /Signature=|X-Amz-(Signature|Credential|Security-Token)|AWS4-HMAC/i,
    `the log line contains a signature: ${line}`,
  );
  const [, query = ""] = url.split("?");
  if (query.length > 3) assert.ok(!line.includes(query), `the log line contains the query: ${line}`);
}

/** Asserts that two bodies are equal. A failure shows at most the first 500 bytes of each body. */
export function same(seen, expected, what) {
  if (seen.equals(expected)) return;
  const show = (body) => `${body.length} bytes: ${body.subarray(0, 500).toString("latin1")}`;
  assert.equal(show(seen), show(expected), what);
  assert.fail(`${what}: the bodies differ after the first 500 bytes`);
}

function lowered(pairs, change) {
  const headers = new Map();
  for (const [name, value] of pairs) {
    const [key, known] = [name.toLowerCase(), headers.get(name.toLowerCase())];
    headers.set(key, known === undefined ? change(value) : `${known}, ${change(value)}`);
  }
  return Object.fromEntries(headers);
}

/** Returns the milliseconds since 1970 of a time such as `20260409T123456Z`. */
function timeOf(text) {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const [year, month, ...rest] = parts.map(Number);
  return Date.UTC(year, month - 1, ...rest);
}
