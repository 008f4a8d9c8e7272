// Runs one program that ends when its owner ends.
//
//   node guard.mjs GRACE_MS PROGRAM [ARGUMENT...]
//
// The standard input of this process is a pipe from the owner. The pipe closes when the owner ends, also after a SIGKILL. Then,
// and on SIGTERM, SIGINT and SIGHUP, the program and its child processes get SIGTERM, and SIGKILL after GRACE_MS. If the program
// ends by itself, its child processes are ended, too, and this process ends with the program's status.

import { spawn } from "node:child_process";
import { constants } from "node:os";

const LEFTOVERS_MS = 100;
const [grace, program, ...args] = process.argv.slice(2);

// The program has its own process group, so one signal reaches all its child processes.
const child = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], detached: true });

function signalGroup(signal) {
  try {
    process.kill(-Number(child.pid), signal);
  } catch {
    // The group has ended.
  }
}

let ending = false;
function end() {
  if (ending || child.pid === undefined) return;
  ending = true;
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), Number(grace));
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, end);
for (const event of ["error", "end", "close"]) process.stdin.on(event, end);
process.stdin.resume();
// Do not use `process.stdout` and `process.stderr` here. Node would make their pipes non-blocking, also for the program. A
// program such as cargo fails if a non-blocking pipe is full.

child.on("error", (error) => {
  console.error(`${program}: ${error.message}`);
  process.exit(127);
});
child.on("exit", (code, signal) => {
  ending = true;
  signalGroup("SIGTERM");
  setTimeout(() => {
    signalGroup("SIGKILL");
    process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0));
  }, LEFTOVERS_MS);
});
