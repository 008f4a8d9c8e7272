// npm start: installs, builds and starts a gateway in front of a real S3 server on this machine.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, relative } from "node:path";
import { build } from "./build.mjs";
import { documentOfVariable } from "./document.mjs";
import { ROOT, WRANGLER } from "./paths.mjs";
import { launch, portFree, untilReady } from "./processes.mjs";
import { s3Client, startS3sFs } from "./servers.mjs";
import { buildSetUp, nodeForWrangler, npmEnv } from "./setup.mjs";
import { bold, duration, Failure, LOG_FOLDER, main, plain, say, step } from "./steps.mjs";

const HOST = "127.0.0.1";
const VARS_FILE = join(ROOT, ".dev.vars");
const DATA = join(ROOT, ".dev", "s3");
const PHOTOGRAPH = join(ROOT, "tests", "assets", "image.jpg");
const KEY = "image.jpg";
// wrangler builds again when this file changes: see `watch_dir` in wrangler.toml.
const DOCUMENT_CHANGED = join(ROOT, ".dev", "document");
const SETTLED_MS = 50;

const running = [];
const began = performance.now();

function portFrom(name, fallback) {
  const text = process.env[name] || String(fallback);
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535)
    throw new Failure(`${name}=${text} is not a port number. Use a number from 1 to 65535`);
  return port;
}

async function needFree(port, variable, what) {
  if (await portFree(port)) return;
  throw new Failure(
    `port ${port} on ${HOST}, for ${what}, is in use. Stop the program that listens there, or use another port: ${variable}=${port + 1} npm start`,
  );
}

/** Returns the settings in .dev.vars. Only values on one line are read. */
function readVars() {
  const vars = {};
  for (const line of readFileSync(VARS_FILE, "utf8").split(/\r?\n/)) {
    const found = line.match(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^#]*))/);
    if (found) vars[found[1]] = found[2] ?? found[3] ?? found[4].trim();
  }
  return vars;
}

function writeVars(port) {
  const lines = [
    "# Settings of `npm start` and `wrangler dev` on this machine; npm start wrote this file and does not change it again.",
    "# To use your own bucket instead of the local S3 server, set its endpoint, name and keys here.",
    `S3_ENDPOINT="http://${HOST}:${port}"`,
    'S3_BUCKET="demo"',
    `AWS_ACCESS_KEY_ID="local-${randomBytes(6).toString("hex")}"`,
    `AWS_SECRET_ACCESS_KEY="${randomBytes(24).toString("hex")}"`,
    "# The sample API does not require a key. Allow anonymous writes on this machine only.",
    'ALLOW_ANONYMOUS_WRITES="true"',
  ];
  writeFileSync(VARS_FILE, `${lines.join("\n")}\n`, { mode: 0o600 });
}

/**
 * Returns the settings: `{ vars, local, overrides, fresh }`. `vars` are all settings. `local` is the port of the S3 server to
 * start, or null if S3_ENDPOINT in .dev.vars is set and is not an http URL of 127.0.0.1 or localhost. `overrides` are the settings
 * that differ from .dev.vars. `fresh` is true if this call has written .dev.vars.
 */
function settings() {
  const fresh = !existsSync(VARS_FILE);
  if (fresh) writeVars(portFrom("S3_PORT", 9000));
  const vars = readVars();
  const overrides = {};
  const endpoint = vars.S3_ENDPOINT?.match(/^http:\/\/(?:127\.0\.0\.1|localhost)(?::(\d+))?\/?$/);
  if (vars.S3_ENDPOINT && !endpoint) return { vars, local: null, overrides, fresh };
  const local = portFrom("S3_PORT", endpoint?.[1] ?? 9000);
  const set = (name, value) => {
    if (vars[name] !== value) overrides[name] = value;
    vars[name] = value;
  };
  set("S3_ENDPOINT", `http://${HOST}:${local}`);
  if (!vars.S3_BUCKET) set("S3_BUCKET", "demo");
  if (!vars.AWS_ACCESS_KEY_ID || !vars.AWS_SECRET_ACCESS_KEY) {
    set("AWS_ACCESS_KEY_ID", "local");
    set("AWS_SECRET_ACCESS_KEY", randomBytes(24).toString("hex"));
  }
  return { vars, local, overrides, fresh };
}

async function startS3({ vars, local }) {
  const keys = { accessKey: vars.AWS_ACCESS_KEY_ID, secretKey: vars.AWS_SECRET_ACCESS_KEY };
  const server = await startS3sFs({
    dir: DATA,
    port: local,
    bucket: vars.S3_BUCKET,
    ...keys,
    log: join(LOG_FOLDER, "s3s-fs.log"),
  });
  running.push({ name: "the S3 server", ...server });
  return server;
}

async function seed(current, server) {
  const client = await s3Client(server);
  const url = `${server.endpoint}/${server.bucket}/${KEY}`;
  const there = await client.fetch(url, { method: "HEAD" });
  if (there.ok) return current.skip("already stored");
  const put = await client.fetch(url, {
    method: "PUT",
    headers: { "content-type": "image/jpeg" },
    body: readFileSync(PHOTOGRAPH),
  });
  if (!put.ok) throw new Failure(`the S3 server answered ${put.status} when ${KEY} was stored: ${await put.text()}`);
}

/** Makes wrangler build again when the document or its parameters file changes. wrangler itself watches only the folder `api`. */
function watchDocument(file) {
  const name = basename(file);
  const parameters = `${name.slice(0, name.length - extname(name).length)}.parameters.json`;
  let timer;
  // The folder is watched, because many editors replace a file by a new one.
  const watcher = watch(dirname(file), (_, changed) => {
    if (changed !== name && changed !== parameters) return;
    clearTimeout(timer);
    timer = setTimeout(() => writeFileSync(DOCUMENT_CHANGED, `${changed} ${Date.now()}`), SETTLED_MS);
  });
  watcher.on("error", (error) =>
    say(`${dirname(file)} cannot be watched: ${error.message}. Run npm start again after each change of the document.`),
  );
}

async function startGateway(port, overrides, named) {
  const args = [
    WRANGLER,
    "dev",
    "--ip",
    HOST,
    "--port",
    String(port),
    "--inspector-port",
    "0",
    "--show-interactive-dev-session=false",
  ];
  for (const [name, value] of Object.entries(overrides)) args.push("--var", `${name}:${value}`);
  let up = false;
  const server = launch(nodeForWrangler(), args, {
    env: npmEnv({ NO_COLOR: "1", FORCE_COLOR: "0", ...(named && { API: named }) }),
    log: join(LOG_FOLDER, "wrangler-dev.log"),
    onLine: (line) => {
      const text = plain(line).trimEnd();
      if (up && text) say(text);
      if (/Ready on http/.test(text)) up = true;
    },
  });
  running.push({ name: "wrangler dev", ...server });
  await untilReady(server, `wrangler dev on port ${port}`, async () => up && !(await portFree(port)), {
    timeoutMs: 90_000,
  });
}

function showCurl(port, vars, local, named) {
  const url = (key) => `'http://${HOST}:${port}/v1/s3?key=${key}'`;
  say(`
${bold(`The gateway is running: http://${HOST}:${port}`)}  (after ${duration(performance.now() - began)})
${local ? `S3 server: http://${HOST}:${local}, bucket ${vars.S3_BUCKET}, its files in ${relative(process.cwd(), join(DATA, vars.S3_BUCKET))}/` : `S3: ${vars.S3_ENDPOINT}, from .dev.vars`}

${named ? otherDocument(named) : sampleCurls(url)}
Ctrl-C stops the gateway and the S3 server. Stored objects are kept.
`);
}

/** Returns the help for the document in the variable API. */
const otherDocument = (named) => `The document is ${named}. This command lists its operations and their backends:

  npm run check -- ${named}
`;

function sampleCurls(url) {
  const photograph = relative(process.cwd(), PHOTOGRAPH);
  return `Download the photograph as bytes, and as base64 in JSON:

  curl -o downloaded.jpg -H 'Accept: application/octet-stream' ${url(KEY)}
  curl -H 'Accept: application/json' ${url(KEY)}

Upload it as bytes, and as base64 text:

  curl -X PUT -H 'Content-Type: application/octet-stream' --data-binary @${photograph} ${url("raw.jpg")}
  base64 < ${photograph} | tr -d '\\n' | curl -X PUT -H 'Content-Type: application/json' --data-binary @- ${url("decoded.jpg")}
`;
}

async function stopAll() {
  await Promise.all(running.map((server) => server.stop()));
}

async function run() {
  const named = documentOfVariable();
  const port = portFrom("PORT", 8787);
  const where = settings();
  if (where.fresh) say(`Wrote ${relative(process.cwd(), VARS_FILE)}: keys and settings for this machine`);
  if (where.local === port)
    throw new Failure(`PORT and the port of the S3 server are both ${port}. Set PORT or S3_PORT to another port`);
  const checkPorts = async () => {
    if (where.local) await needFree(where.local, "S3_PORT", "the S3 server");
    await needFree(port, "PORT", "the gateway");
  };
  await checkPorts();
  mkdirSync(DATA, { recursive: true });

  await buildSetUp({
    later: where.local ? ["s3s-fs"] : [],
    alongside: build,
  });
  await checkPorts();
  if (where.local) {
    const server = await step(`S3 server (s3s-fs) on ${HOST}:${where.local}`, () => startS3(where));
    await step(`photograph ${KEY} in bucket ${server.bucket}`, (current) => seed(current, server));
  }
  await step(`gateway (wrangler dev) on ${HOST}:${port}`, () => startGateway(port, where.overrides, named));
  if (named) watchDocument(named);
  showCurl(port, where.vars, where.local, named);

  const keepAlive = setInterval(() => {}, 60_000);
  const first = await Promise.race(running.map(async (server) => ({ ...server, status: await server.ended })));
  clearInterval(keepAlive);
  throw new Failure(`${first.name} ended by itself, with status ${first.status}`, { log: first.log });
}

await main(run, { onEnd: stopAll });
