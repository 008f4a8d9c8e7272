// What the gateway has to reach, and whether it has.

import { inMebibytes, mebibytes, median, ratios, spread } from "./numbers.mjs";
import { KIB, LARGE, MIB } from "./work.mjs";

const GROWTH = 64 * MIB;
const COMPRESSED = 380 * KIB;
const START_UP_MS = 15;
const RESOURCES_MS = 5;

const cpu = (name, peer, most) => ({
  what: `CPU, ${name}`,
  goal: `at most ${most.toFixed(2)} × ${peer}`,
  of({ cells }) {
    const samples = cells.find((cell) => cell.name === name)?.samples;
    if (!samples) return undefined;
    const values = ratios(samples.gateway, samples[peer]);
    return { text: spread(values), reached: median(values) <= most };
  },
});

const memory = (name) => ({
  what: `memory, ${name}`,
  memory: name,
  goal: `workerd grows by at most ${mebibytes(GROWTH)}`,
  of(results) {
    const outcomes = results.memory?.cells.find((cell) => cell.name === name)?.outcomes.gateway;
    if (!outcomes) return undefined;
    const grown = outcomes.map(({ growth }) => growth);
    const reached = outcomes.every(({ failed }) => !failed) && median(grown) <= GROWTH;
    return { text: spread(grown, inMebibytes, " MiB"), reached };
  },
});

export const GOALS = [
  cpu("GET raw, 1 KiB", "aws4fetch", 1),
  cpu("GET raw, 1 MiB", "aws4fetch", 1),
  cpu("GET raw, 1 KiB", "floor", 1.25),
  cpu("GET raw, 1 MiB", "floor", 1.25),
  cpu("GET base64 JSON, 1 KiB", "aws4fetch", 1),
  cpu("GET base64 JSON, 1 MiB", "aws4fetch", 0.5),
  cpu("PUT base64, 1 MiB", "aws4fetch", 0.5),
  cpu("PUT raw, 1 MiB", "aws4fetch", 1),
  memory("GET base64 JSON, 1 GiB"),
  memory("PUT base64, 1 GiB"),
  {
    what: "compressed size of the Worker",
    goal: `at most ${COMPRESSED / KIB} KiB`,
    of: ({ compressed }) => ({ text: `${(compressed / KIB).toFixed(1)} KiB`, reached: compressed <= COMPRESSED }),
  },
  {
    what: "start-up, process start to first answer",
    goal: `at most ${START_UP_MS} ms more than the floor`,
    of({ startUp }) {
      if (!startUp) return undefined;
      const more = startUp.gateway.map((value, round) => value - startUp.floor[round]);
      return { text: spread(more, (value) => value.toFixed(1), " ms"), reached: median(more) <= START_UP_MS };
    },
  },
  {
    what: "start-up with 300 resources",
    goal: `at most ${RESOURCES_MS} ms more than with one`,
    of({ startUp }) {
      if (!startUp?.[LARGE]) return undefined;
      // Whatever else the machine does meanwhile adds to both, and seldom takes from either.
      const more = Math.min(...startUp[LARGE]) - Math.min(...startUp.gateway);
      return { text: `${more.toFixed(1)} ms (best against best)`, reached: more <= RESOURCES_MS };
    },
  },
];

/** The names of the memory cells that a goal is about. */
export const MEMORY_GOALS = GOALS.flatMap((goal) => goal.memory ?? []);
