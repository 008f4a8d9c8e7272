// One workerd with the gateway and its peers in it, each on a port of its own.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import workerd from "workerd";


const root = fileURLToPath(new URL("..", import.meta.url));
const COMPATIBILITY_DATE = "2026-05-01";
const KEYS = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

export const PEERS = ["gateway", "aws4fetch", "floor"];

/** Starts workerd; resolves to `{ pid, ports: { gateway, aws4fetch, floor }, stop() }`. */
export async function startWorkers(s3Port) {
  const out = join(root, "build", "bench");
  mkdirSync(out, { recursive: true });
  for (const peer of ["aws4fetch", "floor"]) {
    await build({
      entryPoints: [join(root, "bench", "peers", `${peer}.js`)],
      outfile: join(out, `${peer}.js`),
      bundle: true,
      format: "esm",
      logLevel: "error",
    });
  }
  for (const file of ["index.js", "index_bg.wasm"]) {
    writeFileSync(join(out, file), readFileSync(join(root, "build", file)));
  }
  const ports = Object.fromEntries(await Promise.all(PEERS.map(async (peer) => [peer, await freePort()])));
  writeFileSync(join(out, "config.capnp"), configuration(s3Port, ports));
  const child = spawn(workerd.default ?? workerd, ["serve", join(out, "config.capnp")], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  for (const port of Object.values(ports)) await answers(port, () => errors);
  return { pid: child.pid, ports, stop: () => child.kill() };
}

function configuration(s3Port, ports) {
  const bindings = Object.entries({ ...KEYS, S3_ENDPOINT: `http://127.0.0.1:${s3Port}`, S3_BUCKET: "bench", ALLOW_ANONYMOUS_WRITES: "true" })
    .map(([name, text]) => `(name = "${name}", text = "${text}")`)
    .join(", ");
  const modules = {
    gateway: `(name = "index.js", esModule = embed "index.js"), (name = "index_bg.wasm", wasm = embed "index_bg.wasm")`,
    aws4fetch: `(name = "aws4fetch.js", esModule = embed "aws4fetch.js")`,
    floor: `(name = "floor.js", esModule = embed "floor.js")`,
  };
  const worker = (peer) =>
    `(name = "${peer}", worker = (modules = [${modules[peer]}], compatibilityDate = "${COMPATIBILITY_DATE}", bindings = [${bindings}]))`;
  const socket = (peer) => `(name = "${peer}", address = "127.0.0.1:${ports[peer]}", http = (), service = "${peer}")`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "internet", network = (allow = ["private", "public"])), ${PEERS.map(worker).join(", ")}],
  sockets = [${PEERS.map(socket).join(", ")}]
);
`;
}

/** CPU seconds (user and system) that a process has used. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(port, errors) {
  for (let tries = 0; tries < 100; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/v1/s3?key=1024`);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`workerd does not answer on port ${port}: ${errors()}`);
}
