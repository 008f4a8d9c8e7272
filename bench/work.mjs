// What is measured: the requests, the sizes of their objects, and which Workers can serve them.

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Ours first. */
export const WORKERS = ["gateway", "aws4fetch", "floor"];
/** The gateway with 300 resources: of it, only the start is measured. */
export const LARGE = "gateway-300";
const CONVERTING = ["gateway", "aws4fetch"];

const BYTES = "application/octet-stream";
const TEXT = "application/json";

/** `holds` are the Workers that hold the whole body in memory. */
export const WORKS = [
  { name: "GET raw", method: "GET", headers: { accept: BYTES }, base64: false, workers: WORKERS, holds: [] },
  {
    name: "GET base64 JSON",
    method: "GET",
    headers: { accept: TEXT },
    base64: true,
    workers: CONVERTING,
    holds: ["aws4fetch"],
  },
  { name: "PUT raw", method: "PUT", headers: { "content-type": BYTES }, base64: false, workers: WORKERS, holds: [] },
  {
    name: "PUT base64",
    method: "PUT",
    headers: { "content-type": TEXT },
    base64: true,
    workers: CONVERTING,
    holds: ["aws4fetch"],
  },
];

export const CPU_SIZES = [KIB, 10 * KIB, 100 * KIB, MIB, 10 * MIB, 100 * MIB];
export const MEMORY_SIZES = [MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB, GIB];

const MOST_CONNECTIONS = 8;
/** Bytes of objects under way at a time: Workers that hold bodies hold several times as much. */
const UNDER_WAY = 64 * MIB;
/** What the JSON around a base64 text may be. */
const WRAPPING = 64;

export const connectionsFor = (size) => Math.max(1, Math.min(MOST_CONNECTIONS, Math.floor(UNDER_WAY / size)));

/** The message to `load.mjs`. */
export function loadOf({ method, headers, base64 }, size, requests, connections) {
  const text = Math.ceil(size / 3) * 4;
  let [least, most] = [0, 0];
  if (method === "GET") [least, most] = base64 ? [text, text + WRAPPING] : [size, size];
  return { method, headers, base64, size, path: `/v1/s3?key=${size}`, requests, connections, least, most };
}

/** 10240 -> "10 KiB" */
export function sizeText(bytes) {
  const [unit, name] = bytes < MIB ? [KIB, "KiB"] : bytes < GIB ? [MIB, "MiB"] : [GIB, "GiB"];
  return `${Math.round(bytes / unit)} ${name}`;
}

/** Every pair of a work and a size, by name: "GET raw, 1 KiB". */
export function pairs(sizes) {
  return WORKS.flatMap((work) => sizes.map((size) => ({ name: `${work.name}, ${sizeText(size)}`, work, size })));
}
