// npm run profile: measures the time of each function of one Worker under load.
//
//   npm run profile -- [WORKER] [SIZE] [TYPE] [--put] [--requests N] [--top N]
//   npm run profile -- gateway 1024 application/octet-stream
//   npm run profile -- gateway 1048576 application/json --put
//
// TYPE is the Accept of a GET, or the Content-Type of a PUT: application/json for base64. The times are those of V8's
// sampling profiler for the single thread of workerd. "(program)" is the runtime outside of V8, and "(idle)" is waiting.

import { spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { parseArgs } from "node:util";
import { freePorts } from "../scripts/processes.mjs";
import { nodeForWrangler } from "../scripts/setup.mjs";
import { Failure, main, say, step } from "../scripts/steps.mjs";
import { startClients, startS3, stopHelpers } from "./helpers.mjs";
import { prepare } from "./prepare.mjs";
import { capable, connectionsFor, loadOf, MIB, PEERS, sizeText, WORKERS, WORKS } from "./work.mjs";
import { startWorker, stopWorkers } from "./workers.mjs";

const INTERVAL_MICROS = 100;
/** The number of requests before the measurement, as a share of the measured requests. */
const WARM_UP = 0.25;
const CALL_MS = 60_000;
const BYTES_BY_DEFAULT = 500 * MIB;

/** The Workers that `prepare` builds. */
const PROFILED = Object.keys(WORKERS).filter((name) => ["gateway", ...PEERS].includes(WORKERS[name].modules));
const USAGE = "[WORKER] [SIZE] [TYPE] [--put] [--requests N] [--top N]";

function options() {
  const kinds = /** @type {const} */ ({
    put: { type: "boolean", default: false },
    requests: { type: "string" },
    top: { type: "string", default: "30" },
  });
  let parsed;
  try {
    parsed = parseArgs({ options: kinds, allowPositionals: true });
  } catch (error) {
    throw new Failure(`${error.message}. Use: ${USAGE}`);
  }
  const [worker = "gateway", bytes = "1024", type = "application/octet-stream"] = parsed.positionals;
  const { put, requests, top } = parsed.values;
  const size = wholeNumber("the size", bytes, "bytes");
  const method = put ? "PUT" : "GET";
  const work = WORKS.find((work) => work.method === method && Object.values(work.headers).includes(type));
  if (!PROFILED.includes(worker))
    throw new Failure(`the Worker ${worker} cannot be profiled. Use one of ${PROFILED.join(", ")}`);
  if (!work) throw new Failure(`the type ${type} is not valid. Use application/octet-stream or application/json`);
  if (capable([worker], work).length === 0) throw new Failure(`the Worker ${worker} does not support ${work.name}`);
  const count =
    requests === undefined
      ? Math.max(5, Math.min(6000, Math.floor(BYTES_BY_DEFAULT / size)))
      : wholeNumber("--requests", requests, "requests");
  return { worker, size, work, requests: count, top: wholeNumber("--top", top, "functions") };
}

/** Returns the value of an argument as a number. Throws a failure if it is not a whole number from 1 on. */
function wholeNumber(name, value, unit) {
  if (!/^[1-9]\d{0,14}$/.test(value))
    throw new Failure(`${name} ${value} is not valid. Use a whole number of ${unit} from 1 on`);
  return Number(value);
}

/** @typedef {{ id: string, title?: string, webSocketDebuggerUrl: string }} Target */

/** Connects to the inspector of workerd. Resolves to `{ call, close }`. `call(method, params)` resolves to the result. */
async function connect(port, worker) {
  const response = await fetch(`http://127.0.0.1:${port}/json`);
  const targets = /** @type {Target[]} */ (await response.json());
  const target = targets.find(({ id, title }) => id === worker || title?.includes(worker));
  if (!target) throw new Failure(`workerd's inspector does not list the Worker ${worker}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Failure("workerd's inspector cannot be reached")));
  });
  const waiting = new Map();
  let calls = 0;
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(data);
    waiting.get(id)?.(error ? new Failure(`the inspector answered: ${error.message}`) : null, result);
    waiting.delete(id);
  });
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(reject, CALL_MS, new Failure(`the inspector did not answer ${method}`));
      waiting.set(++calls, (error, result) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(result);
      });
      socket.send(JSON.stringify({ id: calls, method, params }));
    });
  return { call, close: () => socket.close() };
}

/** Returns the microseconds that each function was on top of the stack, the longest first: `[name, micros]`. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => {
      const where = url ? ` ${url.split("/").pop()}:${lineNumber + 1}:${columnNumber + 1}` : "";
      return [id, `${functionName || "(anonymous)"}${where}`];
    }),
  );
  const times = new Map();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id);
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
  }
  return [...times].sort(([, a], [, b]) => b - a);
}

async function profile({ worker, size, work, requests }) {
  const s3 = await startS3();
  const clients = startClients();
  const [port] = await freePorts(1);
  const started = await startWorker(worker, s3.port, { args: [`--inspector-addr=127.0.0.1:${port}`] });
  const load = (count) => clients.run(loadOf(work, size, count, connectionsFor(size)), started.port);
  const { call, close } = await connect(port, worker);
  await load(Math.ceil(requests * WARM_UP));
  await call("Profiler.enable");
  await call("Profiler.setSamplingInterval", { interval: INTERVAL_MICROS });
  await call("Profiler.start");
  await load(requests);
  const { profile } = await call("Profiler.stop");
  close();
  return profile;
}

/** Runs this program again with a Node that has a WebSocket: version 22 or later, which npm has installed. */
function again() {
  return new Promise((resolve) => {
    const child = spawn(nodeForWrangler(), [realpathSync(process.argv[1]), ...process.argv.slice(2)], {
      stdio: "inherit",
    });
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, () => child.kill(signal));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

async function run() {
  const chosen = options();
  await prepare();
  if (!globalThis.WebSocket) return again();
  const { worker, size, work, requests, top } = chosen;
  const times = await step(`${requests} × ${work.name}, ${sizeText(size)}, ${worker}`, async () =>
    selfTimes(await profile(chosen)),
  );
  const all = times.reduce((sum, [, micros]) => sum + micros, 0);
  const idle = times.find(([name]) => name === "(idle)")?.[1] ?? 0;
  say(
    `\nµs per request: ${((all - idle) / requests).toFixed(1)} at work, ${(idle / requests).toFixed(1)} idle. Self times:\n`,
  );
  for (const [name, micros] of times.slice(0, top)) say(`${(micros / requests).toFixed(1).padStart(9)}  ${name}`);
  return 0;
}

await main(run, {
  onEnd: async () => {
    stopHelpers();
    await stopWorkers();
  },
});
