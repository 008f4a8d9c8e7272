// CPU time and memory of processes and of the machine, from /proc.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Returns the fields of /proc/PID/stat after the command's name. The first is the state of the process. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Returns the CPU seconds that a process has used, user and system, in steps of 10 ms. */
export function cpuSeconds(pid) {
  const fields = stat(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** Returns the CPU seconds of all processes of the machine, plus the seconds that its host gave to other machines (steal). */
export function machineSeconds() {
  // The first field is the name of the line, "cpu".
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "utf8")
    .split("\n")[0]
    .split(/ +/)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

function bytesOf(file, name) {
  const match = readFileSync(file, "utf8").match(new RegExp(`^${name}:\\s+(\\d+)`, "m"));
  if (!match) throw new Error(`${name} is missing in ${file}`);
  return Number(match[1]) * 1024;
}

/** Returns the resident set of a process in bytes. */
export const resident = (pid) => bytesOf(`/proc/${pid}/status`, "VmRSS");
/** Returns the largest resident set in bytes since the last `forgetPeak`, or since the start of the process. */
export const peakResident = (pid) => bytesOf(`/proc/${pid}/status`, "VmHWM");
export const forgetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** Returns the available memory of the machine in bytes. */
export const available = () => bytesOf("/proc/meminfo", "MemAvailable");

/** Returns the process ID of a child of `pid`, or `undefined` if it has no child. */
export function childOf(pid) {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (stat(name)[1] === String(pid)) return Number(name);
    } catch {
      // The process has ended.
    }
  }
  return undefined;
}
