// The S3 servers s3s-fs and Garage, for development and for the tests. Both verify AWS signatures.
//
//   const s3 = await startS3sFs({ dir, accessKey, secretKey });
//   const garage = await startGarage({ dir, accessKey, secretKey, bucket: "demo" });
//   ... s3.endpoint, s3.region, s3.accessKey, s3.secretKey ...
//   await s3.stop();
//
// A server has ended when `stop()` resolves. It also ends with this process.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts, launch, untilReady } from "./processes.mjs";
import { Failure } from "./steps.mjs";
import { present } from "./tools.mjs";

/** @typedef {{ dir: string, accessKey?: string, secretKey?: string, bucket?: string, region?: string, log?: string }} ServerOptions */

const HOST = "127.0.0.1";
const REGION = "us-west-2";
const TRIES = 3;
// Garage needs seconds to end after SIGTERM, so it is killed after this time. Its SQLite database does not lose data.
const GARAGE_GRACE_MS = 300;

function program(tool) {
  const file = present(tool);
  if (!file)
    throw new Failure(`${tool} is not installed. Run \`npm ${tool === "garage" ? "test" : "start"}\` to install it`);
  return file;
}

/**
 * Calls `attempt(ports)` with the ports `wanted`, or with `count` free ports if `wanted` is not set. Another program may take a
 * free port first. Then `attempt` is called again with other ports, at most TRIES times in total.
 */
async function onPorts(wanted, count, attempt) {
  if (wanted) return attempt(wanted);
  for (let n = 1; ; n++) {
    try {
      return await attempt(await freePorts(count));
    } catch (error) {
      if (n === TRIES || !/address (already )?in use|os error 98|os error 48/i.test(error.message)) throw error;
    }
  }
}

/** Returns new credentials in a format that both servers accept. */
export function newKeys() {
  return { accessKey: `GK${randomBytes(12).toString("hex")}`, secretKey: randomBytes(32).toString("hex") };
}

/**
 * Starts s3s-fs. Every folder in `dir` is a bucket, and every file in that folder is an object. The server accepts any region.
 * If `bucket` is set, its folder is created.
 * Returns `{ endpoint, port, region, accessKey, secretKey, bucket, dir, log, ended, stop() }`.
 * @param {ServerOptions & { port?: number, domain?: string }} options
 */
export async function startS3sFs({
  dir,
  port,
  accessKey,
  secretKey,
  bucket,
  region = REGION,
  log = `${dir}.log`,
  domain,
}) {
  const file = program("s3s-fs");
  const keys = accessKey && secretKey ? { accessKey, secretKey } : newKeys();
  mkdirSync(bucket ? join(dir, bucket) : dir, { recursive: true });
  return onPorts(port && [port], 1, async ([chosen]) => {
    const args = [
      "--host",
      HOST,
      "--port",
      String(chosen),
      "--access-key",
      keys.accessKey,
      "--secret-key",
      keys.secretKey,
    ];
    if (domain) args.push("--domain", domain);
    const server = launch(file, [...args, dir], { log, env: { RUST_LOG: "warn", ...process.env, NO_COLOR: "1" } });
    const endpoint = `http://${HOST}:${chosen}`;
    await untilReady(server, `s3s-fs on port ${chosen}`, () => answers(`${endpoint}/`, { ...keys, region }));
    return { endpoint, port: chosen, region, ...keys, bucket, dir, log, ended: server.ended, stop: server.stop };
  });
}

/**
 * Starts Garage as a single node with one bucket. `accessKey` is GK and 24 hex digits, `secretKey` is 64 hex digits. Data and
 * metadata are in `dir`, and are kept for a restart with the same `dir` and keys. `ports` is [S3, RPC, admin].
 * Returns `{ endpoint, port, region, accessKey, secretKey, bucket, dir, log, config, ended, stop() }`.
 * @param {ServerOptions & { ports?: number[], rootDomain?: string }} options
 */
export async function startGarage({
  dir,
  ports,
  accessKey,
  secretKey,
  bucket = "demo",
  region = REGION,
  log = `${dir}.log`,
  rootDomain,
}) {
  const file = program("garage");
  const keys = accessKey && secretKey ? { accessKey, secretKey } : newKeys();
  if (!/^GK[0-9a-f]{24}$/.test(keys.accessKey) || !/^[0-9a-f]{64}$/.test(keys.secretKey)) {
    throw new Failure("Garage needs an access key of GK and 24 hex digits, and a secret key of 64 hex digits");
  }
  mkdirSync(dir, { recursive: true });
  const config = join(dir, "garage.toml");
  const secretFile = join(dir, "rpc-secret");
  if (!existsSync(secretFile)) writeFileSync(secretFile, randomBytes(32).toString("hex"), { mode: 0o600 });
  const rpcSecret = readFileSync(secretFile, "utf8");
  return onPorts(ports, 3, async ([s3, rpc, admin]) => {
    const text = [
      `metadata_dir = ${JSON.stringify(join(dir, "meta"))}`,
      `data_dir = ${JSON.stringify(join(dir, "data"))}`,
      'db_engine = "sqlite"',
      "metadata_fsync = false",
      "data_fsync = false",
      "replication_factor = 1",
      `rpc_bind_addr = "${HOST}:${rpc}"`,
      `rpc_public_addr = "${HOST}:${rpc}"`,
      `rpc_secret = "${rpcSecret}"`,
      "",
      "[s3_api]",
      `api_bind_addr = "${HOST}:${s3}"`,
      `s3_region = ${JSON.stringify(region)}`,
      ...(rootDomain ? [`root_domain = ${JSON.stringify(rootDomain)}`] : []),
      "",
      "[admin]",
      `api_bind_addr = "${HOST}:${admin}"`,
      "",
    ].join("\n");
    writeFileSync(config, text, { mode: 0o600 });
    /** @type {string | undefined} */
    let broken;
    const server = launch(file, ["-c", config, "server", "--single-node", "--default-bucket"], {
      log,
      graceMs: GARAGE_GRACE_MS,
      // If one of Garage's servers cannot use its port, Garage keeps running. Only Garage's log has the error.
      onLine: (line) => {
        broken ??= line.match(/server exited with error: (.*)/)?.[1];
      },
      env: {
        ...process.env,
        NO_COLOR: "1",
        RUST_LOG: process.env.RUST_LOG ?? "garage=info",
        GARAGE_DEFAULT_ACCESS_KEY: keys.accessKey,
        GARAGE_DEFAULT_SECRET_KEY: keys.secretKey,
        GARAGE_DEFAULT_BUCKET: bucket,
      },
    });
    const endpoint = `http://${HOST}:${s3}`;
    await untilReady(
      server,
      `Garage on port ${s3}`,
      () => answers(`${endpoint}/${bucket}?list-type=2&max-keys=1`, { ...keys, region }),
      {
        failed: () => broken ?? null,
      },
    );
    return { endpoint, port: s3, region, ...keys, bucket, dir, log, config, ended: server.ended, stop: server.stop };
  });
}

/** Resolves to whether a signed GET is answered with a 2xx status. */
async function answers(url, keys) {
  const response = await (await s3Client(keys)).fetch(url);
  await response.arrayBuffer();
  return response.ok;
}

/** Resolves to a client whose `fetch(url, options)` signs requests for S3. */
export async function s3Client({ accessKey, secretKey, region }) {
  if (!globalThis.crypto) globalThis.crypto = (await import("node:crypto")).webcrypto; // Node 18 has no global `crypto`.
  const { AwsClient } = await import("aws4fetch");
  return new AwsClient({ accessKeyId: accessKey, secretAccessKey: secretKey, region, service: "s3", retries: 0 });
}
