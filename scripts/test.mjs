// npm test: sets up what is missing and runs every test.
//
//   npm test                      everything
//   npm test -- --only host            cargo test alone: the core, on this machine
//   npm test -- --only host NAME       only tests whose name has NAME in it
//   npm test -- --only e2e             the built Worker in front of real S3 servers
//   npm test -- --only e2e FILE        only files of tests/e2e whose name has FILE in it
//   npm test -- --only e2e FILE NAME   only their tests whose name has NAME in it

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ROOT } from "./paths.mjs";
import { buildSetUp, nodeForWrangler, npmEnv } from "./setup.mjs";
import { duration, Failure, main, say, step } from "./steps.mjs";

const FOLDER = join("tests", "e2e");
const PARTS = ["host", "e2e"];
const HOST_TESTS = ["test", "--locked", "--workspace"];

let current = null;

/** Runs a program whose output is for the person, and returns its status. */
function show(title, command, args, env = process.env) {
  say(`\n== ${title}\n`);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    current = spawn(command, args, { cwd: ROOT, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
    current.on("error", (error) => reject(new Failure(`${title}: ${error.message}`)));
    current.on("close", (code, signal) => {
      current = null;
      say(`\n== ${title}: ${code === 0 ? "passed" : `failed (${signal ?? `status ${code}`})`} after ${duration(performance.now() - started)}\n`);
      resolve(code === 0);
    });
  });
}

function testFiles(filter) {
  const folder = join(ROOT, FOLDER);
  const all = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".test.mjs")).sort() : [];
  return all.filter((name) => name.includes(filter)).map((name) => join(FOLDER, name));
}

function options(args) {
  const chosen = { parts: PARTS, filter: "", name: "" };
  while (args.length > 0) {
    const arg = args.shift();
    if (arg === "--only" && PARTS.includes(args[0])) chosen.parts = [args.shift()];
    else if (!arg.startsWith("-") && chosen.filter === "") chosen.filter = arg;
    else if (!arg.startsWith("-") && chosen.name === "" && chosen.parts[0] === "e2e") chosen.name = arg;
    else throw new Failure(`unknown option ${arg}. Use: --only host [NAME], or --only e2e [FILE [NAME]]`);
  }
  return chosen;
}

const host = (filter) => show("host tests (cargo test)", "cargo", [...HOST_TESTS, ...(filter ? [filter] : [])]);

/** The options of node for tests whose name has a text in it: node takes a regular expression. */
const named = (name) => (name ? [`--test-name-pattern=${name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}`] : []);

async function endToEnd(filter, name) {
  const files = testFiles(filter);
  if (files.length === 0) {
    say(`\n== end-to-end tests: ${FOLDER} holds no ${filter ? `file with "${filter}" in its name` : "test"}`);
    return false;
  }
  // One file at a time: every file may start servers of its own, and there may be only two cores.
  return show("end-to-end tests", nodeForWrangler(), ["--test", "--test-concurrency=1", "--test-reporter=spec", ...named(name), ...files], npmEnv());
}

async function run() {
  const { parts, filter, name } = options(process.argv.slice(2));
  let passed = true;
  if (parts.includes("e2e")) {
    await buildSetUp({
      later: ["s3s-fs", "garage"],
      alongside: (tools) =>
        Promise.all([
          build(tools),
          parts.includes("host") && step("host tests (compiling)", (context) => context.run("cargo", [...HOST_TESTS, "--no-run"])),
        ]),
    });
  }
  if (parts.includes("host")) passed = await host(parts.length === 1 ? filter : "");
  if (parts.includes("e2e")) passed = (await endToEnd(filter, name)) && passed;
  return passed ? 0 : 1;
}

await main(run, {
  onEnd: async () => {
    if (current) process.kill(-current.pid, "SIGTERM");
  },
});
