// Servers of a test on loopback ports.

import { once } from "node:events";

/**
 * Listens on a free port. Resolves to `{ port, stop() }`. `stop` also closes the open connections of an HTTP server.
 * @param {import("node:net").Server} server
 */
export async function listen(server, host = "127.0.0.1") {
  server.listen(0, host);
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const stop = () => {
    if ("closeAllConnections" in server) /** @type {import("node:http").Server} */ (server).closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port, stop };
}
