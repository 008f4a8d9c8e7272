// Runs one program that does not outlive its owner.
//
//   node guard.mjs GRACE_MS PROGRAM [ARGUMENT...]
//
// The owner holds the other end of this process's standard input. That end closes when the owner ends in whatever way,
// SIGKILL included. Then, as on SIGTERM, the program and all that it has started get SIGTERM, and SIGKILL after GRACE_MS.
// If the program ends by itself, what it had started is ended, too, and its status is passed on.

import { spawn } from "node:child_process";
import { constants } from "node:os";

const LEFTOVERS_MS = 100;
const [grace, program, ...args] = process.argv.slice(2);

// The program leads a process group of its own, so one signal reaches all that it starts.
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
// `process.stdout` and `process.stderr` must not be touched here: Node makes their pipes non-blocking, for the program
// too. A program such as cargo then fails when its pipe is full.

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
