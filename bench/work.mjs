// The subjects of the measurements: the Workers, the requests, and the sizes of their objects.

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/**
 * The Workers by their names. `modules` is the folder or the file with their code. Two Workers with the same code differ only
 * in their variables. `logs` is whether each request writes a log line.
 */
export const WORKERS = {
  gateway: { label: "gateway", modules: "gateway", logs: true },
  "gateway-no-log": { label: "gateway, no log", modules: "gateway", logs: false },
  "aws4fetch-log": { label: "aws4fetch + log", modules: "aws4fetch", logs: true },
  aws4fetch: { label: "aws4fetch", modules: "aws4fetch", logs: false },
  floor: { label: "floor", modules: "floor", logs: false },
  // The gateway with 300 resources: only its start is measured.
  "gateway-300": { label: "gateway, 300 resources", modules: "gateway-300", logs: true },
  // Another build of the gateway: --against.
  before: { label: "before", modules: "before", logs: true },
  "before-no-log": { label: "before, no log", modules: "before", logs: false },
};
export const LARGE = "gateway-300";
export const PEERS = ["aws4fetch", "floor"];
/** The Worker of the other build for each variant of the gateway: see --against. */
export const BEFORE = { gateway: "before", "gateway-no-log": "before-no-log" };

export const label = (worker) => WORKERS[worker].label;
/** Returns the label of a Worker for a ratio. A label with spaces gets parentheses: "(aws4fetch + log)". */
export const factor = (worker) => (label(worker).includes(" ") ? `(${label(worker)})` : label(worker));

const BYTES = "application/octet-stream";
const TEXT = "application/json";

/** The kinds of requests. `base64` is whether the body is converted. */
export const WORKS = [
  { name: "GET raw", method: "GET", headers: { accept: BYTES }, base64: false },
  { name: "GET base64 JSON", method: "GET", headers: { accept: TEXT }, base64: true },
  { name: "PUT raw", method: "PUT", headers: { "content-type": BYTES }, base64: false },
  { name: "PUT base64", method: "PUT", headers: { "content-type": TEXT }, base64: true },
];

/**
 * Returns the Workers that support this kind of request. The Worker `floor` does not convert bodies. Its response to a GET of
 * base64 has the right length, but it cannot store the decoded bytes of a PUT.
 */
export const capable = (workers, work) =>
  workers.filter((worker) => worker !== "floor" || !work.base64 || work.method === "GET");

export const CPU_SIZES = [KIB, 10 * KIB, 100 * KIB, MIB, 10 * MIB, 100 * MIB];
/** The Workers in the plot, without log lines. */
export const CPU_WORKERS = ["gateway-no-log", "aws4fetch", "floor"];
export const MEMORY_SIZES = [MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB, 2 * GIB];
export const MEMORY_WORKERS = ["gateway", "aws4fetch", "floor"];

const MOST_CONNECTIONS = 8;
/** The most bytes of objects that are transferred at a time. A Worker that buffers bodies needs several times as much memory. */
const UNDER_WAY = 64 * MIB;
/** The most bytes of JSON around a base64 text. */
const WRAPPING = 64;

export const connectionsFor = (size) => Math.max(1, Math.min(MOST_CONNECTIONS, Math.floor(UNDER_WAY / size)));

/** Returns the message to `load.mjs`. The body of an answer has from `least` to `most` bytes. */
export function loadOf({ method, headers, base64 }, size, requests, connections) {
  const text = Math.ceil(size / 3) * 4;
  let [least, most] = [0, 0];
  if (method === "GET") [least, most] = base64 ? [text, text + WRAPPING] : [size, size];
  return { method, headers, base64, size, path: `/v1/s3?key=${size}`, requests, connections, least, most };
}

/** Formats a size: 10240 becomes "10 KiB". */
export function sizeText(bytes) {
  const [unit, name] = bytes < MIB ? [KIB, "KiB"] : bytes < GIB ? [MIB, "MiB"] : [GIB, "GiB"];
  return `${Math.round(bytes / unit)} ${name}`;
}

/** Returns every pair of a work and a size, with its name: "GET raw, 1 KiB". */
export function pairs(sizes) {
  return WORKS.flatMap((work) => sizes.map((size) => ({ name: `${work.name}, ${sizeText(size)}`, work, size })));
}
