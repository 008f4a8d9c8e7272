// Numbers as they stand in the report.

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, least and most, each as `text` makes it: "0.92 (0.90–0.95)". */
export function spread(numbers, text = (number) => number.toFixed(2), unit = "") {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return `${text(median(numbers))}${unit} (${text(least)}${least < 0 ? " to " : "–"}${text(most)})`;
}

/** The ratios of two Workers' samples, round by round. */
export const ratios = (of, to) => of.map((value, round) => value / to[round]);

/** 1649 -> "1.65 ms" */
export function microsText(micros) {
  const [value, unit] = micros < 999.5 ? [micros, "µs"] : micros < 999_500 ? [micros / 1e3, "ms"] : [micros / 1e6, "s"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

export const inMebibytes = (bytes) => String(Math.round(bytes / 2 ** 20));
export const mebibytes = (bytes) => `${inMebibytes(bytes)} MiB`;
