// The cache of tools: locked against two installs at once, and whole or absent, never half there.

import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CACHE } from "./paths.mjs";

const HEARTBEAT_MS = 5_000;
const STALE_MS = 60_000;
const POLL_MS = 500;

const held = new Set();
process.on("exit", () => {
  for (const file of held) rmSync(file, { force: true });
});

/**
 * Runs `work` while no other process does the same for `file`. The lock is a file with its owner's id; a running owner
 * keeps its time fresh, so that the lock of one that was killed can be taken over.
 */
export async function withLock(file, work, onWait = (_message) => {}) {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    if (clear(file)) continue;
    if (!told) onWait("another set-up is at this, waiting for it");
    told = true;
    await sleep(POLL_MS);
  }
  held.add(file);
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(file, now, now);
    } catch {
      // Somebody cleared the whole cache: the rename at the end still is atomic.
    }
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    held.delete(file);
    rmSync(file, { force: true });
  }
}

function take(file) {
  let descriptor;
  try {
    descriptor = openSync(file, "wx");
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeSync(descriptor, `${hostname()} ${process.pid}\n`);
  closeSync(descriptor);
  return true;
}

/** Removes the lock if its owner is gone. */
function clear(file) {
  let owner, age;
  try {
    owner = readFileSync(file, "utf8").trim();
    age = Date.now() - statSync(file).mtimeMs;
  } catch {
    return true;
  }
  const [host, pid] = owner.split(" ");
  const gone = host === hostname() && pid ? !alive(Number(pid)) : age > STALE_MS;
  if (!gone && age <= STALE_MS) return false;
  // By a rename, so that of two who see the same dead owner only one removes it.
  const grave = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, grave);
  } catch {
    return true;
  }
  const buried = readFileSync(grave, "utf8").trim();
  if (buried !== owner && !existsSync(file)) {
    renameSync(grave, file); // It was a new owner's: give it back.
    return false;
  }
  rmSync(grave, { force: true });
  return true;
}

/** Whether there is a process with this id. */
export function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/**
 * The folder `name` of the cache. If it is not there, `fill(folder)` makes it under another name while `lock` is held,
 * and only a whole one gets the name.
 */
export async function cached(name, lock, fill, onWait) {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  const make = async () => {
    if (existsSync(folder)) return;
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished, { recursive: true });
    await fill(unfinished);
    renameSync(unfinished, folder);
  };
  await withLock(lock, make, onWait);
  return folder;
}
