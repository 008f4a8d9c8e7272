// `npm run bench`: CPU of one workerd per request, for the gateway and its peers, alternating, in rounds. Prints ratios
// and writes bench/RESULTS.md. Takes `--rounds N` (5) and `--only NAME`.

import { execFileSync, fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { parseArgs } from "node:util";
import { PEERS, cpuSeconds, startWorkers } from "./workers.mjs";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" }, only: { type: "string" } } });
const ROUNDS = Number(options.rounds);
const CONNECTIONS = 8;
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const RAW = { accept: "application/octet-stream" };
const JSON_FORM = { accept: "application/json" };
const base64Length = (size) => Math.ceil(size / 3) * 4;
const get = (size, headers, requests, peers = PEERS) => ({ method: "GET", path: `/v1/s3?key=${size}`, headers, requests, peers, size });
const put = (size, type, requests, peers = PEERS) => ({
  method: "PUT", path: "/v1/s3?key=upload", headers: { "content-type": type }, bodySize: size,
  base64: type === "application/json", requests, peers, size,
});
const WITHOUT_FLOOR = ["gateway", "aws4fetch"];
const KIB = 1024;
const MIB = 1024 * KIB;

const WORK = {
  "GET raw 1 KiB": get(KIB, RAW, 3000),
  "GET raw 1 MiB": get(MIB, RAW, 400),
  "GET base64 JSON 1 KiB": get(KIB, JSON_FORM, 3000, WITHOUT_FLOOR),
  "GET base64 JSON 1 MiB": get(MIB, JSON_FORM, 200, WITHOUT_FLOOR),
  "PUT raw 1 KiB": put(KIB, "application/octet-stream", 2000),
  "PUT raw 1 MiB": put(MIB, "application/octet-stream", 200),
  "PUT base64 1 KiB": put(KIB, "application/json", 2000, WITHOUT_FLOOR),
  "PUT base64 1 MiB": put(MIB, "application/json", 200, WITHOUT_FLOOR),
};

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

function child(name) {
  return fork(file(name), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
}

function reply(process, message) {
  return new Promise((resolve, reject) => {
    process.once("message", (answer) => (answer.error ? reject(new Error(answer.error)) : resolve(answer)));
    if (message) process.send(message);
  });
}

async function measure(workers, load, work, peer, requests) {
  const before = cpuSeconds(workers.pid);
  await reply(load, { ...work, requests, port: workers.ports[peer], connections: CONNECTIONS });
  return ((cpuSeconds(workers.pid) - before) / requests) * 1e6;
}

async function main() {
  const s3 = child("s3.mjs");
  const { port } = await reply(s3);
  const workers = await startWorkers(port);
  const load = child("load.mjs");
  const results = {};
  try {
    const selected = Object.entries(WORK).filter(([name]) => !options.only || name.includes(options.only));
    for (const [name, work] of selected) {
      const samples = Object.fromEntries(work.peers.map((peer) => [peer, []]));
      for (const peer of work.peers) await measure(workers, load, work, peer, Math.ceil(work.requests / 4));
      for (let round = 0; round < ROUNDS; round++) {
        for (const peer of work.peers) samples[peer].push(await measure(workers, load, work, peer, work.requests));
      }
      results[name] = samples;
      console.log(row(name, samples));
    }
  } finally {
    workers.stop();
    load.disconnect();
    s3.disconnect();
  }
  if (!options.only) writeFileSync(file("RESULTS.md"), report(results));
}

/** Ratio of the gateway to a peer, round by round: the median, and the least and the most. */
function ratio(samples, peer) {
  if (!samples[peer]) return "–";
  const ratios = samples.gateway.map((value, round) => value / samples[peer][round]);
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

function row(name, samples) {
  const micros = PEERS.map((peer) => (samples[peer] ? median(samples[peer]).toFixed(0) : "–"));
  return `| ${name} | ${micros.join(" | ")} | ${ratio(samples, "aws4fetch")} | ${ratio(samples, "floor")} |`;
}

function report(results) {
  const version = (name) => JSON.parse(readFileSync(file(`../node_modules/${name}/package.json`), "utf8")).version;
  const compressed = ["index.js", "index_bg.wasm"].map((name) => gzipSync(readFileSync(file(`../build/${name}`)), { level: 9 }).length);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: file(".."), encoding: "utf8" }).trim();
  const rows = Object.entries(results).map(([name, samples]) => row(name, samples));
  return `# Results

CPU of one \`workerd\` process per request (user and system), in microseconds: medians of ${ROUNDS} rounds, alternating between
the Workers, ${CONNECTIONS} connections. The columns of ratios are medians of the rounds' ratios, with the least and the most; they are
what can be compared between machines. Reproduce with \`npm run bench\`.

- **gateway**: this project.
- **aws4fetch**: \`bench/peers/aws4fetch.js\`, what one would write by hand.
- **floor**: \`bench/peers/floor.js\`, unsigned and unconverted: the limit of the platform.

| work | gateway | aws4fetch | floor | gateway / aws4fetch | gateway / floor |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}

Compressed Worker (gzip -9): ${Math.round((compressed[0] + compressed[1]) / 1024)} KiB.

Measured on ${new Date().toISOString().slice(0, 10)}, commit ${commit}, ${cpus().length} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, workerd ${version("workerd")}, Node ${process.version}.
`;
}

await main();
