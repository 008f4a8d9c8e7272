// Statistics, and the formatting of numbers.

import { KIB, MIB } from "./work.mjs";

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const CONFIDENCE = 0.95;

/**
 * Returns the 95 % interval of the median as `[low, high]`, or `undefined` for fewer than six numbers. The bounds are two
 * of the numbers, by the binomial distribution (order statistics). No assumption about the distribution of the numbers is made.
 *
 * @returns {[number, number] | undefined}
 */
export function interval(numbers) {
  const count = numbers.length;
  const sorted = [...numbers].sort((a, b) => a - b);
  // The probability that at most `index` of the numbers are below the median of the distribution.
  let [outside, chance, index] = [0, 0.5 ** count, -1];
  while (2 * (outside + chance) <= 1 - CONFIDENCE) {
    outside += chance;
    index++;
    chance *= (count - index) / (index + 1);
  }
  return index < 0 ? undefined : [sorted[index], sorted[count - 1 - index]];
}

/**
 * Returns the 95 % interval, or the least and the largest number if there are too few for an interval.
 *
 * @returns {[number, number]}
 */
export const bounds = (numbers) => interval(numbers) ?? [Math.min(...numbers), Math.max(...numbers)];

/** Returns whether the median or the lower bound of its 95 % interval is at most `most`. */
export const isWithin = (numbers, most) => median(numbers) <= most || (interval(numbers)?.[0] ?? Infinity) <= most;

const hundredths = (number) => number.toFixed(2);

/** Formats two bounds: "0.90–0.95". */
export const rangeText = ([low, high], text = hundredths) => `${text(low)}${low < 0 ? " to " : "–"}${text(high)}`;

/** Formats the median and its bounds: "0.92 (0.90–0.95)". */
export const spread = (numbers, text = hundredths, unit = "") =>
  `${text(median(numbers))}${unit} (${rangeText(bounds(numbers), text)})`;

/** Returns the ratios of two Workers' samples, round by round. */
export const ratios = (of, to) => of.map((value, round) => value / to[round]);

/** Returns the differences of two Workers' samples, round by round. */
export const differences = (of, to) => of.map((value, round) => value - to[round]);

/** Formats microseconds: 1649 becomes "1.65 ms". */
export function microsText(micros) {
  const [value, unit] = micros < 999.5 ? [micros, "µs"] : micros < 999_500 ? [micros / 1e3, "ms"] : [micros / 1e6, "s"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

export const milliseconds = (value) => `${value.toFixed(1)} ms`;
export const kibibytes = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`;
export const inMebibytes = (bytes) => String(Math.round(bytes / MIB));
export const mebibytes = (bytes) => `${inMebibytes(bytes)} MiB`;
