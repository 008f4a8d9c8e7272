// Compiles the document of this clone to build/api.bin. The document is `api/openapi.json`, `.yaml` or `.yml`, or the file in
// the environment variable API.

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { buildCli, cliEnv, cliUpToDate, PROGRAM } from "./cli.mjs";
import { BUILD, ROOT } from "./paths.mjs";
import { Failure, say, step } from "./steps.mjs";

const API_BIN = join(BUILD, "api.bin");
// The folder with copies of api.bin, one for each running `wrangler dev`. The process ID of wrangler is the name of its copy.
const SESSIONS = join(ROOT, ".dev", "wrangler-dev");

/** Returns the absolute path of the file in the variable API, or null. A relative path starts where npm was called. */
export function documentOfVariable() {
  const { API, API_DEFINITION_PATH, INIT_CWD } = process.env;
  if (API_DEFINITION_PATH) {
    throw new Failure(
      `API_DEFINITION_PATH=${API_DEFINITION_PATH} has no effect. Name the document in API: API=${API_DEFINITION_PATH}`,
    );
  }
  return API ? resolve(INIT_CWD ?? process.cwd(), API) : null;
}

/** Runs the command `s3-edge-gateway` in the folder of the clone. Resolves to `{ status, stdout, stderr }`. */
function cli(args, env) {
  return new Promise((done, reject) => {
    const child = spawn(PROGRAM, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    const printed = { stdout: "", stderr: "" };
    for (const name of Object.keys(printed))
      child[name].setEncoding("utf8").on("data", (text) => (printed[name] += text));
    child.on("error", (error) => reject(new Failure(`${PROGRAM}: ${error.message}`)));
    child.on("close", (code) => done({ status: code ?? 1, ...printed }));
  });
}

/** Returns the path of the copy of api.bin for the `wrangler dev` that runs this script, or null if no `wrangler dev` runs it. */
function sessionFile() {
  return process.env.WRANGLER_COMMAND === "dev" ? join(SESSIONS, `${process.ppid}.bin`) : null;
}

/** Returns whether a process with this ID runs. */
function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Saves api.bin for this `wrangler dev`, and removes the copies of sessions that have ended. */
function keepForSession() {
  const file = sessionFile();
  if (!file) return;
  mkdirSync(SESSIONS, { recursive: true });
  for (const name of readdirSync(SESSIONS))
    if (!alive(Number.parseInt(name, 10))) rmSync(join(SESSIONS, name), { force: true });
  copyFileSync(API_BIN, file);
}

/** Restores api.bin of this `wrangler dev` if another command has replaced it. Returns whether a copy exists. */
function restoreForSession() {
  const file = sessionFile();
  if (!file || !existsSync(file)) return false;
  if (!existsSync(API_BIN) || !readFileSync(file).equals(readFileSync(API_BIN))) {
    const copy = `${API_BIN}.${process.pid}`;
    copyFileSync(file, copy);
    renameSync(copy, API_BIN);
  }
  return true;
}

/**
 * Compiles the document to build/api.bin, and prints its errors, its warnings and a summary. Resolves to true if the document was
 * compiled. Rejects if the document has errors. But if `wrangler dev` runs this script and has an earlier api.bin, the function
 * restores that file and resolves to false: wrangler would not answer requests after a failed build command.
 */
export async function compileDocument() {
  const named = documentOfVariable();
  if (!cliUpToDate()) await step("compiler", (current) => buildCli((args) => current.run("cargo", args)));
  mkdirSync(BUILD, { recursive: true });
  const env = cliEnv();
  if (named) env.API = relative(ROOT, named);
  if (process.stdout.isTTY && !process.env.NO_COLOR) env.CLICOLOR_FORCE = "1";
  const { status, stdout, stderr } = await cli(["compile", "--output", relative(ROOT, API_BIN)], env);
  // Errors and warnings are on stderr. The last paragraph of stdout is the summary below the table of operations.
  const text = [stderr.trimEnd(), stdout.trimEnd().split("\n\n").at(-1)].filter(Boolean).join("\n\n");
  if (text) say(text);
  if (status === 0) {
    keepForSession();
    return true;
  }
  if (!restoreForSession()) throw new Failure("the document was not compiled. Repair the errors above");
  say("The previous API is still served. Repair the errors above.");
  return false;
}
