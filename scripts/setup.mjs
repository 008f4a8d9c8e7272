// Installs what a build, a start or a test needs.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { atLeast, NODE_FOR_WRANGLER, NPM_BIN, ROOT, rustVersion, VERSIONS, which } from "./paths.mjs";
import { Failure, step } from "./steps.mjs";
import { output, wasmToolchain } from "./toolchain.mjs";
import { dropBuildFolder, install, prepareCache } from "./tools.mjs";

const nodeVersion = (text) => text.replace(/^v/, "").split(".").slice(0, 2).map(Number);

/** A Node that wrangler accepts: the one that runs this, or else the npm package `node`. */
export function nodeForWrangler() {
  if (atLeast(nodeVersion(process.version), NODE_FOR_WRANGLER)) return process.execPath;
  return join(NPM_BIN, "node");
}

/** The environment for npm's programs: the right Node first on PATH. */
export function npmEnv(additions = {}) {
  const { env } = process;
  const path = nodeForWrangler() === process.execPath ? `${env.PATH}:${NPM_BIN}` : `${NPM_BIN}:${env.PATH}`;
  return { ...env, PATH: path, WRANGLER_SEND_METRICS: "false", ...additions };
}

/** Whether node_modules holds the packages of package-lock.json. */
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
    if (packagesPresent() && nodePresent()) return current.skip("already there");
    if (!which("npm")) throw new Failure("there is no npm on PATH");
    await current.run("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]);
    if (!nodePresent())
      throw new Failure(`wrangler needs Node ${NODE_FOR_WRANGLER.join(".")}, and npm has installed none`, {
        log: current.log,
      });
  });
}

export async function wasmTarget() {
  return step("Rust for wasm32", async (current) => {
    const toolchain = await wasmToolchain(current);
    if (!toolchain.made) current.skip(`already there: ${toolchain.how}`);
    return toolchain;
  });
}

const tool = (name) => step(`${name} ${VERSIONS[name]}`, (current) => install(current, name));

async function tools(names) {
  const files = {};
  // One after the other: they share a target folder, and cargo uses all cores by itself.
  for (const name of names) files[name] = await tool(name);
  return files;
}

function checkRust() {
  const version = output("rustc", ["--version"])?.match(/rustc (\d+)\.(\d+)/);
  return version !== null && version !== undefined && atLeast(version.slice(1).map(Number), rustVersion());
}

/**
 * Everything that building the Worker needs. `alongside(tools)` is called when it is there; tools in `later` are built
 * beside that. Returns what the tools and the toolchain are.
 * @param {{ later?: string[], alongside?: (tools: any) => Promise<unknown> }} [options]
 */
export async function buildSetUp({ later = [], alongside = async () => {} } = {}) {
  prepareCache();
  let toolchain;
  // Without a Rust to build the tools with, the toolchain for the target may bring one.
  if (!checkRust()) toolchain = await wasmTarget();
  const [, rust, wasmBindgen] = await Promise.all([npmPackages(), toolchain ?? wasmTarget(), tool("wasm-bindgen-cli")]);
  const result = { toolchain: rust, wasmBindgen };
  const [rest] = await Promise.all([tools(later), alongside(result)]);
  await dropBuildFolder();
  return { ...result, ...rest };
}
