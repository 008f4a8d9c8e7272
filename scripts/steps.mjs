// Progress of the scripts. Every step shows its name, its last line of output, and at its end the time that it took.
//
// On a terminal, the running steps are a live block at the bottom, one line for each. Otherwise (a pipe, CI, NO_COLOR,
// TERM=dumb) they are plain lines: one at the start, one every 20 s, and one at the end.

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./paths.mjs";

const FRAMES = ["|", "/", "-", "\\"];
const LIVE_INTERVAL_MS = 120;
const PLAIN_INTERVAL_MS = 20_000;
const GUARD = join(ROOT, "scripts", "guard.mjs");
const GRACE_MS = 2_000;
const TAIL_LINES = 25;

export const LOG_FOLDER = join(ROOT, ".dev", "log");

const live = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR && process.env.TERM !== "dumb" && !process.env.CI;
const running = new Set();
let drawn = 0;
/** @type {NodeJS.Timeout | undefined} */
let timer;

const dim = (text) => (live ? `\x1b[2m${text}\x1b[0m` : text);
const green = (text) => (live ? `\x1b[32m${text}\x1b[0m` : text);
const red = (text) => (live ? `\x1b[31m${text}\x1b[0m` : text);
export const bold = (text) => (live ? `\x1b[1m${text}\x1b[0m` : text);

/** An error with a message for the user. It is shown without a stack trace. */
export class Failure extends Error {
  constructor(message, /** @type {{ log?: string, cause?: unknown }} */ { log, cause } = {}) {
    super(message, { cause });
    this.name = "Failure";
    this.log = log;
  }
}

/** Formats a duration: 65_000 becomes "1 min 05 s". */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** Returns a text without escape codes and control characters. Tabs and line feeds are kept. */
export function plain(text) {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\t\n]/gu, "");
}

function erase() {
  if (drawn > 0) process.stdout.write(`\x1b[${drawn}A\x1b[0J`);
  drawn = 0;
}

function draw() {
  const columns = process.stdout.columns || 80;
  const now = performance.now();
  const lines = [...running].map((step) => {
    const frame = FRAMES[Math.floor(now / LIVE_INTERVAL_MS) % FRAMES.length];
    const head = `${frame} ${step.name}  ${duration(now - step.started)}`;
    const room = columns - head.length - 3;
    const tail = room > 8 && step.last ? `  ${dim(step.last.slice(0, room))}` : "";
    return head.slice(0, columns - 1) + tail;
  });
  erase();
  if (lines.length > 0) process.stdout.write(`${lines.join("\n")}\n`);
  drawn = lines.length;
}

function tick() {
  if (live) return draw();
  const now = performance.now();
  for (const step of running) {
    if (now - step.reported < PLAIN_INTERVAL_MS) continue;
    step.reported = now;
    process.stdout.write(
      `   ... ${step.name}: ${duration(now - step.started)}${step.last ? `, ${step.last.slice(0, 100)}` : ""}\n`,
    );
  }
}

/** Prints lines above the live block. */
export function say(text = "") {
  if (live) erase();
  process.stdout.write(`${text}\n`);
  if (live) draw();
}

/** Stops the display of progress and removes the live block. */
export function quiet() {
  if (live) erase();
  running.clear();
  clearInterval(timer);
  timer = undefined;
}

function begin(name) {
  const now = performance.now();
  const step = { name, started: now, reported: now, last: "", skipped: null };
  running.add(step);
  if (!live) process.stdout.write(`   ${name} ...\n`);
  timer ??= setInterval(tick, live ? LIVE_INTERVAL_MS : 1000);
  timer.unref();
  return step;
}

function end(step, mark, text) {
  if (!running.delete(step)) return;
  if (running.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
  say(`${mark} ${step.name}  ${dim(text)}`);
}

/** Returns the last lines of a log file that are not empty, or an empty text if the file cannot be read. */
export function tail(file, lines = TAIL_LINES) {
  try {
    const all = readFileSync(file, "utf8")
      .split(/\r?\n/)
      .map((line) => plain(line).trimEnd())
      .filter(Boolean);
    return all.slice(-lines).join("\n");
  } catch {
    return "";
  }
}

/** Returns the lines with a margin, for a log in an error message. */
export const indented = (lines) => lines.replace(/^/gm, "  | ");

/**
 * Runs `work` as a step called `name`. `work` gets an object with
 *   run(command, args, options)  runs a child process and writes its output to this step's log file
 *   note(text)                   shows what the step is doing
 *   skip(text)                   marks the step as not needed: the text is shown instead of the time
 */
export async function step(name, work) {
  const state = begin(name);
  const log = join(
    LOG_FOLDER,
    `${name
      .toLowerCase()
      .replace(/[^a-z0-9.]+/g, "-")
      .replace(/^-|-$/g, "")}.log`,
  );
  const context = {
    log,
    note(text) {
      state.last = plain(text);
    },
    skip(text) {
      state.skipped = text;
    },
    run: (command, args, options = {}) => runLogged(command, args, { ...options, log, state }),
  };
  try {
    const value = await work(context);
    end(state, green("ok"), state.skipped ?? duration(performance.now() - state.started));
    return value;
  } catch (error) {
    end(state, red("failed"), `after ${duration(performance.now() - state.started)}`);
    throw error;
  }
}

const children = new Set();
/** Whether this process is about to end. The result of a child process is then ignored, so that no other step begins. */
let ending = false;

/** Ends the child processes that are still running. Resolves when all have ended. */
async function endChildren() {
  await Promise.all(
    [...children].map(
      (child) =>
        new Promise((resolve) => {
          child.once("close", resolve);
          child.kill("SIGTERM");
        }),
    ),
  );
}

/**
 * Starts a program that ends when this process ends in any way (see guard.mjs). `options.stdio[0]` must be `pipe`. The program
 * itself has no standard input.
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {any}
 */
export function spawnGuarded(program, args, options, graceMs = GRACE_MS) {
  return spawn(process.execPath, [GUARD, String(graceMs), program, ...args], { ...options, detached: true });
}

/**
 * Runs a program that writes to the terminal. Resolves to its status. The program and its child processes end when this
 * process ends: they get SIGTERM, and SIGKILL after `graceMs`.
 */
export function foreground(program, args, { env = process.env, graceMs = GRACE_MS } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawnGuarded(program, args, { cwd: ROOT, env, stdio: ["pipe", "inherit", "inherit"] }, graceMs);
    children.add(child);
    child.once("error", (error) => reject(new Failure(`${program}: ${error.message}`)));
    child.once("close", (code) => {
      children.delete(child);
      if (!ending) resolve(code ?? 1);
    });
  });
}

// `letFinish` is for programs that must not be interrupted (dpkg). They have no guard, so they keep running if this process ends.
function runLogged(command, args, { cwd = ROOT, env = process.env, log, state, letFinish = false }) {
  mkdirSync(LOG_FOLDER, { recursive: true });
  const out = createWriteStream(log, { flags: state.opened ? "a" : "w" });
  state.opened = true;
  out.write(`$ ${[command, ...args].join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = letFinish
      ? spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true })
      : spawnGuarded(command, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    if (!letFinish) children.add(child);
    child.stdin?.on("error", () => {});
    let text = "";
    const take = (chunk) => {
      out.write(chunk);
      text = (text + chunk).slice(-20_000);
      const lines = plain(chunk.replace(/\r/g, "\n"))
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean);
      if (lines.length > 0) state.last = lines[lines.length - 1];
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    const finish = (code, error) => {
      children.delete(child);
      out.end(() => {
        if (ending) return;
        if (code === 0) resolve(text);
        else reject(new Failure(`${state.name}: ${command} ${error ?? `ended with status ${code}`}`, { log }));
      });
    };
    child.once("error", (error) => finish(null, error.message));
    child.once("close", (code, signal) => finish(code, signal && `was ended by ${signal}`));
  });
}

/** Prints an error: the message, the end of the log and its path for a `Failure`, and the stack for another error. */
export function report(error, lines = TAIL_LINES) {
  quiet();
  if (!(error instanceof Failure)) {
    console.error(error);
    return;
  }
  console.error(`\n${red("error:")} ${error.message}`);
  if (!error.log) return;
  const end = tail(error.log, lines);
  if (end) console.error(`\n${indented(end)}`);
  console.error(`\nThe whole log: ${error.log}`);
}

/** Returns whether Node was started with the module of this URL, and not with a module that imports it. */
export const isEntry = (url) => Boolean(process.argv[1]) && url === pathToFileURL(realpathSync(process.argv[1])).href;

/**
 * Runs the main function of a script and ends the process with the status to which `work` resolves, or 0. An error is printed, and
 * the status is then 1. The programs of steps and of `foreground` are ended first, also on Ctrl-C. `onEnd` ends other programs.
 */
export async function main(work, { onEnd = async () => {} } = {}) {
  const end = async (status) => {
    if (ending) return;
    ending = true;
    await Promise.all([endChildren(), onEnd().catch(() => {})]);
    process.exit(status);
  };
  for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(signal, () => {
      quiet();
      void end(status);
    });
  }
  if (process.env.npm_lifecycle_event) {
    // If npm is killed, this process gets no signal. But the ID of its parent process changes.
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) void end(129);
    }, 500).unref();
  }
  try {
    const status = await work();
    if (!ending) await end(status ?? 0);
  } catch (error) {
    if (ending) return;
    report(error);
    await end(1);
  }
}
