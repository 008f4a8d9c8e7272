// Locks, and the cache of tools. A tool's folder appears in the cache only when it is complete. One process at a time fills it.

import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CACHE } from "./paths.mjs";

const HEARTBEAT_MS = 2_000;
const STALE_MS = 20_000;
const POLL_MS = 500;

const held = new Set();
process.on("exit", () => {
  for (const file of held) rmSync(file, { force: true });
});

/**
 * Runs `work` while this process holds the lock `file`. Resolves to the result of `work`. The process renews the modification
 * time of the file. If that time is older than STALE_MS, the process was killed, and another process may take the lock.
 * `onWait` gets a message if another process holds the lock.
 */
export async function withLock(file, work, onWait = (_message) => {}) {
  mkdirSync(dirname(file), { recursive: true });
  for (let waits = 0; !take(file); waits++) {
    if (waits === 0) onWait(`waiting for another process, which holds the lock ${file}`);
    await sleep(POLL_MS);
  }
  held.add(file);
  const heartbeat = setInterval(() => {
    const now = new Date();
    // The file is missing if a user has deleted the cache.
    if (existsSync(file)) utimesSync(file, now, now);
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    held.delete(file);
    rmSync(file, { force: true });
  }
}

/** Takes the lock if it is free. Returns whether the lock was taken. Removes a stale lock, so that the next call can take it. */
function take(file) {
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const renewed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - renewed > STALE_MS) rmSync(file, { force: true });
  return false;
}

/**
 * Resolves to the folder `name` of the cache. If it is absent, `fill(folder)` fills a temporary folder while this process holds
 * the lock file `lock`. Then the temporary folder is renamed.
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
