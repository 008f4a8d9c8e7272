// A test double for S3 that records every complete request.

import { createServer } from "node:http";
import { listen } from "./loopback.mjs";

/**
 * Starts the double on a loopback port. `answer(request, response)` answers each complete request. The default is 200 without a
 * body.
 * With `stall`, the double reads no body and sends no answer. Resolves to
 * `{ endpoint, port, accessKey, secretKey, requests, stop() }`. An element of `requests` is
 * `{ method, target, headers, rawHeaders, body }`,
 * where `target` is the path and query of the request line. `begun()` is the number of requests whose head has arrived, and
 * `received()` the number of bytes of their bodies.
 * @param {{ answer?: (seen: any, response: any) => void, stall?: boolean, host?: string }} [options]
 */
export async function startRecorder({ answer, stall = false, host = "127.0.0.1" } = {}) {
  const requests = [];
  let [begun, received] = [0, 0];
  const server = createServer((request, response) => {
    begun++;
    if (stall) return;
    const chunks = [];
    request.on("error", () => {});
    request.on("data", (chunk) => {
      chunks.push(chunk);
      received += chunk.length;
    });
    request.on("end", () => {
      const { method, url: target, headers, rawHeaders } = request;
      const seen = { method, target, headers, rawHeaders, body: Buffer.concat(chunks) };
      requests.push(seen);
      if (answer) answer(seen, response);
      else response.end();
    });
  });
  const { port, stop } = await listen(server, host);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    accessKey: "AKIDEXAMPLE",
    secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    requests,
    begun: () => begun,
    received: () => received,
    stop,
  };
}
