// The growth of workerd's resident set while one Worker transfers one object: its peak, less its size before the request. Each
// object is transferred by a new workerd, which is stopped if it uses too much memory.

import { setTimeout as sleep } from "node:timers/promises";
import { Failure, step } from "../scripts/steps.mjs";
import { startClients } from "./helpers.mjs";
import { available, forgetPeak, peakResident, resident } from "./kernel.mjs";
import { capable, GIB, KIB, label, loadOf, sizeText } from "./work.mjs";
import { startWorker } from "./workers.mjs";

/** The most memory of one workerd in bytes. */
const LIMIT = 2 * GIB;
/** The share of the available memory that one workerd may use. */
const SHARE = 0.4;
const WATCH_MS = 10;
const SETTLE_MS = 100;
const WARM_UP = 20;

/**
 * Measures `pairs` with the Workers of each pair. If the name of the pair is in `goals`, the gateway is measured `runs` times, and
 * otherwise once. Resolves to `{ cells, limit }`, with a cell for each pair and an outcome for each run and Worker:
 * `{ idle, growth, failed? }`, in bytes. A Worker that has failed at a size gets no larger object.
 */
export async function measureMemory(pairs, { runs, goals, s3 }) {
  const cells = [];
  for (const work of new Set(pairs.map((pair) => pair.work))) {
    const stopped = new Set();
    await step(`memory: ${work.name}`, async (current) => {
      for (const { name, size, workers } of pairs.filter((pair) => pair.work === work)) {
        const able = capable(workers, work);
        const outcomes = Object.fromEntries(able.map((worker) => [worker, []]));
        for (const worker of able.filter((worker) => !stopped.has(worker))) {
          const times = goals.includes(name) && isGateway(worker) ? runs : 1;
          for (let run = 0; run < times; run++) {
            current.note(`${sizeText(size)}, ${label(worker)}`);
            outcomes[worker].push(await onePassage(worker, work, size, s3));
          }
          if (outcomes[worker].some(({ failed }) => failed)) stopped.add(worker);
        }
        cells.push({ name, work: work.name, size, outcomes });
      }
    });
  }
  return { cells, limit: memoryLimit() };
}

const isGateway = (worker) => worker === "gateway" || worker === "before";
const memoryLimit = () => Math.min(LIMIT, available() * SHARE);

async function onePassage(worker, work, size, s3) {
  const clients = startClients();
  const { pid, port, stop } = await startWorker(worker, s3.port);
  const limit = memoryLimit();
  let tooMuch = 0;
  let watch;
  try {
    await clients.run(loadOf(work, KIB, WARM_UP, 1), port);
    await sleep(SETTLE_MS);
    forgetPeak(pid);
    const idle = resident(pid);
    let most = idle;
    const look = () => {
      try {
        most = Math.max(most, peakResident(pid));
      } catch {
        // The process has ended.
      }
      if (most > limit && !tooMuch) {
        tooMuch = most;
        process.kill(pid, "SIGKILL");
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
    if (failed && isGateway(worker)) throw new Failure(`memory: ${work.name} of ${size} bytes: ${failed}`);
    return failed ? { ...outcome, failed } : outcome;
  } finally {
    clearInterval(watch);
    await stop();
    clients.stop();
  }
}
