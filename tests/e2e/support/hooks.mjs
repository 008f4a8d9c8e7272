// Servers of a suite. They start before the first test of the suite, and stop after the last test.

import { request } from "node:http";
import { after, before } from "node:test";
import { startGateway } from "./gateway.mjs";
import { startRecorder } from "./recorder.mjs";

/** The variables of most tests: one bucket, in which everyone can write. */
export const OPEN = { S3_BUCKET: "demo", ALLOW_ANONYMOUS_WRITES: "true" };

/** The start of the last server, for which the next server waits. */
let starting = Promise.resolve();

/**
 * Calls `start` before the first test of the suite, and stops the server to which `start` resolves after the last test.
 * Returns a proxy of that server. Only hooks and tests can use the proxy.
 * @param {() => Promise<any>} start
 * @returns {any}
 */
export function started(start) {
  let server;
  before(() => {
    // Outside of a suite, node calls the next hook before this hook has ended. The server of the next hook may need this server.
    starting = starting
      .catch(() => {})
      .then(async () => {
        server = await start();
      });
    return starting;
  });
  after(() => server?.stop());
  return new Proxy(
    {},
    {
      get: (_, name) => server[name],
      set: (_, name, value) => Reflect.set(server, name, value),
    },
  );
}

/**
 * Returns a gateway for the suite, see `started`. `options` returns the options of `startGateway`. It is a function because the
 * servers in the options are not running when the suite is defined.
 * @param {() => Record<string, any>} options
 */
export const aGateway = (options) => started(() => startGateway(options()));

/**
 * Returns a recorder for the suite, see `startRecorder` and `started`.
 * @param {Parameters<typeof startRecorder>[0]} [options]
 */
export const aRecorder = (options) => started(() => startRecorder(options));

/**
 * Returns options of `startGateway` that send all requests of the Worker to this loopback port over HTTP. The `Host` header is
 * kept. So no host name is resolved, and no request leaves the machine.
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
