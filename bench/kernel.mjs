// What the kernel says of processes and of the machine.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The fields of /proc/PID/stat behind the command's name: the first of these is the kernel's third. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** CPU seconds that a process has used, user and system, in steps of 10 ms. */
export function cpuSeconds(pid) {
  const fields = stat(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** CPU seconds that the machine has spent on anything, and those that its host took away. */
export function machineSeconds() {
  const [line] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, , , irq, softirq, steal] = line.split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

function kibibytes(file, name) {
  return Number(readFileSync(file, "utf8").match(new RegExp(`^${name}:\\s+(\\d+)`, "m"))?.[1]) * 1024;
}

/** Bytes of memory that a process holds now, and the most that it held since `forgetPeak`. */
export const resident = (pid) => kibibytes(`/proc/${pid}/status`, "VmRSS");
export const peakResident = (pid) => kibibytes(`/proc/${pid}/status`, "VmHWM");
export const forgetPeak = (pid) => writeFileSync(`/proc/${pid}/clear_refs`, "5");

/** Bytes that the machine could still give out. */
export const available = () => kibibytes("/proc/meminfo", "MemAvailable");

/** The process that `pid` has started, if there is one. */
export function childOf(pid) {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (stat(name)[1] === String(pid)) return Number(name);
    } catch {
      // It has ended meanwhile.
    }
  }
  return undefined;
}
