// The original API behind `PASSTHROUGH_URL`: a server that records each request as it arrives, and sends the answer of a test.

import { createServer } from "node:http";
import { listen } from "./loopback.mjs";

/**
 * Starts the server on a loopback port. `answer(seen, request, response)` is called for each request as soon as its head is
 * there, and may be replaced at any time; `seen` is `{ method, target, rawHeaders, headers, body(), ended, closed }`:
 * `body()` resolves to the bytes, `ended` is whether all of them came, `closed` resolves when the connection is closed.
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
    // A connection carries many requests, and each listens.
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
    /** The next request, when its head arrives. */
    next: () => new Promise((resolve) => original.waiting.push(resolve)),
    stop,
  });
}

/** Reads the request to its end, then answers 200. */
export async function defaultAnswer(seen, _request, response) {
  await seen.body();
  response.end("from the original");
}

/** The header fields of a message by name in lower case, in their order and with every field. */
export function fieldsOf(rawHeaders) {
  const fields = Object.create(null);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    fields[name] ??= [];
    fields[name].push(rawHeaders[at + 1]);
  }
  return fields;
}

/** The names of header fields as they were written. */
export const namesOf = (rawHeaders) => rawHeaders.filter((_, at) => at % 2 === 0);
