// Starts one workerd for each Worker, each on its own port.

import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { extname, join } from "node:path";
import { BUILD, ofWrangler, ROOT } from "../scripts/paths.mjs";
import { freePorts, launch, untilReady } from "../scripts/processes.mjs";
import { Failure } from "../scripts/steps.mjs";
import { childOf } from "./kernel.mjs";
import { PEERS, WORKERS } from "./work.mjs";

export const FOLDER = join(ROOT, ".dev", "bench");
const FIRST_ANSWER_MS = 20_000;
const VARIABLES = {
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  S3_BUCKET: "bench",
  ALLOW_ANONYMOUS_WRITES: "true",
};
/** The files of a built gateway. */
export const BUILT = ["worker.js", "index.js", "index_bg.wasm", "api.bin"];
const KINDS = { js: "esModule", wasm: "wasm", bin: "data" };

const running = new Set();

/** Copies the modules of the peers and of the gateway into the folder of the configurations. */
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

/** Copies the gateway that is built in `from` as the modules `name`. Returns their folder. */
export function collectGateway(name, from = BUILD) {
  const folder = join(FOLDER, name);
  mkdirSync(folder, { recursive: true });
  for (const file of BUILT) copyFileSync(join(from, file), join(folder, file));
  return folder;
}

/**
 * Starts a workerd with the Worker `name` and the further arguments `args`. Resolves to `{ pid, port, stop() }` after a first
 * answer with status 200. The standard output, which has the log lines, is written to the file `output`.
 */
export async function startWorker(
  name,
  s3Port,
  /** @type {{ args?: string[], output?: string }} */ { args = [], output = "/dev/null" } = {},
) {
  const [port] = await freePorts(1);
  const command = [workerd(), "serve", configure(name, port, s3Port), ...args];
  const process = launch("sh", ["-c", 'output=$1; shift; exec "$@" > "$output"', "sh", output, ...command], {
    log: join(FOLDER, `${name}.log`),
  });
  running.add(process);
  const stop = async () => {
    await process.stop();
    running.delete(process);
  };
  try {
    let status;
    const answers = async () => {
      status = await ask(port);
      return status === 200;
    };
    const failed = () => (status === undefined || status === 200 ? null : `it answered ${status} instead of 200`);
    await untilReady(process, `workerd with the Worker ${name}`, answers, { failed });
    const pid = childOf(process.pid);
    if (pid === undefined) throw new Failure(`workerd with the Worker ${name} ended after its first answer`);
    return { pid, port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves to the milliseconds from the start of a workerd with the Worker `name` to the end of its first answer. */
export async function timeToFirstAnswer(name, s3Port) {
  const [program, file] = [workerd(), configure(name, 0, s3Port)];
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
    if (status !== 200)
      throw new Failure(`the Worker ${name} answered its first request with ${status} instead of 200`);
    return performance.now() - started;
  } finally {
    await stop();
    running.delete(process);
  }
}

export async function stopWorkers() {
  await Promise.all([...running].map((process) => process.stop()));
}

/** Returns the path of workerd's program. */
function workerd() {
  const module = ofWrangler("workerd");
  return module.default ?? module;
}

/** Returns the version of workerd. */
export const workerdVersion = () => ofWrangler("workerd").version ?? ofWrangler("workerd/package.json").version;

/** Resolves to the port on which workerd listens, as it reports on its control file descriptor. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(
      () => reject(new Failure(`workerd did not start within ${FIRST_ANSWER_MS / 1000} s`)),
      FIRST_ANSWER_MS,
    );
    const settle = (action, value) => {
      clearTimeout(timer);
      action(value);
    };
    child.once("error", (error) => settle(reject, error));
    child.once("exit", () => settle(reject, new Failure("workerd ended before it was ready")));
    child.stdio[3].setEncoding("utf8").on("data", (more) => {
      text += more;
      const port = text.match(/"port":\s*(\d+)/)?.[1];
      if (port && text.includes("\n")) settle(resolve, Number(port));
    });
  });
}

/** Sends a GET of 1 KiB. Resolves to the status of the response after its end. */
function ask(port) {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/octet-stream" };
    const sending = request({ host: "127.0.0.1", port, path: "/v1/s3?key=1024", headers, agent: false }, (response) => {
      response
        .resume()
        .on("error", reject)
        .on("end", () => resolve(response.statusCode));
    });
    sending.setTimeout(FIRST_ANSWER_MS, () =>
      sending.destroy(new Error(`no answer within ${FIRST_ANSWER_MS / 1000} s`)),
    );
    sending.on("error", reject).end();
  });
}

/** Returns the value of a key of wrangler.toml, or `undefined`. The value must be on one line. */
function ofWranglerToml(key) {
  const value = readFileSync(join(ROOT, "wrangler.toml"), "utf8").match(
    new RegExp(`^${key}\\s*=\\s*([^#\\n]*)`, "m"),
  )?.[1];
  return value && JSON.parse(value);
}

/** Returns the modules of a Worker in the format of workerd's configuration. The entry module is the first. */
function modulesOf(modules) {
  if (PEERS.includes(modules)) return `(name = "worker.js", esModule = embed "${modules}.js")`;
  return BUILT.map((file) => `(name = "${file}", ${KINDS[extname(file).slice(1)]} = embed "${modules}/${file}")`).join(
    ", ",
  );
}

/** Writes workerd's configuration for one Worker, and returns its path. */
function configure(name, port, s3Port) {
  const { modules, logs } = WORKERS[name];
  const variables = { ...VARIABLES, S3_ENDPOINT: `http://127.0.0.1:${s3Port}`, ...(!logs && { ACCESS_LOG: "off" }) };
  const bindings = Object.entries(variables).map(([key, text]) => `(name = "${key}", text = "${text}")`);
  // The gateway runs with the compatibility flags of its deployment. A peer needs no flags.
  const flags = PEERS.includes(modules) ? [] : (ofWranglerToml("compatibility_flags") ?? []);
  const file = join(FOLDER, `${name}.capnp`);
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["private"])),
    (name = "${name}", worker = (
      modules = [${modulesOf(modules)}],
      compatibilityDate = "${ofWranglerToml("compatibility_date")}",
      compatibilityFlags = ${JSON.stringify(flags)},
      bindings = [${bindings.join(", ")}],
    )),
  ],
  sockets = [(name = "${name}", address = "127.0.0.1:${port}", http = (), service = "${name}")],
);
`,
  );
  return file;
}
