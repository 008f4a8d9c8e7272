// workerd with the gateway and its peers in it, each on a port of its own.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { extname, join } from "node:path";
import { ofWrangler, ROOT } from "../scripts/paths.mjs";
import { freePorts, launch, untilReady } from "../scripts/processes.mjs";
import { Failure } from "../scripts/steps.mjs";
import { childOf } from "./kernel.mjs";
import { LARGE, WORKERS } from "./work.mjs";

export const FOLDER = join(ROOT, ".dev", "bench");
const PEERS = WORKERS.filter((name) => name !== "gateway");
const FIRST_ANSWER_MS = 20_000;
const VARIABLES = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  S3_BUCKET: "bench",
  ALLOW_ANONYMOUS_WRITES: "true",
};
const BUILT = ["worker.js", "index.js", "index_bg.wasm", "api.bin"];
const KINDS = { js: "esModule", wasm: "wasm", bin: "data" };
const gateway = (name) =>
  BUILT.map((file) => `(name = "${file}", ${KINDS[extname(file).slice(1)]} = embed "${name}/${file}")`).join(", ");
const MODULES = {
  gateway: gateway("gateway"),
  [LARGE]: gateway(LARGE),
  ...Object.fromEntries(PEERS.map((name) => [name, `(name = "${name}.js", esModule = embed "${name}.js")`])),
};

const running = new Set();

/** Puts the Workers' modules beside where the configurations will be. */
export async function collectModules() {
  const { build } = await import("esbuild");
  mkdirSync(FOLDER, { recursive: true });
  for (const name of PEERS) {
    const entryPoints = [join(ROOT, "bench", "peers", `${name}.js`)];
    await build({
      entryPoints,
      outfile: join(FOLDER, `${name}.js`),
      bundle: true,
      format: "esm",
      minify: true,
      logLevel: "error",
    });
  }
  collectGateway("gateway");
}

/** Copies the built gateway as the Worker `name`. Returns its folder. */
export function collectGateway(name) {
  const folder = join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  for (const file of BUILT) copyFileSync(join(ROOT, "build", file), join(folder, file));
  return folder;
}

/** Starts one workerd with the Workers `names`; resolves to `{ pid, ports, stop() }` when all of them answer. */
export async function startWorkers(names, s3Port, args = []) {
  const free = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, index) => [name, free[index]]));
  const command = [workerd(), "serve", configure(ports, s3Port), ...args];
  // The access log is written, as in a deployment, but nobody has to read it.
  const process = launch("sh", ["-c", 'exec "$0" "$@" > /dev/null', ...command], { log: join(FOLDER, "workerd.log") });
  running.add(process);
  const stop = async () => {
    await process.stop();
    running.delete(process);
  };
  try {
    for (const port of Object.values(ports))
      await untilReady(process, "workerd", async () => (await ask(port)) === 200);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: childOf(process.pid), ports, stop };
}

/** Milliseconds from the start of a workerd with the one Worker `name` to the end of its first answer. */
export async function timeToFirstAnswer(name, s3Port) {
  const [program, file] = [workerd(), configure({ [name]: 0 }, s3Port)];
  const started = performance.now();
  const child = spawn(program, ["serve", file, "--control-fd=3"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const stop = () => {
    child.kill("SIGKILL");
    return ended;
  };
  const process = { stop };
  running.add(process);
  try {
    const status = await ask(await listening(child));
    if (status !== 200) throw new Failure(`${name} answered ${status} to its first request`);
    return performance.now() - started;
  } finally {
    await stop();
    running.delete(process);
  }
}

export async function stopWorkers() {
  await Promise.all([...running].map((process) => process.stop()));
}

const workerd = () => ofWrangler("workerd").default;

/** The port that workerd says it listens on. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Failure("workerd did not come up")), FIRST_ANSWER_MS);
    const settle = (action, value) => {
      clearTimeout(timer);
      action(value);
    };
    child.once("error", (error) => settle(reject, error));
    child.once("exit", () => settle(reject, new Failure("workerd ended instead of coming up")));
    child.stdio[3].setEncoding("utf8").on("data", (more) => {
      text += more;
      const port = text.match(/"port":\s*(\d+)/)?.[1];
      if (port && text.includes("\n")) settle(resolve, Number(port));
    });
  });
}

/** The status of a small GET. */
function ask(port) {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/octet-stream" };
    const sending = request({ host: "127.0.0.1", port, path: "/v1/s3?key=1024", headers, agent: false }, (response) => {
      response
        .resume()
        .on("error", reject)
        .on("end", () => resolve(response.statusCode));
    });
    sending.setTimeout(FIRST_ANSWER_MS, () => sending.destroy(new Error("no answer")));
    sending.on("error", reject).end();
  });
}

/** Writes workerd's configuration, and returns its path. */
function configure(ports, s3Port) {
  const [, date] = readFileSync(join(ROOT, "wrangler.toml"), "utf8").match(/^compatibility_date\s*=\s*"(.*)"/m) ?? [];
  const bindings = Object.entries({ ...VARIABLES, S3_ENDPOINT: `http://127.0.0.1:${s3Port}` })
    .map(([name, text]) => `(name = "${name}", text = "${text}")`)
    .join(", ");
  const services = Object.keys(ports).map(
    (name) =>
      `(name = "${name}", worker = (modules = [${MODULES[name]}], compatibilityDate = "${date}", bindings = [${bindings}]))`,
  );
  const sockets = Object.entries(ports).map(
    ([name, port]) => `(name = "${name}", address = "127.0.0.1:${port}", http = (), service = "${name}")`,
  );
  const network = `(name = "internet", network = (allow = ["private"]))`;
  const file = join(FOLDER, `${Object.keys(ports).join("-")}.capnp`);
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${[network, ...services].join(",\n    ")}],
  sockets = [${sockets.join(",\n    ")}]
);
`,
  );
  return file;
}
