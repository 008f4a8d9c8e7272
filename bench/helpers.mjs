// Starts the two other Node programs of a measurement: the test double for S3, and the clients. They end with this process, also
// if it is killed.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { nodeForWrangler } from "../scripts/setup.mjs";
import { Failure } from "../scripts/steps.mjs";

const START_MS = 10_000;
const EXCHANGE_MS = 120_000;
const running = new Set();

class Helper {
  constructor(name) {
    this.name = name;
    const file = fileURLToPath(new URL(name, import.meta.url));
    this.child = fork(file, {
      execPath: nodeForWrangler(),
      execArgv: [],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.pid = this.child.pid;
    running.add(this);
  }

  /** Sends `message` if it is set. Resolves to the next answer. Rejects after `timeoutMs`, or if the program ends or fails. */
  answer(message, timeoutMs = EXCHANGE_MS) {
    return new Promise((resolve, reject) => {
      const settle = (error, value) => {
        clearTimeout(timer);
        this.child.off("message", take).off("exit", gone);
        if (error) reject(error);
        else resolve(value);
      };
      const take = (value) => settle(value.error === undefined ? null : new Failure(value.error), value);
      const gone = () => settle(new Failure(`bench/${this.name} ended before it answered`));
      const timer = setTimeout(
        () => settle(new Failure(`bench/${this.name} did not answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      this.child.on("message", take).on("exit", gone);
      if (message) this.child.send(message);
    });
  }

  stop() {
    running.delete(this);
    this.child.kill("SIGKILL");
  }
}

/** Starts the test double for S3. Resolves to the program with its `port` when it listens. */
export async function startS3() {
  const helper = new Helper("s3.mjs");
  const { port } = await helper.answer(undefined, START_MS);
  return Object.assign(helper, { port });
}

/** Starts the clients. Their `run(load, port)` sends a load (see `loadOf`) to the Worker on that port. */
export function startClients() {
  const helper = new Helper("load.mjs");
  return Object.assign(helper, { run: (load, port) => helper.answer({ ...load, port }) });
}

export function stopHelpers() {
  for (const helper of running) helper.stop();
}
