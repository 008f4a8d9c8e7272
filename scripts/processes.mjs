// Background programs and their ports.

import { createWriteStream, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "./paths.mjs";
import { Failure, indented, spawnGuarded, tail } from "./steps.mjs";

const GRACE_MS = 3_000;
const POLL_MS = 50;
const ANSWER_MS = 2_000;
const HOST = "127.0.0.1";

/** Resolves to whether this loopback port is free. */
export function portFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host: HOST, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * @typedef {object} LaunchOptions
 * @property {string} log
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {(line: string) => void} [onLine]
 * @property {number} [graceMs]
 */

/** Lets this process end although the pipe to a program is open. Such a pipe is a socket, which has the method `unref`. */
const unref = (/** @type {any} */ stream) => stream.unref?.();

/** Resolves to `count` different loopback ports that are free at the moment. */
export async function freePorts(count) {
  const probes = [];
  for (let n = 0; n < count; n++) {
    probes.push(
      await new Promise((resolve, reject) => {
        const probe = createServer();
        probe.once("error", reject);
        probe.listen(0, HOST, () => resolve(probe));
      }),
    );
  }
  const ports = probes.map((probe) => probe.address().port);
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

/**
 * Starts a program that ends when this process ends in any way (see guard.mjs). Its output is written to the file `log`, and
 * each line is passed to `onLine`. `stop()` sends SIGTERM, and SIGKILL after `graceMs`. A running program does not prevent
 * this process from ending. Returns `{ pid, ended, exited(), stop(), log }`. `pid` is the process ID of guard.mjs, the
 * parent of the program. `ended` resolves to the program's status, and `exited()` returns it, or null if the program is running.
 */
export function launch(program, args, /** @type {LaunchOptions} */ options) {
  const { env = process.env, cwd = ROOT, log, onLine, graceMs = GRACE_MS } = options;
  mkdirSync(dirname(log), { recursive: true });
  const out = createWriteStream(log, { flags: "w" });
  const child = spawnGuarded(program, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] }, graceMs);
  let status = null;
  const ended = new Promise((resolve) => {
    const finish = (code) => {
      if (status !== null) return;
      status = code ?? 1;
      out.end();
      resolve(status);
    };
    child.once("error", (error) => {
      out.write(`${error.message}\n`);
      finish(127);
    });
    child.once("exit", (code) => finish(code));
  });
  child.stdin.on("error", () => {});
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (text) => {
      if (status === null) out.write(text);
      if (!onLine) return;
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(onLine);
    });
    unref(stream);
  }
  unref(child.stdin);
  child.unref();

  /** @type {Promise<void> | null} */
  let stopping = null;
  const stop = () => {
    stopping ??= (async () => {
      if (status !== null) return;
      child.ref();
      child.kill("SIGTERM");
      await ended;
    })();
    return stopping;
  };
  return { pid: child.pid, ended, exited: () => status, stop, log };
}

/**
 * Waits until `answers()` resolves to true. Rejects with the end of the program's log if the program ends, if `failed()`
 * returns a reason, or after `timeoutMs`. In the last two cases the program is stopped.
 */
export async function untilReady(
  server,
  name,
  answers,
  { timeoutMs = 30_000, failed = () => /** @type {string | null} */ (null) } = {},
) {
  const until = Date.now() + timeoutMs;
  for (;;) {
    if (server.exited() !== null)
      throw notUp(`${name} ended with status ${server.exited()} before it was ready`, server);
    const why = failed() ?? (Date.now() > until ? `no answer within ${timeoutMs / 1000} s` : null);
    if (why) {
      const error = notUp(`${name} did not start: ${why}`, server);
      await server.stop();
      throw error;
    }
    if (await within(ANSWER_MS, answers())) return;
    await sleep(POLL_MS);
  }
}

/** Resolves to the value of a promise, or to null if it is rejected or takes longer than `milliseconds`. */
async function within(milliseconds, promise) {
  const cancel = new AbortController();
  const late = sleep(milliseconds, null, { signal: cancel.signal });
  late.catch(() => {});
  const value = await Promise.race([promise.catch(() => null), late]);
  cancel.abort();
  return value;
}

function notUp(message, { log }) {
  const end = tail(log, 15);
  return new Failure(`${message}.${end && `\n\n${indented(end)}`}\n\nIts log: ${log}`);
}
