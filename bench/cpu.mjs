// CPU time of one workerd per request, Worker after Worker, in rounds.

import { setTimeout as sleep } from "node:timers/promises";
import { duration, say, step } from "../scripts/steps.mjs";
import { startClients } from "./helpers.mjs";
import { cpuSeconds, machineSeconds } from "./kernel.mjs";
import { connectionsFor, KIB, loadOf, WORKERS } from "./work.mjs";
import { startWorkers } from "./workers.mjs";

/** CPU seconds of the gateway that a sample is made for: the kernel counts in steps of 0.01. */
const SAMPLE = 0.42;
const QUICK_SAMPLE = 0.2;
/** The part of it that a try has to reach: before, the code is cold, and promises too few requests. */
const ENOUGH = 0.8;
const FIRST_TRY_BYTES = 4096 * KIB;
const FIRST_TRY_MOST = 100;
const SETTLE_MS = 25;

/**
 * Measures `pairs`. Returns a cell for each of them, with the samples of every Worker in microseconds, and what is to be
 * known about the conditions: the gateway's shortest sample, the share of the machine that others took, the share of
 * one core that S3's double took at most.
 */
export async function measureCpu(pairs, { rounds, quick, s3 }) {
  const clients = startClients();
  const workers = await startWorkers(WORKERS, s3.port);
  const measured = { workers, clients, s3, conditions: { shortest: Infinity, others: 0, wall: 0, s3: 0 } };
  try {
    const cells = await step("warming up", async (current) => {
      const made = [];
      for (const pair of pairs) {
        current.note(pair.name);
        made.push(await warmUp(measured, pair, quick ? QUICK_SAMPLE : SAMPLE));
      }
      return made;
    });
    measured.conditions = { shortest: Infinity, others: 0, wall: 0, s3: 0 };
    const started = performance.now();
    for (let round = 0; round < rounds; round++) {
      await step(`round ${round + 1} of ${rounds}`, (current) => oneRound(measured, cells, round, current));
      const passed = performance.now() - started;
      if (round === 0 && rounds > 1) say(`   ${rounds - 1} more rounds will take about ${duration(passed * (rounds - 1))}`);
    }
    const { shortest, others, wall, s3: busy } = measured.conditions;
    return { cells, conditions: { shortest, others: others / wall, s3: busy } };
  } finally {
    await workers.stop();
    clients.stop();
  }
}

async function warmUp(measured, { name, work, size }, seconds) {
  const connections = connectionsFor(size);
  const cell = { name, work: work.name, size, connections, requests: 0, samples: Object.fromEntries(work.workers.map((worker) => [worker, []])) };
  let tries = Math.max(1, Math.min(FIRST_TRY_MOST, Math.ceil(FIRST_TRY_BYTES / size)));
  for (;;) {
    const used = await sample(measured, "gateway", loadOf(work, size, tries, connections));
    cell.requests = Math.max(1, Math.ceil((tries * seconds) / Math.max(used, 0.01)));
    if (used >= seconds * ENOUGH) break;
    tries = Math.min(cell.requests, tries * 8);
  }
  for (const worker of work.workers.slice(1)) {
    await sample(measured, worker, loadOf(work, size, Math.ceil(cell.requests / 2), connections));
  }
  cell.load = loadOf(work, size, cell.requests, connections);
  return cell;
}

/** Every Worker of every cell once; another Worker begins in every round. */
async function oneRound(measured, cells, round, current) {
  for (const [index, cell] of cells.entries()) {
    const workers = Object.keys(cell.samples);
    for (let turn = 0; turn < workers.length; turn++) {
      const worker = workers[(turn + round) % workers.length];
      current.note(`${index + 1} of ${cells.length}: ${cell.name}, ${worker}`);
      const used = await sample(measured, worker, cell.load);
      if (worker === "gateway") measured.conditions.shortest = Math.min(measured.conditions.shortest, used);
      cell.samples[worker].push((used / cell.requests) * 1e6);
    }
  }
}

/** CPU seconds of workerd for one load. */
async function sample({ workers, clients, s3, conditions }, worker, load) {
  const ours = () => cpuSeconds(clients.pid) + cpuSeconds(process.pid);
  const read = () => [cpuSeconds(workers.pid), cpuSeconds(s3.pid), ours(), machineSeconds(), performance.now() / 1000];
  const before = read();
  await clients.run(load, workers.ports[worker]);
  const [used, double, clientsUsed, machine, wall] = read().map((value, index) => value - before[index]);
  conditions.others += Math.max(0, machine - used - double - clientsUsed);
  conditions.wall += wall;
  // Shorter ones say little: both are counted in steps of 10 ms.
  if (wall > 0.2) conditions.s3 = Math.max(conditions.s3, double / wall);
  // What the last connections leave behind is not the next sample's.
  await sleep(SETTLE_MS);
  return used;
}
