// Empty bodies with every framing that HTTP allows, uploaded and downloaded, in both behaviours, in front of real servers.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";
import { BEHAVIOURS } from "./support/vectors.mjs";

const BINARY = "application/octet-stream";
const JSON_TYPE = "application/json";
const IN_TEMPLATE = '{\n   "image": "{}"\n}';

/** The framings of an empty body, by name: the end of the head, and the body. */
const FRAMINGS = {
  "Content-Length: 0": "Content-Length: 0\r\n\r\n",
  "a chunked body without a chunk": "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "neither Content-Length nor Transfer-Encoding": "\r\n",
};

/** Sends a PUT with this framing on a socket. Resolves to the status and the body of the response. */
async function put(gateway, key, type, framing) {
  const socket = connect(gateway.port, "127.0.0.1").setEncoding("latin1");
  socket.write(`PUT /v1/s3?key=${key} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n${framing}`);
  let answer = "";
  for await (const text of socket) {
    answer += text;
    const [, head, body] = /^(.*?)\r\n\r\n(.*)$/s.exec(answer) ?? [];
    if (head && body.length === Number(/^content-length: (\d+)$/im.exec(head)?.[1])) {
      return { status: Number(head.split(" ")[1]), body };
    }
  }
  throw new Error(`the connection ended before the answer was complete: ${answer}`);
}

for (const server of realServers()) {
  for (const behaviour of BEHAVIOURS) {
    describe(`${server.name}, ${behaviour}`, () => {
      const gateway = aGateway(() => ({ s3: server.s3, vars: { ...OPEN, COMPATIBILITY: behaviour } }));

      for (const [what, framing] of Object.entries(FRAMINGS)) {
        for (const type of [BINARY, JSON_TYPE]) {
          test(`an upload of ${type} with ${what} stores an empty object`, async () => {
            await server.store.put("up.jpg", "it was not empty");
            const answer = await put(gateway, "up.jpg", type, framing);
            assert.equal(answer.status, 200, answer.body);
            const { status, body, headers } = await server.store.get("up.jpg");
            assert.deepEqual([status, body.length], [200, 0]);
            const ofKey = behaviour === "edge" && type === JSON_TYPE;
            assert.equal(headers.get("content-type"), ofKey ? "image/jpeg" : type);
            assert.deepEqual(await server.store.unfinished(), []);
            const log = await gateway.nextLog();
            assert.deepEqual([log.status, log.s3_status, log.bytes_in ?? 0, log.causes], [200, 200, 0, undefined]);
          });
        }
      }

      test("a download of an empty object has an empty body, or `{}` in a template", async () => {
        await server.store.put("down.jpg", "", { "content-type": "image/jpeg" });
        for (const [accept, text] of [
          [BINARY, ""],
          [JSON_TYPE, IN_TEMPLATE],
        ]) {
          // In aws, a mapping template for a binary body is an error, also if the body is empty.
          const fails = behaviour === "aws" && accept === BINARY;
          const answer = await gateway.request("/v1/s3?key=down.jpg", { headers: { accept } });
          assert.equal(answer.status, fails ? 500 : 200, accept);
          if (fails) continue;
          assert.equal(answer.body.toString(), text);
          assert.equal(answer.headers["content-length"], String(text.length));
          assert.ok(answer.complete);
        }
      });
    });
  }
}
