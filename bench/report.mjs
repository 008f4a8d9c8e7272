// The report: bench/RESULTS.md and its plots.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../scripts/paths.mjs";
import { nodeForWrangler } from "../scripts/setup.mjs";
import { output } from "../scripts/toolchain.mjs";
import { GOALS } from "./goals.mjs";
import {
  differences,
  inMebibytes,
  kibibytes,
  mebibytes,
  median,
  microsText,
  milliseconds,
  ratios,
  spread,
} from "./numbers.mjs";
import { cpuPlot, memoryPlot } from "./plots.mjs";
import { BEFORE, factor, label, MEMORY_WORKERS, sizeText } from "./work.mjs";
import { workerdVersion } from "./workers.mjs";

/** The columns of the CPU table: a Worker, or the ratio of two Workers. */
const CPU_COLUMNS = [
  ["gateway"],
  ["aws4fetch-log"],
  ["gateway", "aws4fetch-log"],
  ["gateway-no-log"],
  ["aws4fetch"],
  ["floor"],
  ["gateway-no-log", "aws4fetch"],
  ["gateway-no-log", "floor"],
  ["floor", "aws4fetch"],
];

function git(folder, ...args) {
  try {
    return execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

/** Returns the commit of the checkout with a folder. */
export function commitOf(folder) {
  const name = git(folder, "rev-parse", "--short", "HEAD");
  if (name === undefined) return "unknown";
  return git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/RESULTS.md", ":!bench/plots")
    ? `${name} and changes that are not committed`
    : name;
}

/** Returns the current date, commit, machine and versions. */
export function facts() {
  const version = (name) => JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commitOf(ROOT),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    versions: `workerd ${workerdVersion()} (of wrangler ${version("wrangler")}), aws4fetch ${version("aws4fetch")}, Node ${output(nodeForWrangler(), ["--version"])?.trim()} for S3's double and the clients`,
  };
}

const table = (head, align, rows) => [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const verdict = (/** @type {{ isReached: boolean, isStretchReached?: boolean }} */ { isReached, isStretchReached }) =>
  !isReached ? "**missed**" : isStretchReached ? "reached, stretch too" : "reached";

function goals(results) {
  const rows = GOALS.map(({ what, goal, of }) => {
    const outcome = of(results);
    return outcome
      ? [what, goal, outcome.measured, outcome.interval, verdict(outcome)]
      : [what, goal, "not measured", "–", "–"];
  });
  return table(["what", "goal", "median", "95 % interval", "result"], ["---", "---", "---:", "---:", "---"], rows);
}

const ratioText = (samples, of, to) => (samples[of] && samples[to] ? spread(ratios(samples[of], samples[to])) : "–");
const costText = (samples, worker) => (samples[worker] ? microsText(median(samples[worker])) : "–");

function cpuTable(cells) {
  const columns = CPU_COLUMNS.filter((workers) =>
    cells.some(({ samples }) => workers.every((worker) => samples[worker])),
  );
  const rows = cells.map(({ work, size, rounds, samples }) => [
    work,
    sizeText(size),
    ...columns.map(([of, to]) => (to ? ratioText(samples, of, to) : costText(samples, of))),
    rounds,
  ]);
  const head = [
    "work",
    "object",
    ...columns.map(([of, to]) => (to ? `${factor(of)} / ${factor(to)}` : label(of))),
    "rounds",
  ];
  return table(head, ["---", ...head.slice(1).map(() => "---:")], rows);
}

/** Returns the section about the two builds of the gateway. */
function comparison({ cells, memory, startUp, gzipped, settings: { against } }) {
  const pairs = Object.entries(BEFORE);
  const rows = cells.flatMap(({ name, samples }) =>
    pairs
      .filter(([now, before]) => samples[now] && samples[before])
      .map(([now, before]) => [
        `CPU, ${name}, ${label(now)}`,
        costText(samples, before),
        costText(samples, now),
        ratioText(samples, now, before),
      ]),
  );
  for (const { name, outcomes } of memory?.cells ?? []) {
    if (outcomes.gateway && outcomes.before)
      rows.push([`memory, ${name}`, growth(outcomes.before), growth(outcomes.gateway), "–"]);
  }
  if (startUp?.before) {
    const medians = [startUp.before, startUp.gateway].map((samples) => milliseconds(median(samples)));
    rows.push(["start-up", ...medians, `${spread(differences(startUp.gateway, startUp.before), milliseconds)}`]);
  }
  const { before, gateway } = gzipped;
  rows.push([
    "size of the modules, each compressed with gzip",
    kibibytes(before),
    kibibytes(gateway),
    `${kibibytes(gateway - before)}`,
  ]);
  return `## Before and after

"Before" is the gateway of commit ${against}, "after" is this checkout. Both were measured in the same rounds. A ratio or a
difference is computed for each round. The table has the median (95 % interval).

${table(["what", "before", "after", "ratio or difference"], ["---", "---:", "---:", "---:"], rows)}
`;
}

function growth(outcomes) {
  if (!outcomes) return "–";
  if (outcomes.length === 0) return "not tried";
  const failed = outcomes.find((outcome) => outcome.failed);
  if (failed) return failed.failed.startsWith("stopped") ? failed.failed : `fails, at ${mebibytes(failed.growth)}`;
  const grown = outcomes.map((outcome) => outcome.growth);
  return grown.length > 1 ? spread(grown, inMebibytes, " MiB") : mebibytes(grown[0]);
}

function memoryTable(cells) {
  const workers = MEMORY_WORKERS.filter((worker) => cells.some(({ outcomes }) => outcomes[worker]));
  const rows = cells.map(({ work, size, outcomes }) => [
    work,
    sizeText(size),
    ...workers.map((worker) => growth(outcomes[worker])),
  ]);
  return table(["work", "object", ...workers.map(label)], ["---", "---:", ...workers.map(() => "---:")], rows);
}

function failures({ cells }) {
  const failed = cells.flatMap(({ name, outcomes }) =>
    Object.entries(outcomes).flatMap(([worker, all]) =>
      all.filter(({ failed }) => failed).map(({ failed }) => `${label(worker)}, ${name}: ${failed}`),
    ),
  );
  return failed.length ? `\nNot completed: ${failed.join("; ")}. These Workers got no larger objects.\n` : "";
}

function conditionsText({ shortest, others, double, starts }, { load }) {
  const percent = (share) => `${Math.round(share * 100)} %`;
  return [
    `The processes were started ${starts === 1 ? "once" : `${starts} times`}.`,
    `The shortest sample was ${shortest.seconds.toFixed(2)} s of CPU (${shortest.name}).`,
    `The load average at the start was ${load.toFixed(2)}.`,
    `During the rounds, other processes and the host took ${percent(others)} of one core.`,
    `The test double for S3 took at most ${percent(double.share)} of one core${double.name && ` (${double.name})`}.`,
  ].join(" ");
}

function sections(results) {
  const { cells, conditions, memory, startUp, settings } = results;
  const parts = settings.against ? [comparison(results)] : [];
  if (cells.length > 0) {
    parts.push(`## CPU

CPU time (user and system) per request of a \`workerd\` with one Worker: medians of the rounds. A ratio is computed for each round.
The table has its median (95 % interval). With fewer than six rounds, the least and the largest ratio are in parentheses.
Times depend on the machine, and ratios depend on it less.

![CPU per request against object size](plots/cpu.svg)

${cpuTable(cells)}

${conditionsText(conditions, settings)}
`);
  }
  if (memory) {
    const idle = memory.cells.flatMap(({ outcomes }) =>
      Object.values(outcomes)
        .flat()
        .map((outcome) => outcome.idle),
    );
    parts.push(`## Memory

The growth of the resident set of a new \`workerd\` with one Worker while one object is transferred.${
      idle.length
        ? ` Before the
transfer, the resident set is ${mebibytes(Math.min(...idle))} to ${mebibytes(Math.max(...idle))}.`
        : ""
    } \`workerd\` has no limit of memory, and Cloudflare's limit is
128 MB. In this measurement, \`workerd\` is stopped at ${mebibytes(memory.limit)}.

![Memory against object size](plots/memory.svg)

${memoryTable(memory.cells)}
${failures(memory)}`);
  }
  if (startUp) {
    const rows = Object.keys(startUp).map((worker) => [
      label(worker),
      spread(startUp[worker], (value) => value.toFixed(0), " ms"),
    ]);
    parts.push(`## Start-up

The time from the start of a \`workerd\` process with one Worker to the end of its first answer, a GET of 1 KiB. Each Worker was
started ${startUp.gateway.length} times. The document of 300 resources has 798 methods, and 860 KB as JSON.

${table(["Worker", "median (95 % interval)"], ["---", "---:"], rows)}
`);
  }
  return parts.join("\n");
}

/** Writes RESULTS.md and the plots into `folder`. */
export function writeReport(results, folder) {
  const { facts: known, warnings } = results;
  const text = `# Results

Written by \`npm run bench\`. [README.md](README.md) describes the measurements.

${goals(results)}

A goal is reached if the median is at most the goal, or if the 95 % interval of the median includes the goal. The interval is
computed from the order statistics, without an assumption about the distribution of the samples. A stretch goal is better than the required
goal.

Measured on ${known.date} at commit ${known.commit}, on ${known.machine}; ${known.versions}.
${warnings.map((warning) => `\n**Warning:** ${warning}\n`).join("")}
${sections(results)}`;
  mkdirSync(join(folder, "plots"), { recursive: true });
  writeFileSync(join(folder, "RESULTS.md"), text);
  if (results.cells.length > 0) writeFileSync(join(folder, "plots", "cpu.svg"), cpuPlot(results.cells));
  if (results.memory) writeFileSync(join(folder, "plots", "memory.svg"), memoryPlot(results.memory));
}

/** Returns a line for each measured goal, and with --against the comparison of the builds, for the terminal. */
export function summary(results) {
  const goalLines = GOALS.flatMap(({ what, goal, of }) => {
    const outcome = of(results);
    if (!outcome) return [];
    return [
      `  ${outcome.isReached ? "reached" : "MISSED "}  ${what}: ${outcome.measured} (${outcome.interval}), ${goal}`,
    ];
  });
  if (!results.settings.against) return goalLines.join("\n");
  return `${goalLines.join("\n")}\n\n${comparison(results)}`;
}
