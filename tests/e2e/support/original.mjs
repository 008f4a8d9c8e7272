// The original API at `PASSTHROUGH_URL`: a server that records each request and sends the answer that a test sets.

import { createServer } from "node:http";
import { listen } from "./loopback.mjs";

/**
 * Starts the server on a loopback port. It calls `answer(seen, request, response)` when the head of a request has arrived. A
 * test may replace the server's `answer` at any time. `seen` is `{ method, target, rawHeaders, headers, body(), ended, closed }`:
 * `body()` resolves to the bytes, `ended` is true if the body is complete, and `closed` resolves when the connection closes.
 * If the body breaks off, `body()` resolves to the bytes that have arrived.
 */
export async function startOriginal() {
  /** @type {{ requests: any[], answer: (...of: any[]) => unknown, waiting: ((seen: any) => void)[] }} */
  const original = { requests: [], answer: defaultAnswer, waiting: [] };
  const server = createServer({ keepAlive: false }, receive);
  for (const event of ["checkContinue", "upgrade"]) server.on(event, receive);

  function receive(request, response) {
    const { method, url: target, rawHeaders, headers, socket } = request;
    const chunks = [];
    const seen = { method, target, rawHeaders, headers, chunks, ended: false };
    const whole = new Promise((resolve) => {
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("error", () => {});
      request.on("end", () => {
        seen.ended = true;
        resolve(Buffer.concat(chunks));
      });
      request.on("close", () => resolve(Buffer.concat(chunks)));
    });
    seen.body = () => whole;
    // Each request adds a listener to its connection. Node warns if a connection has more than ten listeners.
    socket.setMaxListeners(0);
    seen.closed = new Promise((resolve) => socket.once("close", resolve));
    original.requests.push(seen);
    original.waiting.shift()?.(seen);
    original.answer(seen, request, response);
  }

  server.on("connection", (socket) => socket.on("error", () => {}));
  const { port, stop } = await listen(server);
  return Object.assign(original, {
    port,
    url: `http://127.0.0.1:${port}/prod`,
    /** Resolves to the next request when its head arrives. */
    next: () => new Promise((resolve) => original.waiting.push(resolve)),
    stop,
  });
}

/** Reads the request to its end, then answers 200. */
export async function defaultAnswer(seen, _request, response) {
  await seen.body();
  response.end("from the original");
}

/** Returns the values of each header by lower-case name. Values of repeated headers keep their order. */
export function fieldsOf(rawHeaders) {
  const fields = Object.create(null);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    fields[name] ??= [];
    fields[name].push(rawHeaders[at + 1]);
  }
  return fields;
}

/** Returns the names of the headers as the sender spelled them. */
export const namesOf = (rawHeaders) => rawHeaders.filter((_, at) => at % 2 === 0);
