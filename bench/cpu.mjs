// CPU time of one workerd per request, Worker after Worker, in rounds.

import { setTimeout as sleep } from "node:timers/promises";
import { duration, say, step } from "../scripts/steps.mjs";
import { startClients } from "./helpers.mjs";
import { cpuSeconds, machineSeconds } from "./kernel.mjs";
import { connectionsFor, KIB, loadOf, WORKERS, WORKS } from "./work.mjs";
import { startWorkers } from "./workers.mjs";

/** CPU seconds of the gateway that a sample is made for: the kernel counts in steps of 0.01. */
const SAMPLE = 0.45;
/** A shorter one makes the samples of the next rounds longer. */
const LEAST = 0.35;
const QUICK_SAMPLE = 0.2;
/** The part of it that a try has to reach: before, the code is cold, and promises too few requests. */
const ENOUGH = 0.8;
const WARM_UP = 2000;
const FIRST_TRY_BYTES = 4096 * KIB;
const FIRST_TRY_MOST = 100;
const SETTLE_MS = 25;

/**
 * Measures `pairs`. Returns a cell for each of them, with the samples of every Worker in microseconds, and what is to be
 * known about the conditions: the gateway's shortest sample, the share of the machine that others took, the
 * largest share of one core that S3's double took, and at what.
 */
export async function measureCpu(pairs, { rounds, quick, s3 }) {
  const clients = startClients();
  const workers = await startWorkers(WORKERS, s3.port);
  const measured = { workers, clients, s3, seconds: quick ? QUICK_SAMPLE : SAMPLE, conditions: undisturbed() };
  try {
    const cells = await step("warming up", async (current) => {
      const made = [];
      for (const work of WORKS) {
        for (const worker of work.workers)
          await sample(measured, worker, loadOf(work, KIB, WARM_UP, connectionsFor(KIB)));
      }
      for (const pair of pairs) {
        current.note(pair.name);
        made.push(await warmUp(measured, pair));
      }
      return made;
    });
    measured.conditions = undisturbed();
    const started = performance.now();
    for (let round = 0; round < rounds; round++) {
      await step(`round ${round + 1} of ${rounds}`, (current) => oneRound(measured, cells, round, current));
      const passed = performance.now() - started;
      if (round === 0 && rounds > 1)
        say(`   ${rounds - 1} more rounds will take about ${duration(passed * (rounds - 1))}`);
    }
    const { others, wall, ...conditions } = measured.conditions;
    return { cells, conditions: { ...conditions, others: others / wall } };
  } finally {
    await workers.stop();
    clients.stop();
  }
}

const undisturbed = () => ({ shortest: Infinity, others: 0, wall: 0, double: { share: 0, name: "" } });

async function warmUp(measured, { name, work, size }) {
  const { seconds } = measured;
  const connections = connectionsFor(size);
  const cell = {
    name,
    work: work.name,
    size,
    connections,
    requests: 0,
    samples: Object.fromEntries(work.workers.map((worker) => [worker, []])),
  };
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
  cell.load = (requests) => loadOf(work, size, requests, connections);
  return cell;
}

/** Every Worker of every cell once; another Worker begins in every round. */
async function oneRound(measured, cells, round, current) {
  const { conditions, seconds } = measured;
  for (const [index, cell] of cells.entries()) {
    const workers = Object.keys(cell.samples);
    let gateways = 0;
    for (let turn = 0; turn < workers.length; turn++) {
      const worker = workers[(turn + round) % workers.length];
      current.note(`${index + 1} of ${cells.length}: ${cell.name}, ${worker}`);
      const used = await sample(measured, worker, cell.load(cell.requests), `${cell.name}, ${worker}`);
      if (worker === "gateway") gateways = used;
      cell.samples[worker].push((used / cell.requests) * 1e6);
    }
    conditions.shortest = Math.min(conditions.shortest, gateways);
    if (gateways < Math.min(LEAST, seconds))
      cell.requests = Math.ceil((cell.requests * seconds) / Math.max(gateways, 0.01));
  }
}

/** CPU seconds of workerd for one load. */
async function sample({ workers, clients, s3, conditions }, worker, load, name) {
  const ours = () => cpuSeconds(clients.pid) + cpuSeconds(process.pid);
  const read = () => [cpuSeconds(workers.pid), cpuSeconds(s3.pid), ours(), machineSeconds(), performance.now() / 1000];
  const before = read();
  await clients.run(load, workers.ports[worker]);
  const [used, double, clientsUsed, machine, wall] = read().map((value, index) => value - before[index]);
  conditions.others += Math.max(0, machine - used - double - clientsUsed);
  conditions.wall += wall;
  // Shorter ones say little: both are counted in steps of 10 ms.
  if (wall > 0.2 && double / wall > conditions.double.share) conditions.double = { share: double / wall, name };
  // What the last connections leave behind is not the next sample's.
  await sleep(SETTLE_MS);
  return used;
}
