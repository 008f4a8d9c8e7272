// Growth of workerd's resident set while one object passes through one Worker: the most that it held, less what it held
// before. Every object meets a fresh workerd, which is ended when it takes too much.

import { setTimeout as sleep } from "node:timers/promises";
import { Failure, step } from "../scripts/steps.mjs";
import { startClients } from "./helpers.mjs";
import { available, forgetPeak, peakResident, resident } from "./kernel.mjs";
import { GIB, KIB, loadOf, sizeText } from "./work.mjs";
import { startWorkers } from "./workers.mjs";

const LIMIT = 2 * GIB;
/** The share of what the machine has left that one workerd may take. */
const SHARE = 0.4;
const WATCH_MS = 10;
const SETTLE_MS = 100;
const WARM_UP = 20;

/**
 * Measures `pairs`, `runs` times those whose name is in `goals`. Returns a cell for each, with an outcome a run and
 * Worker: `{ idle, growth, failed? }`. A Worker is not asked for more than it has failed at.
 */
export async function measureMemory(pairs, { runs, goals, s3 }) {
  const cells = [];
  for (const work of new Set(pairs.map((pair) => pair.work))) {
    const given = new Set();
    await step(`memory: ${work.name}`, async (current) => {
      for (const { name, size } of pairs.filter((pair) => pair.work === work)) {
        const outcomes = Object.fromEntries(work.workers.map((worker) => [worker, []]));
        for (const worker of work.workers.filter((worker) => !given.has(worker))) {
          const times = goals.includes(name) && worker === "gateway" ? runs : 1;
          for (let run = 0; run < times; run++) {
            current.note(`${sizeText(size)}, ${worker}`);
            outcomes[worker].push(await onePassage(worker, work, size, s3));
          }
          if (outcomes[worker].some(({ failed }) => failed)) given.add(worker);
        }
        cells.push({ name, work: work.name, size, outcomes });
      }
    });
  }
  return { cells, limit: memoryLimit() };
}

const memoryLimit = () => Math.min(LIMIT, available() * SHARE);

async function onePassage(worker, work, size, s3) {
  const clients = startClients();
  const workers = await startWorkers([worker], s3.port);
  const port = workers.ports[worker];
  const limit = memoryLimit();
  let tooMuch = 0;
  let watch;
  try {
    await clients.run(loadOf(work, KIB, WARM_UP, 1), port);
    await sleep(SETTLE_MS);
    forgetPeak(workers.pid);
    const idle = resident(workers.pid);
    let most = idle;
    const look = () => {
      try {
        most = Math.max(most, peakResident(workers.pid));
      } catch {
        // It has ended.
      }
      if (most > limit && !tooMuch) {
        tooMuch = most;
        process.kill(Number(workers.pid), "SIGKILL");
      }
    };
    watch = setInterval(look, WATCH_MS);
    const failed = await clients.run(loadOf(work, size, 1, 1), port).then(
      () => undefined,
      (error) => error.message,
    );
    look();
    const outcome = { idle, growth: most - idle };
    if (tooMuch) return { ...outcome, failed: `stopped at ${(limit / GIB).toFixed(1)} GiB` };
    if (failed && worker === "gateway") throw new Failure(`memory: ${work.name} of ${size} bytes: ${failed}`);
    return failed ? { ...outcome, failed } : outcome;
  } finally {
    clearInterval(watch);
    await workers.stop();
    clients.stop();
  }
}
