// The goals of the gateway, and whether they are reached.

import {
  differences,
  inMebibytes,
  interval,
  isWithin,
  kibibytes,
  mebibytes,
  median,
  milliseconds,
  rangeText,
  ratios,
} from "./numbers.mjs";
import { factor, KIB, LARGE, label, MIB } from "./work.mjs";

const GROWTH = 64 * MIB;
const COMPRESSED_WITHOUT_TEMPLATES = 380 * KIB;
const COMPRESSED = 500 * KIB;
const START_UP_MS = 15;
const RESOURCES_MS = 5;

/** Returns an outcome for the table: the median, its 95 % interval, and whether the goals `most` and `stretch` are reached. */
function judged(values, most, text, stretch) {
  const range = interval(values);
  return {
    measured: text(median(values)),
    interval: range ? rangeText(range, text) : `none: ${values.length} rounds`,
    isReached: isWithin(values, most),
    isStretchReached: stretch !== undefined && isWithin(values, stretch),
  };
}

/** Returns a goal for the CPU time of the Worker `of`, divided by that of the Worker `to`. */
const cpu = (name, of, to, most, stretch) => ({
  what: `CPU, ${name}, ${label(of)}`,
  cpu: { name, workers: [of, to] },
  goal: `at most ${most.toFixed(2)} × ${factor(to)}${stretch === undefined ? "" : `, stretch ${stretch.toFixed(2)}`}`,
  of({ cells }) {
    const samples = cells.find((cell) => cell.name === name)?.samples;
    if (!samples?.[of] || !samples[to]) return undefined;
    return judged(ratios(samples[of], samples[to]), most, (ratio) => ratio.toFixed(2), stretch);
  },
});

/** Returns a goal for the gateway and aws4fetch, which both write a log line for each request. */
const logged = (name, most, stretch) => cpu(name, "gateway", "aws4fetch-log", most, stretch);
/** Returns a goal for the gateway and a peer without log lines. */
const unlogged = (name, peer, most) => cpu(name, "gateway-no-log", peer, most);

const memory = (name) => ({
  what: `memory, ${name}`,
  memory: name,
  goal: `workerd grows by at most ${mebibytes(GROWTH)}`,
  of(results) {
    const outcomes = results.memory?.cells.find((cell) => cell.name === name)?.outcomes.gateway;
    if (!outcomes) return undefined;
    const grown = outcomes.map(({ growth }) => growth);
    return {
      measured: mebibytes(median(grown)),
      interval: `least and most: ${rangeText([Math.min(...grown), Math.max(...grown)], inMebibytes)}`,
      isReached: outcomes.every(({ failed }) => !failed) && median(grown) <= GROWTH,
    };
  },
});

// The Worker has no complete Velocity engine, so its sizes without and with templates are the same.
const size = (what, most) => ({
  what: `compressed size of the Worker, ${what}`,
  goal: `at most ${most / KIB} KiB`,
  of: ({ compressed }) => ({
    measured: kibibytes(compressed),
    interval: "–",
    isReached: compressed <= most,
  }),
});

const startUp = (what, of, to, most) => ({
  what,
  goal: `at most ${most} ms more than ${label(to)}`,
  of(results) {
    const samples = results.startUp;
    if (!samples?.[of] || !samples[to]) return undefined;
    return judged(differences(samples[of], samples[to]), most, milliseconds);
  },
});

export const GOALS = [
  logged("GET raw, 1 KiB", 1, 0.9),
  logged("GET raw, 1 MiB", 1, 0.9),
  unlogged("GET raw, 1 KiB", "aws4fetch", 1),
  unlogged("GET raw, 1 MiB", "aws4fetch", 1),
  unlogged("GET raw, 1 KiB", "floor", 1.6),
  unlogged("GET raw, 1 MiB", "floor", 1.6),
  logged("GET base64 JSON, 1 KiB", 1, 0.9),
  unlogged("GET base64 JSON, 100 KiB", "aws4fetch", 0.8),
  unlogged("GET base64 JSON, 1 MiB", "aws4fetch", 0.5),
  unlogged("PUT base64, 1 MiB", "aws4fetch", 0.9),
  unlogged("PUT raw, 1 MiB", "aws4fetch", 1.05),
  unlogged("PUT raw, 100 MiB", "aws4fetch", 1.05),
  memory("GET base64 JSON, 2 GiB"),
  memory("PUT base64, 2 GiB"),
  size("without templates", COMPRESSED_WITHOUT_TEMPLATES),
  size("with everything", COMPRESSED),
  startUp("start-up, process start to first answer", "gateway", "floor", START_UP_MS),
  startUp("start-up with 300 resources", LARGE, "gateway", RESOURCES_MS),
];

/** The names of the memory cells with a goal. */
export const MEMORY_GOALS = GOALS.flatMap((goal) => goal.memory ?? []);

/** Returns the Workers that the goals for a CPU cell compare. The list is empty if the cell has no goal. */
export const comparedFor = (name) => GOALS.flatMap((goal) => (goal.cpu?.name === name ? goal.cpu.workers : []));
