// A test double for S3. It sends the answers that a test sets, records requests, verifies signatures, and can break
// connections.

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { listen } from "./loopback.mjs";
import { faultOfSignature } from "./sigv4.mjs";

/** The keys and the region with which most tests sign. */
export const KEYS = {
  accessKey: "AKIAIOSFODNN7EXAMPLE",
  secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  region: "us-west-2",
};

/**
 * Starts the double on a free port. `double.answer([...])` sets the answers to the next requests, in order, and clears the
 * recorded requests. With `double.answer(function)`, the function gets each request and returns its answer. An
 * answer is `{ status, headers, body, chunked, delayMillis, pauseMillis, fails }`. The head is sent after `delayMillis`, and the second
 * half of the body after further `pauseMillis`. `fails` is one of
 *
 * - `reset`: the connection is reset before an answer
 * - `stall`: the request is read, and no answer is sent
 * - `stall in the body`: only the head and half of the body are sent
 * - `reset in the body`: the connection is reset after the head and half of the body
 * - `short body`: the connection is closed after the head and half of the body
 * - `long body`: more bytes are sent than `Content-Length` declares
 * - `no HTTP`: the answer is not HTTP
 * - `reset in the request`: the connection is reset before the request body is complete
 *
 * If no answer is left, the double sends a 500. `double.requests` are `{ method, path, headers, body, fault, broken, closed }`.
 * `fault` is the reason why the signature is not valid for `double.keys`, or undefined. `broken` is true if the connection closed
 * before the end of the request body. `closed` is the time in milliseconds when the response or its connection ended.
 */
export async function startS3Double(keys = KEYS) {
  /** @type {Record<string, any>} */
  const double = { keys, requests: [], accessKey: keys.accessKey, secretKey: keys.secretKey };
  /** @type {any} */
  let answers = [];
  double.answer = (next) => {
    answers = typeof next === "function" ? next : [...next];
    double.requests = [];
  };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    const { requests } = double;
    /** @type {any} */
    const recorded = { method: request.method, path: request.url, headers: request.headers };
    requests.push(recorded);
    response.once("close", () => {
      recorded.closed = Date.now();
    });
    const answer = (typeof answers === "function" ? answers(recorded) : answers.shift()) ?? {
      status: 500,
      body: "the double has no answer left",
    };
    const chunks = [];
    try {
      for await (const chunk of request) {
        chunks.push(chunk);
        if (answer.fails === "reset in the request") request.socket.resetAndDestroy();
      }
    } catch {
      recorded.broken = true;
      return;
    }
    recorded.body = Buffer.concat(chunks);
    recorded.fault = faultOfSignature(recorded, double.keys);
    await reply(request, response, answer);
  });
  server.keepAliveTimeout = 1000;
  Object.assign(double, await listen(server));
  double.endpoint = `http://127.0.0.1:${double.port}`;
  return double;
}

async function reply(
  request,
  response,
  { status, headers = [], body = Buffer.alloc(0), chunked, delayMillis = 0, pauseMillis = 0, fails },
) {
  if (fails === "reset") return request.socket.resetAndDestroy();
  if (fails === "stall") return;
  if (fails === "no HTTP") return request.socket.end("220 mail.example.com ESMTP\r\n");
  await sleep(delayMillis);
  const bytes = Buffer.from(body);
  const names = headers.map(([name]) => name.toLowerCase());
  response.sendDate = false; // A vector lists all headers.
  const hasNoBody = status === 204 || status === 304;
  for (const [name, value] of headers) response.appendHeader(name, value);
  if (fails === "long body") {
    const head = [
      `HTTP/1.1 ${status} OK`,
      ...headers.map((pair) => pair.join(": ")),
      `Content-Length: ${bytes.length}`,
      "Connection: close",
      "",
      "",
    ];
    return request.socket.end(Buffer.concat([Buffer.from(head.join("\r\n")), bytes, bytes]));
  }
  if (!chunked && !names.includes("content-length") && !hasNoBody) response.setHeader("Content-Length", bytes.length);
  response.writeHead(status);
  if (fails === undefined && pauseMillis === 0) return response.end(request.method === "HEAD" ? undefined : bytes);
  response.flushHeaders();
  response.write(bytes.subarray(0, bytes.length / 2));
  await sleep(pauseMillis || 50);
  if (fails === undefined) return response.end(bytes.subarray(bytes.length / 2));
  if (fails === "stall in the body") return;
  if (fails === "reset in the body") request.socket.resetAndDestroy();
  if (fails === "short body") request.socket.end();
}
