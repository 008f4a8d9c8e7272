// What a suite needs, started before its first test and stopped after its last.

import { request } from "node:http";
import { after, before } from "node:test";
import { startGateway } from "./gateway.mjs";
import { startRecorder } from "./recorder.mjs";

/** Variables of nearly every test: one bucket, and writes without a key. */
export const OPEN = { S3_BUCKET: "demo", ALLOW_ANONYMOUS_WRITES: "true" };

/**
 * A gateway for the suite. `options` is a function, as what it names is not there before the suite runs; it gives what
 * `startGateway` takes. `request()` and the rest work once tests run.
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
 * A recording S3 double for the suite.
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
 * An option of `startGateway`: the Worker's requests go to this loopback port over HTTP, whatever the host of their URL
 * is; the `Host` header stays. So no name has to resolve, and nothing leaves this machine.
 */
export const allTrafficTo = (port) => ({
  dev: { outboundService: { type: "node-handler", handler: (incoming, outgoing) => pass(incoming, outgoing, port) } },
});

function pass(incoming, outgoing, port) {
  const { method, url: path } = incoming;
  // Headers of Miniflare begin with `mf-`.
  const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !name.startsWith("mf-")));
  const sending = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(outgoing);
  });
  sending.on("error", (error) => outgoing.destroy(error));
  incoming.pipe(sending);
}
