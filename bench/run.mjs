// npm run bench: measures the gateway against its peers and writes bench/RESULTS.md and bench/plots.
//
//   npm run bench                        everything, in some 10 minutes
//   npm run bench -- --rounds N          so many rounds, not 7
//   npm run bench -- --only NAME         what has NAME in its name: "GET raw", "1 MiB", "memory", "start-up"
//   npm run bench -- --quick             a rough look: fewer and shorter samples, smaller objects
//   npm run bench -- --render            the report anew, of the numbers of the last run
//
// With --only or --quick the report goes to .dev/bench: only a full run is a result.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/paths.mjs";
import { duration, Failure, main, say } from "../scripts/steps.mjs";
import { measureCpu } from "./cpu.mjs";
import { compressedSize, measureStartUp } from "./deployment.mjs";
import { MEMORY_GOALS } from "./goals.mjs";
import { startS3, stopHelpers } from "./helpers.mjs";
import { buildLarge } from "./large.mjs";
import { measureMemory } from "./memory.mjs";
import { prepare } from "./prepare.mjs";
import { facts, goalLines, writeReport } from "./report.mjs";
import { CPU_SIZES, MEMORY_SIZES, MIB, pairs } from "./work.mjs";
import { FOLDER, stopWorkers } from "./workers.mjs";

const NUMBERS = join(FOLDER, "results.json");
const QUICK_CPU_MOST = 10 * MIB;
const QUICK_MEMORY_MOST = 64 * MIB;
/** Load and foreign CPU time, per core, from which on a result is worth little. */
const BUSY = 0.1;

function options() {
  const kinds = /** @type {const} */ ({
    rounds: { type: "string" },
    only: { type: "string" },
    quick: { type: "boolean" },
    render: { type: "boolean" },
  });
  let values;
  try {
    ({ values } = parseArgs({ options: kinds }));
  } catch (error) {
    throw new Failure(`${error.message}; there is: --rounds N, --only NAME, --quick, --render`);
  }
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 7));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Failure(`--rounds takes a number from 1 on, not ${values.rounds}`);
  return { rounds, only: values.only ?? "", quick: values.quick ?? false, render: values.render ?? false };
}

function selection({ only, quick }) {
  const chosen = (prefix) => (pair) => `${prefix}${pair.name}`.includes(only);
  const sizes = (all, most) => all.filter((size) => !quick || size <= most);
  return {
    cpu: pairs(sizes(CPU_SIZES, QUICK_CPU_MOST)).filter(chosen("CPU: ")),
    memory: pairs(sizes(MEMORY_SIZES, QUICK_MEMORY_MOST)).filter(chosen("memory: ")),
    startUp: "start-up".includes(only),
  };
}

function warn(warnings, text) {
  warnings.push(text);
  say(`   warning: ${text}`);
}

async function measure(settings) {
  const { cpu, memory, startUp } = selection(settings);
  if (cpu.length + memory.length === 0 && !startUp) throw new Failure(`nothing has "${settings.only}" in its name`);
  // Before a build of our own adds to it.
  const [load] = loadavg();
  const warnings = [];
  if (load > cpus().length * BUSY)
    warn(warnings, `the load average was ${load.toFixed(2)} at the start: something else is running.`);
  await prepare();
  if (startUp) await buildLarge();
  const started = performance.now();
  const results = {
    facts: facts(),
    settings: { ...settings, load },
    warnings,
    compressed: await compressedSize(),
    cells: [],
  };
  const s3 = await startS3();
  if (cpu.length > 0) {
    Object.assign(results, await measureCpu(cpu, { ...settings, s3 }));
    const { others } = results.conditions;
    if (others > cpus().length * BUSY)
      warn(warnings, `other processes took ${Math.round(others * 100)} % of a core from the measurement.`);
  }
  if (startUp) results.startUp = await measureStartUp(settings.quick ? 5 : 15, s3);
  if (memory.length > 0)
    results.memory = await measureMemory(memory, { runs: settings.quick ? 1 : 3, goals: MEMORY_GOALS, s3 });
  results.took = performance.now() - started;
  writeFileSync(NUMBERS, JSON.stringify(results, null, 1));
  return results;
}

function lastResults() {
  if (!existsSync(NUMBERS)) throw new Failure("there are no numbers of an earlier run");
  return JSON.parse(readFileSync(NUMBERS, "utf8"));
}

async function run() {
  const settings = options();
  const results = settings.render ? lastResults() : await measure(settings);
  const isWhole = !results.settings.only && !results.settings.quick;
  const folder = isWhole ? join(ROOT, "bench") : FOLDER;
  writeReport(results, folder);
  say(
    `\n${goalLines(results).join("\n")}\n\n${join(folder, "RESULTS.md")} after ${duration(results.took)} of measuring`,
  );
  return 0;
}

await main(run, {
  onEnd: async () => {
    stopHelpers();
    await stopWorkers();
  },
});
