// Installs the programs and packages that a build, a start or a test needs.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { atLeast, NODE_FOR_WRANGLER, NPM_BIN, ROOT, rustVersion, VERSIONS, which } from "./paths.mjs";
import { Failure, step } from "./steps.mjs";
import { output, wasmToolchain } from "./toolchain.mjs";
import { dropBuildFolder, install } from "./tools.mjs";

const nodeVersion = (text) => text.replace(/^v/, "").split(".").slice(0, 2).map(Number);

/** Returns the file of a Node that wrangler supports: the one that runs this script, or that of the npm package `node`. */
export function nodeForWrangler() {
  if (atLeast(nodeVersion(process.version), NODE_FOR_WRANGLER)) return process.execPath;
  return join(NPM_BIN, "node");
}

/** Returns the environment for the programs of npm packages. PATH has these programs and a Node that wrangler supports. */
export function npmEnv(additions = {}) {
  const { env } = process;
  const path = nodeForWrangler() === process.execPath ? `${env.PATH}:${NPM_BIN}` : `${NPM_BIN}:${env.PATH}`;
  return { ...env, PATH: path, WRANGLER_SEND_METRICS: "false", ...additions };
}

/** Returns whether node_modules has the packages of package-lock.json in the same versions. Optional packages may be absent. */
function packagesPresent() {
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")).packages;
    const there = JSON.parse(readFileSync(join(ROOT, "node_modules", ".package-lock.json"), "utf8")).packages;
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || (there[path]?.version === version && existsSync(join(ROOT, path))) || (optional && !there[path]),
    );
  } catch {
    return false;
  }
}

function nodePresent() {
  const version = output(nodeForWrangler(), ["--version"]);
  return version !== null && atLeast(nodeVersion(version), NODE_FOR_WRANGLER);
}

export async function npmPackages() {
  await step("npm packages", async (current) => {
    if (packagesPresent() && nodePresent()) return current.skip("already installed");
    if (!which("npm")) throw new Failure("npm is not on PATH. Install Node with npm");
    await current.run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]);
    if (!nodePresent())
      throw new Failure(
        `wrangler needs Node ${NODE_FOR_WRANGLER.join(".")} or newer, and npm ci has not installed it`,
        {
          log: current.log,
        },
      );
  });
}

export async function wasmTarget() {
  return step("Rust for wasm32", async (current) => {
    const toolchain = await wasmToolchain(current);
    if (!toolchain.made) current.skip(`already installed: ${toolchain.how}`);
    return toolchain;
  });
}

const tool = (name) => step(`${name} ${VERSIONS[name]}`, (current) => install(current, name));

async function tools(names) {
  const files = {};
  // The tools are installed in sequence, because they share a target folder, and cargo already uses all cores.
  for (const name of names) files[name] = await tool(name);
  return files;
}

function checkRust() {
  const version = output("rustc", ["--version"])?.match(/rustc (\d+)\.(\d+)/);
  return version !== null && version !== undefined && atLeast(version.slice(1).map(Number), rustVersion());
}

/**
 * Installs everything that the build of the Worker needs. Then calls `alongside({ toolchain, wasmBindgen })`, and installs the
 * tools in `later` at the same time. Resolves to an object with `toolchain`, `wasmBindgen`, and the file of each tool in `later`
 * under the name of the tool.
 * @param {{ later?: string[], alongside?: (tools: any) => Promise<unknown> }} [options]
 */
export async function buildSetUp({ later = [], alongside = async () => {} } = {}) {
  let toolchain;
  // If Rust is missing or too old, the toolchain for wasm32 is installed first, because its cargo can build the tools.
  if (!checkRust()) toolchain = await wasmTarget();
  const [, rust, wasmBindgen] = await Promise.all([npmPackages(), toolchain ?? wasmTarget(), tool("wasm-bindgen-cli")]);
  const result = { toolchain: rust, wasmBindgen };
  const [rest] = await Promise.all([tools(later), alongside(result)]);
  await dropBuildFolder();
  return { ...result, ...rest };
}
