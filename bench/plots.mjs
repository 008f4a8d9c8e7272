// The two plots of the report.

import { bounds, median } from "./numbers.mjs";
import { figure } from "./plot.mjs";
import { CPU_WORKERS, capable, MEMORY_WORKERS, MIB, sizeText, WORKS } from "./work.mjs";

/** The names of the three Workers of a plot, in the order of CPU_WORKERS and MEMORY_WORKERS. */
const NAMES = ["gateway (this project)", "aws4fetch (a Worker in JavaScript)", "floor (unsigned, unconverted)"];
const WORKER_LIMIT = 128 * MIB;
const TIMES = [
  { value: 10, text: "10 µs" },
  { value: 100, text: "100 µs" },
  { value: 1_000, text: "1 ms" },
  { value: 10_000, text: "10 ms" },
  { value: 100_000, text: "100 ms" },
  { value: 1_000_000, text: "1 s" },
  { value: 10_000_000, text: "10 s" },
];
/** The factor between the least or largest time and the end of the time axis. */
const AIR = 1.3;

function sizeAxis(cells) {
  const sizes = [...new Set(cells.map(({ size }) => size))].sort((a, b) => a - b);
  const [from, last] = [sizes[0], sizes[sizes.length - 1]];
  return {
    label: "object size",
    from,
    to: Math.max(last, from * 2),
    ticks: sizes.map((value) => ({ value, text: sizeText(value) })),
  };
}

function timeAxis(samples) {
  const [from, to] = [Math.min(...samples) / AIR, Math.max(...samples) * AIR];
  return {
    label: "CPU of workerd per request",
    from,
    to,
    ticks: TIMES.filter(({ value }) => value >= from && value <= to),
  };
}

function panels(cells, workers, pointsOf, marks) {
  return WORKS.filter(({ name }) => cells.some(({ work }) => work === name)).map((work) => {
    const own = cells.filter((cell) => cell.work === work.name).sort((a, b) => a.size - b.size);
    const lines = capable(workers, work).map((worker) => ({
      series: workers.indexOf(worker),
      points: pointsOf(own, worker),
    }));
    return { title: work.name, marks, lines };
  });
}

/** Returns the plot of CPU per request. */
export function cpuPlot(cells) {
  const pointsOf = (own, worker) =>
    own
      .filter(({ samples }) => samples[worker])
      .map(({ size, samples }) => {
        const [low, high] = bounds(samples[worker]);
        return { x: size, y: median(samples[worker]), low, high };
      });
  return figure({
    title: "CPU per request against object size, without a log line",
    description: "Four plots with logarithmic axes, a line for each Worker: medians, with their 95 % intervals.",
    names: NAMES,
    x: sizeAxis(cells),
    y: timeAxis(cells.flatMap(({ samples }) => CPU_WORKERS.flatMap((worker) => samples[worker] ?? []))),
    panels: panels(cells, CPU_WORKERS, pointsOf),
  });
}

/** Returns the plot of the growth of the resident set. */
export function memoryPlot({ cells }) {
  const ticks = [1, 4, 16, 64, 256, 1024, 4096].map((value) => ({ value: value * MIB, text: sizeText(value * MIB) }));
  ticks[0].text = `≤ ${ticks[0].text}`;
  const pointsOf = (own, worker) =>
    own
      .filter(({ outcomes }) => outcomes[worker]?.length > 0)
      .map(({ size, outcomes }) => {
        const grown = outcomes[worker].map(({ growth }) => growth);
        const failure = outcomes[worker].find(({ failed }) => failed)?.failed;
        const broken = failure && (failure.startsWith("stopped") ? failure : "fails");
        return {
          x: size,
          y: median(grown),
          broken,
          ...(grown.length > 1 && { low: Math.min(...grown), high: Math.max(...grown) }),
        };
      });
  return figure({
    title: "Memory against object size",
    description:
      "Four plots with logarithmic axes, a line for each Worker: the growth of workerd while one object is transferred.",
    names: NAMES,
    x: sizeAxis(cells),
    y: { label: "growth of workerd's resident set", from: ticks[0].value, to: ticks[ticks.length - 1].value, ticks },
    panels: panels(cells, MEMORY_WORKERS, pointsOf, [{ y: WORKER_LIMIT, text: "Cloudflare's limit: 128 MB" }]),
  });
}
