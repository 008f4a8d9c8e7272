// Servers of a suite, started before its first test and stopped after its last.

import { request } from "node:http";
import { after, before } from "node:test";
import { startGateway } from "./gateway.mjs";
import { startRecorder } from "./recorder.mjs";

/** The variables of most tests: one bucket, and anonymous writes. */
export const OPEN = { S3_BUCKET: "demo", ALLOW_ANONYMOUS_WRITES: "true" };

/**
 * Returns a gateway for the suite. `options` returns the options of `startGateway`. It is a function because the servers that
 * it reads are started later. The members of the gateway are set when the tests run.
 * @param {() => Record<string, any>} options
 */
export function aGateway(options) {
  /** @type {any} */
  const gateway = {};
  before(async () => Object.assign(gateway, await startGateway(options())));
  after(() => gateway.stop?.());
  return gateway;
}

/**
 * Returns a recorder (see `startRecorder`) for the suite.
 * @param {Parameters<typeof startRecorder>[0]} [options]
 */
export function aRecorder(options) {
  /** @type {any} */
  const recorder = {};
  before(async () => Object.assign(recorder, await startRecorder(options)));
  after(() => recorder.stop?.());
  return recorder;
}

/**
 * Returns an option of `startGateway`. It sends all requests of the Worker to this loopback port over HTTP and keeps the
 * `Host` header. So no host name is resolved, and no request leaves the machine.
 */
export const allTrafficTo = (port) => ({
  dev: { outboundService: { type: "node-handler", handler: (incoming, outgoing) => pass(incoming, outgoing, port) } },
});

function pass(incoming, outgoing, port) {
  const { method, url: path } = incoming;
  // Miniflare adds headers that begin with `mf-`.
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !name.startsWith("mf-")));
  const sending = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  sending.on("error", (error) => outgoing.destroy(error));
  incoming.pipe(sending);
}
