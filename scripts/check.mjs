// npm run check: what is wrong with a document, and what will surprise; `npm run check -- --help` says how to ask. The
// program is built where it is not up to date.

import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT, which } from "./paths.mjs";
import { Failure, main } from "./steps.mjs";

const BUILD = ["build", "--locked", "--features", "check", "--bin", "check"];
const TARGET_FOLDER = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target");
const PROGRAM = join(TARGET_FOLDER, "debug", process.platform === "win32" ? "check.exe" : "check");

/** The program that checks. `cargo(args)` runs cargo to its end. */
export async function checker(cargo) {
  if (!which("cargo")) throw new Failure("there is no cargo on PATH: install Rust first");
  // The first time it takes a minute, and then cargo may say so.
  await cargo(existsSync(PROGRAM) ? [...BUILD, "--quiet"] : BUILD);
  return PROGRAM;
}

/** Runs a program whose output is for the person, and returns its status. */
export function show(program, args, { stdin = "ignore", stdout = "inherit" } = {}) {
  // Shells keep the terminal's width to themselves.
  const env = { ...process.env, COLUMNS: process.env.COLUMNS ?? String(process.stdout.columns ?? "") };
  return new Promise((done, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env, stdio: [stdin, stdout, "inherit"] });
    child.on("error", (error) => reject(new Failure(`${program}: ${error.message}`)));
    child.on("close", (code) => done(code ?? 1));
  });
}

/** A file's name, as the person who typed it meant it: npm runs this in the clone, wherever it was called. */
function asTyped(argument) {
  const from = process.env.INIT_CWD;
  const [, before, name] = argument.match(/^((?:--body=)?@|)(.*)$/s);
  if (!from || resolve(from) === ROOT || name === "" || name.startsWith("-") || isAbsolute(name)) return argument;
  return existsSync(join(from, name)) ? before + join(from, name) : argument;
}

/** Options whose value is no file, unless it begins with an @. */
const WITH_VALUE = /^(-H|--(explain|header|accept|content-type|body|status|s3-content-type|compatibility))$/;

function allAsTyped(args) {
  const isValue = (index) => WITH_VALUE.test(args[index - 1] ?? "") && !args[index].startsWith("@");
  return args.map((argument, index) => (isValue(index) ? argument : asTyped(argument)));
}

/** npm keeps what stands before `--` to itself, and hands it on as variables. */
function refuseLostOptions() {
  const lost = ["json", "policy", "explain"].find((name) => process.env[`npm_config_${name}`] && !process.argv.includes(`--${name}`));
  if (lost) throw new Failure(`npm took --${lost} for its own: put -- before it, as in: npm run check -- api.yaml --${lost}`);
}

async function run() {
  refuseLostOptions();
  const program = await checker(async (args) => {
    // The standard output is the checker's alone: somebody may read it as JSON.
    const status = await show("cargo", args, { stdout: process.stderr });
    if (status !== 0) throw new Failure(`cargo could not build the checker: it ended with status ${status}`);
  });
  return show(program, allAsTyped(process.argv.slice(2)), { stdin: "inherit" });
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) await main(run);
