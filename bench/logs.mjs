// Checks that the Workers write the log lines that the comparison assumes.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { step } from "../scripts/steps.mjs";
import { startClients } from "./helpers.mjs";
import { capable, KIB, label, loadOf, WORKERS, WORKS } from "./work.mjs";
import { FOLDER, startWorker } from "./workers.mjs";

const SETTLE_MS = 100;
/** The largest accepted difference between the lengths of a peer's line and the gateway's line, as a share of the latter. */
const TOLERANCE = 0.15;

/** Sends one request of each supported work to each Worker. Resolves to the faults of the log lines, as sentences. */
export function checkLogs(workers, s3) {
  return step("log lines", async () => {
    const lines = {};
    for (const worker of workers) lines[worker] = await linesOf(worker, s3);
    return workers.flatMap((worker) => problems(worker, lines));
  });
}

/** Resolves to `{ work, line }` for each work that the Worker supports. `line` is `undefined` if no line was written. */
async function linesOf(worker, s3) {
  const output = join(FOLDER, `${worker}.output`);
  const clients = startClients();
  const process = await startWorker(worker, s3.port, { output });
  const written = async () => {
    await sleep(SETTLE_MS);
    return readFileSync(output, "utf8")
      .split("\n")
      .filter((line) => line.startsWith('{"') && line.includes('"status"'));
  };
  try {
    const lines = [];
    let seen = (await written()).length;
    for (const work of WORKS.filter((work) => capable([worker], work).length > 0)) {
      await clients.run(loadOf(work, KIB, 1, 1), process.port);
      const all = await written();
      lines.push({ work: work.name, line: all[seen] });
      seen = all.length;
    }
    return lines;
  } finally {
    await process.stop();
    clients.stop();
  }
}

function problems(worker, lines) {
  const { logs, modules } = WORKERS[worker];
  const name = label(worker);
  const unexpected = lines[worker].filter(({ line }) => (line !== undefined) !== logs).map(({ work }) => work);
  if (unexpected.length > 0) {
    const fault = logs ? "writes no log line" : "writes a log line although ACCESS_LOG is off";
    return [`"${name}" ${fault} (${unexpected.join(", ")}): its ratios are not comparable.`];
  }
  if (!logs || modules !== "aws4fetch" || !lines.gateway) return [];
  return lines[worker].flatMap(({ work, line }, index) => {
    const own = lines.gateway[index].line;
    if (own === undefined) return [];
    const fields = (text) => Object.keys(JSON.parse(text)).sort().join(", ");
    if (fields(line) !== fields(own))
      return [`${work}: the log line of "${name}" has the fields ${fields(line)}; the gateway's has ${fields(own)}.`];
    const isAlike = Math.abs(line.length / own.length - 1) <= TOLERANCE;
    return isAlike
      ? []
      : [`${work}: the log line of "${name}" has ${line.length} characters, the gateway's ${own.length}.`];
  });
}
