// npm run cli: runs the command `s3-edge-gateway` of this clone, and builds it first if it is not up to date. File names are
// relative to the folder in which npm was called. `npm run cli -- --help` lists the subcommands.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ROOT, which } from "./paths.mjs";
import { stampOf } from "./stamp.mjs";
import { Failure, isEntry, main } from "./steps.mjs";

const TARGET_FOLDER = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target");

/** The file of the command `s3-edge-gateway`. `buildCli` builds it. */
export const PROGRAM = join(
  TARGET_FOLDER,
  "debug",
  process.platform === "win32" ? "s3-edge-gateway.exe" : "s3-edge-gateway",
);

const stamp = stampOf({
  stamp: join(TARGET_FOLDER, "cli.stamp.json"),
  products: [PROGRAM],
  sources: ["src", "compiler", "cli", "Cargo.toml", "Cargo.lock"],
  more: () => ({ RUSTFLAGS: process.env.RUSTFLAGS ?? "" }),
});

export const cliUpToDate = stamp.upToDate;

/** Builds the program if it is not up to date. `cargo(args)` runs cargo to its end. */
export async function buildCli(cargo) {
  if (cliUpToDate()) return;
  if (!which("cargo")) throw new Failure("cargo is not on PATH. Install Rust first");
  const args = ["build", "--locked", "--package", "s3-edge-gateway-cli"];
  // The first build takes a minute: cargo shows its progress then.
  await stamp.renew(() => cargo(existsSync(PROGRAM) ? [...args, "--quiet"] : args));
}

/**
 * Returns the environment of the program: that of this process, and the width of the terminal in COLUMNS. A shell does not
 * export COLUMNS.
 * @returns {NodeJS.ProcessEnv}
 */
export function cliEnv() {
  return { ...process.env, COLUMNS: process.env.COLUMNS ?? String(process.stdout.columns ?? "") };
}

function show(program, args, cwd, /** @type {NodeJS.WriteStream} */ stdout = process.stdout) {
  return new Promise((done, reject) => {
    const child = spawn(program, args, { cwd, env: cliEnv(), stdio: ["inherit", stdout, "inherit"] });
    child.on("error", (error) => reject(new Failure(`${program}: ${error.message}`)));
    child.on("close", (code) => done(code ?? 1));
  });
}

/** Throws if --json, --strict or --help stands before `--`. npm takes such an option for its own and does not pass it on. */
function refuseLostOptions(args) {
  const lost = ["json", "strict", "help"].find(
    (name) => process.env[`npm_config_${name}`] && !args.includes(`--${name}`),
  );
  const script = process.env.npm_lifecycle_event ?? "cli";
  if (lost)
    throw new Failure(
      `npm took --${lost} for its own option. Put -- before the option: npm run ${script} -- ... --${lost}`,
    );
}

async function run() {
  const args = process.argv.slice(2);
  refuseLostOptions(args);
  await buildCli(async (cargoArgs) => {
    // cargo prints on the standard error, because a script may read the program's standard output as JSON.
    const status = await show("cargo", cargoArgs, ROOT, process.stderr);
    if (status !== 0) throw new Failure(`cargo could not build the command: it ended with status ${status}`);
  });
  return show(PROGRAM, args, process.env.INIT_CWD ?? process.cwd());
}

if (isEntry(import.meta.url)) await main(run);
