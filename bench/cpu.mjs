// Measures the CPU time per request. Each Worker runs alone in its own workerd. In each round, every Worker is measured once
// for each cell: a kind of request with a size of its object.

import { setTimeout as sleep } from "node:timers/promises";
import { duration, say, step } from "../scripts/steps.mjs";
import { startClients } from "./helpers.mjs";
import { cpuSeconds, machineSeconds } from "./kernel.mjs";
import { connectionsFor, KIB, label, loadOf } from "./work.mjs";
import { startWorker } from "./workers.mjs";

/** The planned CPU seconds of workerd for a sample. The kernel counts in steps of 0.01 s. */
const SAMPLE = 0.5;
const QUICK_SAMPLE = 0.2;
/** If a sample takes less than this share of its planned time, the next samples have more requests. */
const SHORTEST = 0.85;
/** The share of the planned time that a trial must take. In a shorter trial, V8 has not optimised the code yet. */
const ENOUGH = 0.8;
/**
 * The number of rounds after which each workerd is started again. A new process places code and data at other addresses, which
 * changes times by some percent.
 */
const ROUNDS_PER_START = 6;
/** The number of requests of 1 KiB that warm up a Worker for a kind of request. */
const WARM_UP = 2000;
const FIRST_TRY_BYTES = 4096 * KIB;
const FIRST_TRY_MOST = 100;
const SETTLE_MS = 25;

/**
 * Measures `pairs` of a work and a size, each with its Workers and its number of rounds. Resolves to `{ cells, conditions }`: a cell
 * for each pair, with the samples of each Worker in microseconds, and the conditions of the measurement. These are the
 * shortest sample, the share of one core that other processes took, the largest share of one core that S3's double took in a sample, and
 * the number of starts.
 */
export async function measureCpu(pairs, { quick, s3 }) {
  const clients = startClients();
  const conditions = {
    shortest: { seconds: Infinity, name: "" },
    others: 0,
    wall: 0,
    double: { share: 0, name: "" },
    starts: 0,
  };
  const measured = { clients, s3, seconds: quick ? QUICK_SAMPLE : SAMPLE, conditions };
  const cells = pairs.map(cellOf);
  const rounds = Math.max(...cells.map((cell) => cell.rounds));
  try {
    for (let first = 0; first < rounds; first += ROUNDS_PER_START) {
      conditions.starts++;
      await oneStart(measured, cells, { first, last: Math.min(rounds, first + ROUNDS_PER_START), rounds });
    }
  } finally {
    clients.stop();
  }
  const { others, wall, ...rest } = conditions;
  return { cells, conditions: { ...rest, others: others / wall } };
}

function cellOf({ name, work, size, workers, rounds }) {
  const each = (make) => Object.fromEntries(workers.map((worker) => [worker, make()]));
  const cell = {
    name,
    work: work.name,
    size,
    rounds,
    connections: connectionsFor(size),
    requests: each(() => 0),
    samples: each(() => []),
  };
  // Properties that are not enumerable are not written to results.json.
  Object.defineProperty(cell, "load", { value: (requests) => loadOf(work, size, requests, cell.connections) });
  return Object.defineProperty(cell, "kind", { value: work });
}

/** Starts new processes, and runs the rounds from `first` to `last - 1` with them. */
async function oneStart(measured, cells, { first, last, rounds }) {
  const due = cells.filter((cell) => cell.rounds > first);
  const workers = {};
  try {
    await step(`CPU, warming up for rounds ${first + 1} to ${last}`, async (current) => {
      for (const worker of new Set(due.flatMap((cell) => Object.keys(cell.samples)))) {
        current.note(label(worker));
        workers[worker] = await startWorker(worker, measured.s3.port);
        const works = new Set(due.filter((cell) => cell.samples[worker]).map((cell) => cell.kind));
        for (const work of works)
          await sample(measured, workers[worker], loadOf(work, KIB, WARM_UP, connectionsFor(KIB)));
      }
      for (const cell of due) {
        for (const worker of Object.keys(cell.samples)) {
          current.note(`${cell.name}, ${label(worker)}`);
          await warmUp(measured, cell, worker, workers[worker]);
        }
      }
    });
    for (let round = first; round < last; round++) {
      const inRound = due.filter((cell) => cell.rounds > round);
      const started = performance.now();
      await step(`CPU, round ${round + 1} of ${rounds}`, (current) =>
        oneRound({ ...measured, workers }, inRound, round, current),
      );
      if (round === first && last - first > 1)
        say(`   each round takes about ${duration(performance.now() - started)}`);
    }
  } finally {
    await Promise.all(Object.values(workers).map((worker) => worker.stop()));
  }
}

/** Warms up a Worker for a cell. Sets the number of requests of a sample if no earlier start has set it. */
async function warmUp(measured, cell, worker, process) {
  if (cell.requests[worker] > 0) {
    await sample(measured, process, cell.load(Math.ceil(cell.requests[worker] / 2)));
    return;
  }
  let tries = Math.max(1, Math.min(FIRST_TRY_MOST, Math.ceil(FIRST_TRY_BYTES / cell.size)));
  for (;;) {
    const used = await sample(measured, process, cell.load(tries));
    cell.requests[worker] = requestsFor(measured.seconds, used / tries);
    if (used >= measured.seconds * ENOUGH) return;
    tries = Math.min(cell.requests[worker], tries * 8);
  }
}

const requestsFor = (seconds, secondsEach) => Math.max(1, Math.ceil(seconds / Math.max(secondsEach, 1e-6)));

/** Takes one sample of each Worker for each cell. The order of the Workers rotates, and is reversed in every second round. */
async function oneRound(measured, cells, round, current) {
  const { conditions, seconds, workers } = measured;
  for (const [index, cell] of cells.entries()) {
    const names = Object.keys(cell.samples);
    const order = names.map((_, turn) => names[(turn + round) % names.length]);
    if (round % 2) order.reverse();
    for (const worker of order) {
      const name = `${cell.name}, ${label(worker)}`;
      current.note(`${index + 1} of ${cells.length}: ${name}`);
      const requests = cell.requests[worker];
      const used = await sample(measured, workers[worker], cell.load(requests), name);
      cell.samples[worker].push((used / requests) * 1e6);
      if (used < conditions.shortest.seconds) conditions.shortest = { seconds: used, name };
      if (used < seconds * SHORTEST) cell.requests[worker] = requestsFor(seconds, Math.max(used, 0.01) / requests);
    }
  }
}

/** Resolves to the CPU seconds of one workerd for one load. Only a sample with a name changes the conditions. */
async function sample({ clients, s3, conditions }, { pid, port }, load, name) {
  const ours = () => cpuSeconds(clients.pid) + cpuSeconds(process.pid);
  const read = () => [cpuSeconds(pid), cpuSeconds(s3.pid), ours(), machineSeconds(), performance.now() / 1000];
  const before = read();
  await clients.run(load, port);
  const [used, double, clientsUsed, machine, wall] = read().map((value, index) => value - before[index]);
  if (name) {
    conditions.others += Math.max(0, machine - used - double - clientsUsed);
    conditions.wall += wall;
    // The share is not precise for a shorter sample, because the kernel counts in steps of 10 ms.
    if (wall > 0.2 && double / wall > conditions.double.share) conditions.double = { share: double / wall, name };
  }
  // The CPU time for closing the last connections must not count for the next sample.
  await sleep(SETTLE_MS);
  return used;
}
