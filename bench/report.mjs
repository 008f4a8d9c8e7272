// The report: bench/RESULTS.md and its plots.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../scripts/paths.mjs";
import { nodeForWrangler } from "../scripts/setup.mjs";
import { output } from "../scripts/toolchain.mjs";
import { GOALS } from "./goals.mjs";
import { inMebibytes, mebibytes, median, microsText, ratios, spread } from "./numbers.mjs";
import { cpuPlot, memoryPlot } from "./plots.mjs";
import { sizeText, WORKERS } from "./work.mjs";

const PEERS = WORKERS.filter((name) => name !== "gateway");

function git(...args) {
  try {
    return execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

function commit() {
  const name = git("rev-parse", "--short", "HEAD");
  if (name === undefined) return "unknown";
  return git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/RESULTS.md", ":!bench/plots")
    ? `${name} and changes that are not committed`
    : name;
}

/** Machine and versions, as they are now. */
export function facts() {
  const version = (name) => JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    machine: `${cpus().length} × ${cpus()[0].model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    versions: `workerd ${version("workerd")}, aws4fetch ${version("aws4fetch")}, Node ${output(nodeForWrangler(), ["--version"])?.trim()} for S3's double and the clients`,
  };
}

const table = (head, align, rows) => [head, align, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

function goals(results) {
  const rows = GOALS.map(({ what, goal, of }) => {
    const { text, reached } = of(results) ?? { text: "not measured" };
    return [what, goal, text, reached === undefined ? "–" : reached ? "reached" : "**missed**"];
  });
  return table(["what", "goal", "measured", ""], ["---", "---", "---:", "---"], rows);
}

function cpuTable(cells) {
  const rows = cells.map(({ work, size, samples }) => [
    work,
    sizeText(size),
    ...WORKERS.map((worker) => (samples[worker] ? microsText(median(samples[worker])) : "–")),
    ...PEERS.map((peer) => (samples[peer] ? spread(ratios(samples.gateway, samples[peer])) : "–")),
  ]);
  const head = ["work", "object", ...WORKERS, ...PEERS.map((peer) => `gateway / ${peer}`)];
  return table(head, ["---", "---:", ...Array(WORKERS.length + PEERS.length).fill("---:")], rows);
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
  const rows = cells.map(({ work, size, outcomes }) => [
    work,
    sizeText(size),
    ...WORKERS.map((worker) => growth(outcomes[worker])),
  ]);
  return table(["work", "object", ...WORKERS], ["---", "---:", ...WORKERS.map(() => "---:")], rows);
}

function failures({ cells }) {
  const said = cells.flatMap(({ name, outcomes }) =>
    Object.entries(outcomes).flatMap(([worker, all]) =>
      all.filter(({ failed }) => failed).map(({ failed }) => `${worker}, ${name}: ${failed}`),
    ),
  );
  return said.length ? `\nWhat ended before its time: ${said.join("; ")}. Larger objects were not tried then.\n` : "";
}

function conditionsText({ shortest, others, double }, { rounds, load }) {
  const percent = (share) => `${Math.round(share * 100)} %`;
  return `${rounds} rounds. The gateway's shortest sample was ${shortest.toFixed(2)} s of CPU. Load average at the start: ${load.toFixed(2)}. Meanwhile other processes and the host took ${percent(others)} of one core, and S3's double was never busier than ${percent(double.share)} of one (${double.name}).`;
}

function sections(results) {
  const { cells, conditions, memory, startUp, settings } = results;
  const parts = [];
  if (cells.length > 0) {
    parts.push(`## CPU

CPU time (user and system) of one \`workerd\` with all three Workers in it, per request; medians of the rounds. The ratios are
those within a round, as median (least–most): they are what can be compared between machines.

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

By how much the resident set of a fresh \`workerd\` with that one Worker grows, at most, while one object passes; before, it
holds ${idle.length ? `${mebibytes(Math.min(...idle))} to ${mebibytes(Math.max(...idle))}` : "some"}. \`workerd\` has no limit as Cloudflare has (128 MB); here a Worker is
stopped when \`workerd\` holds ${mebibytes(memory.limit)}.

![Memory against object size](plots/memory.svg)

${memoryTable(memory.cells)}
${failures(memory)}`);
  }
  if (startUp) {
    const rows = Object.keys(startUp).map((worker) => [
      worker,
      spread(startUp[worker], (value) => value.toFixed(0), " ms"),
    ]);
    parts.push(`## Start-up

From the start of a \`workerd\` process with one Worker to the end of its first answer, a GET of 1 KiB; ${startUp.gateway.length} times each.
gateway-300 has a document of 300 resources with 798 methods, of 860 KB as JSON.

${table(["Worker", "median (least–most)"], ["---", "---:"], rows)}
`);
  }
  return parts.join("\n");
}

/** Writes RESULTS.md and the plots into `folder`. */
export function writeReport(results, folder) {
  const { facts: known, warnings } = results;
  const text = `# Results

Written by \`npm run bench\`; what is measured, and against whom, is in [README.md](README.md).

${goals(results)}

Measured on ${known.date} at commit ${known.commit}, on ${known.machine}; ${known.versions}.
${warnings.map((warning) => `\n**Warning:** ${warning}\n`).join("")}
${sections(results)}`;
  mkdirSync(join(folder, "plots"), { recursive: true });
  writeFileSync(join(folder, "RESULTS.md"), text);
  if (results.cells.length > 0) writeFileSync(join(folder, "plots", "cpu.svg"), cpuPlot(results.cells));
  if (results.memory) writeFileSync(join(folder, "plots", "memory.svg"), memoryPlot(results.memory));
}

/** A line a goal, for the terminal. */
export function goalLines(results) {
  return GOALS.flatMap(({ what, goal, of }) => {
    const outcome = of(results);
    return outcome ? [`  ${outcome.reached ? "reached" : "MISSED "}  ${what}: ${outcome.text}, ${goal}`] : [];
  });
}
