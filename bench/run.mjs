// npm run bench: measures the gateway against its peers, and writes bench/RESULTS.md and bench/plots.
//
//   npm run bench                        everything, in about 12 minutes
//   npm run bench -- --rounds N          N rounds instead of 15
//   npm run bench -- --only NAME         measurements with NAME in their name: "GET raw", "1 MiB", "memory", "start-up"
//   npm run bench -- --against FOLDER    also the gateway that is built in FOLDER, in the same rounds
//   npm run bench -- --quick             a rough result: fewer and shorter samples, smaller objects
//   npm run bench -- --render            only writes the report again, from the numbers of the last run
//
// With --only or --quick the report is written to .dev/bench, because bench/ has the results of a full run.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../scripts/paths.mjs";
import { duration, Failure, main, say } from "../scripts/steps.mjs";
import { collectBefore, isSameBuild } from "./against.mjs";
import { measureCpu } from "./cpu.mjs";
import { compressedSize, gzippedModules, measureStartUp } from "./deployment.mjs";
import { comparedFor, MEMORY_GOALS } from "./goals.mjs";
import { startS3, stopHelpers } from "./helpers.mjs";
import { buildLarge } from "./large.mjs";
import { checkLogs } from "./logs.mjs";
import { measureMemory } from "./memory.mjs";
import { prepare } from "./prepare.mjs";
import { commitOf, facts, summary, writeReport } from "./report.mjs";
import { BEFORE, CPU_SIZES, CPU_WORKERS, capable, LARGE, MEMORY_SIZES, MEMORY_WORKERS, MIB, pairs } from "./work.mjs";
import { FOLDER, stopWorkers } from "./workers.mjs";

const NUMBERS = join(FOLDER, "results.json");
const QUICK_CPU_MOST = 10 * MIB;
const QUICK_MEMORY_MOST = 64 * MIB;
const ROUNDS = 15;
const QUICK_ROUNDS = 2;
/** The rounds of works without a goal, which are only for the plot. A 95 % interval needs at least six. */
const PLOT_ROUNDS = 6;
const QUICK_START_UPS = 6;
const MEMORY_RUNS = 3;
/** The run gives a warning above this load average, or this CPU time of other processes, both for each core. */
const BUSY = 0.1;

function options() {
  const kinds = /** @type {const} */ ({
    rounds: { type: "string" },
    only: { type: "string", default: "" },
    against: { type: "string" },
    quick: { type: "boolean", default: false },
    render: { type: "boolean", default: false },
  });
  let values;
  try {
    ({ values } = parseArgs({ options: kinds }));
  } catch (error) {
    throw new Failure(`${error.message}; valid are --rounds N, --only NAME, --against FOLDER, --quick, --render`);
  }
  const rounds = Number(values.rounds ?? (values.quick ? QUICK_ROUNDS : ROUNDS));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Failure(`--rounds ${values.rounds} is not valid. Use a whole number from 1 on`);
  return { ...values, rounds };
}

/** Returns the pairs and Workers to measure. With --against and without --only, the other gateway gets only pairs with a goal. */
function selection({ only, quick, against, rounds }) {
  const sizes = (all, most) => all.filter((size) => !quick || size <= most);
  const isChosen = (kind, name) => `${kind}: ${name}`.includes(only);
  const withBefore = (workers, hasGoal) =>
    against && (hasGoal || only) ? workers.flatMap((worker) => [worker, BEFORE[worker] ?? []].flat()) : workers;
  const cpu = pairs(sizes(CPU_SIZES, QUICK_CPU_MOST)).flatMap((pair) => {
    const compared = comparedFor(pair.name);
    const hasGoal = compared.length > 0;
    if (!isChosen("CPU", pair.name)) return [];
    const workers = withBefore(capable([...new Set([...compared, ...CPU_WORKERS])], pair.work), hasGoal);
    return [{ ...pair, workers, rounds: hasGoal || only ? rounds : Math.min(rounds, PLOT_ROUNDS) }];
  });
  const memory = pairs(sizes(MEMORY_SIZES, QUICK_MEMORY_MOST))
    .filter(({ name }) => isChosen("memory", name))
    .map((pair) => ({ ...pair, workers: withBefore(MEMORY_WORKERS, MEMORY_GOALS.includes(pair.name)) }));
  const startUp = "start-up".includes(only) ? [...withBefore(["gateway"], true), "aws4fetch", "floor", LARGE] : [];
  return { cpu, memory, startUp };
}

function warn(warnings, text) {
  warnings.push(text);
  say(`   warning: ${text}`);
}

async function measure(settings) {
  const { quick, rounds } = settings;
  const { cpu, memory, startUp } = selection(settings);
  if (cpu.length + memory.length + startUp.length === 0)
    throw new Failure(
      `--only ${settings.only}: no measurement has this text in its name. Use for example "GET raw", "1 MiB", "memory" or "start-up"`,
    );
  // The load average is read before the build, which increases it.
  const [load] = loadavg();
  const warnings = [];
  if (load > cpus().length * BUSY)
    warn(warnings, `the load average was ${load.toFixed(2)} at the start: other programs are running.`);
  // Copy the build that `--against` names first: it may be in `build/`, which `prepare` overwrites.
  const against = settings.against && collectBefore(settings.against);
  await prepare();
  if (against && isSameBuild()) warn(warnings, "both builds are equal, so their ratios show only the noise.");
  if (startUp.length > 0) await buildLarge();
  const started = performance.now();
  const results = {
    facts: facts(),
    settings: { ...settings, against: against && commitOf(against), load },
    warnings,
    compressed: await compressedSize(),
    cells: [],
  };
  if (against) results.gzipped = { gateway: gzippedModules("gateway"), before: gzippedModules("before") };
  const s3 = await startS3();
  if (cpu.length > 0) {
    for (const problem of await checkLogs([...new Set(cpu.flatMap(({ workers }) => workers))], s3))
      warn(warnings, problem);
    Object.assign(results, await measureCpu(cpu, { quick, s3 }));
    const { others } = results.conditions;
    if (others > cpus().length * BUSY)
      warn(warnings, `other processes took ${Math.round(others * 100)} % of a core from the measurement.`);
  }
  if (startUp.length > 0)
    results.startUp = await measureStartUp(startUp, quick ? QUICK_START_UPS : Math.max(rounds, ROUNDS), s3);
  if (memory.length > 0)
    results.memory = await measureMemory(memory, { runs: quick ? 1 : MEMORY_RUNS, goals: MEMORY_GOALS, s3 });
  results.took = performance.now() - started;
  writeFileSync(NUMBERS, JSON.stringify(results, null, 1));
  return results;
}

function lastResults() {
  if (!existsSync(NUMBERS))
    throw new Failure(`${NUMBERS} is missing: nothing was measured yet. Run \`npm run bench\` without --render`);
  return JSON.parse(readFileSync(NUMBERS, "utf8"));
}

async function run() {
  const settings = options();
  const results = settings.render ? lastResults() : await measure(settings);
  const { only, quick } = results.settings;
  const folder = only || quick ? FOLDER : join(ROOT, "bench");
  writeReport(results, folder);
  say(`\n${summary(results)}\n\n${join(folder, "RESULTS.md")} after ${duration(results.took)} of measuring`);
  return 0;
}

await main(run, {
  onEnd: async () => {
    stopHelpers();
    await stopWorkers();
  },
});
