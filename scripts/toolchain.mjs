// A Rust toolchain that builds for wasm32-unknown-unknown. In this order:
//
//   1. a rustc on PATH that has the target already;
//   2. rustup adds the target, unless RUSTUP_AUTO_INSTALL=0 forbids the download;
//   3. the distribution's toolchain (apt), whose standard library is built for the target once, from the
//      distribution's own source, into the cache. The set-up changes nothing of the system but its packages.
//
// Only the Worker is built with it. Host builds (tests, lints, documents) use the toolchain on PATH.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cached } from "./cache.mjs";
import { atLeast, CACHE, ROOT, rustVersion, TARGET, WASM_TARGET_FOLDER, which } from "./paths.mjs";
import { Failure } from "./steps.mjs";

const DISTRIBUTION = "/usr/bin";
// Debian has a current Rust for browsers beside an older one.
const PACKAGE_SETS = [
  ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"],
  ["rustc", "cargo", "rust-src", "rust-clippy"],
];

/** The output of a quick program, or null if it cannot be run or fails. */
export function output(command, args, env = process.env) {
  try {
    return execFileSync(command, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return null;
  }
}

function describe(rustc) {
  const text = output(rustc, ["-vV"]);
  if (!text) return null;
  const field = (name) => text.match(new RegExp(`^${name}: (.*)$`, "m"))?.[1] ?? "";
  const version = field("release").split(".").slice(0, 2).map(Number);
  return { text, host: field("host"), version, release: field("release"), llvm: parseInt(field("LLVM version"), 10) };
}

function hasTarget(rustc) {
  const folder = output(rustc, ["--print", "target-libdir", "--target", TARGET]);
  return Boolean(folder && existsSync(folder) && readdirSync(folder).some((file) => /^libstd-.*\.rlib$/.test(file)));
}

// Without these, the paths of this machine are in the wasm: in the locations of panics.
const REMAP = [
  ["--remap-path-prefix", `${join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "registry", "src")}=/registry`],
  ["--remap-path-prefix", `${ROOT}=/s3-edge-gateway`],
].flat();

/**
 * A toolchain: what it is, whether this call made it, what to add to the environment of cargo and wasm-bindgen, and the
 * flags of rustc for the target.
 */
const toolchain = (how, made, env = {}, rustflags = []) => ({ how, made, env, rustflags });

/** Finds or makes the toolchain. */
export async function wasmToolchain(step) {
  const wanted = rustVersion();
  const reasons = [];

  const own = describe("rustc");
  const fits = own && atLeast(own.version, wanted);
  if (!own) reasons.push("there is no rustc on PATH");
  else if (!fits) reasons.push(`rustc on PATH is ${own.release}, older than ${wanted.join(".")}`);
  if (fits && hasTarget("rustc")) return toolchain(`rustc ${own.release}`, false);

  if (fits && which("rustup")) {
    if (process.env.RUSTUP_AUTO_INSTALL === "0") {
      reasons.push("rustup may not download (RUSTUP_AUTO_INSTALL=0)");
    } else {
      step.note(`rustup target add ${TARGET}`);
      try {
        await step.run("rustup", ["target", "add", TARGET]);
        if (hasTarget("rustc")) return toolchain(`rustc ${own.release}, by rustup`, true);
        reasons.push("rustup added the target to another toolchain than that of rustc on PATH");
      } catch (error) {
        reasons.push(`rustup could not add the target (${error.log})`);
      }
    }
  } else if (fits) {
    reasons.push("there is no rustup");
  }

  const distribution = await distributionToolchain(step, wanted, reasons);
  if (distribution) return distribution;

  throw new Failure(
    [
      `no Rust toolchain for ${TARGET}: ${reasons.join("; ")}.`,
      "",
      "Any of these helps:",
      `  1. a rustc (${wanted.join(".")} or newer, first on PATH) that comes with the target ${TARGET}`,
      `  2. rustup, allowed to download:  rustup target add ${TARGET}`,
      `  3. on Debian or Ubuntu, as root:  apt-get install ${PACKAGE_SETS[0].join(" ")}  and lld-N,`,
      "     N being the LLVM version in /usr/bin/rustc -vV",
    ].join("\n"),
  );
}

/** The environment in which cargo, clippy and wasm-bindgen work for the Worker. */
export function wasmEnv({ env }, base = process.env) {
  return {
    ...base,
    CARGO_TARGET_DIR: WASM_TARGET_FOLDER,
    // wasm-bindgen's macro then uses the futures of js-sys, as the `worker` crate does.
    WASM_BINDGEN_USE_JS_SYS: "1",
    // It would replace the flags of the target.
    RUSTFLAGS: undefined,
    ...env,
    PATH: env.PATH ? `${env.PATH}:${base.PATH ?? ""}` : base.PATH,
  };
}

/** Options of cargo and clippy for the Worker. An option, as paths in a variable may have no spaces. */
export const wasmArgs = ({ rustflags }) => [
  "--target",
  TARGET,
  "--config",
  `target.${TARGET}.rustflags=${JSON.stringify([...REMAP, ...rustflags])}`,
];

async function distributionToolchain(step, wanted, reasons) {
  const rustc = join(DISTRIBUTION, "rustc");
  const usable = () => {
    const found = existsSync(rustc) ? describe(rustc) : null;
    return found && atLeast(found.version, wanted) && existsSync(join(DISTRIBUTION, "cargo")) ? found : null;
  };
  let found = usable();
  let made = false;
  if (!found || !existsSync(join(DISTRIBUTION, "cargo-clippy")) || !sourceOf(rustc)) {
    made = await installFirstSet(step, wanted, reasons);
    found = usable();
  }
  if (!found) return null;

  const how = `the distribution's rustc ${found.release}`;
  if (hasTarget(rustc)) return toolchain(how, made, { PATH: DISTRIBUTION, ...linker(found) });
  if (!sourceOf(rustc)) {
    reasons.push("the source of the distribution's standard library is not installed");
    return null;
  }
  if (!linker(found)) {
    await apt(step, [`lld-${found.llvm}`], reasons);
    if (!linker(found)) return null;
  }
  // The last number counts the versions of `buildStandardLibrary`.
  const name = `wasm-rust/${found.release}-${createHash("sha256").update(found.text).digest("hex").slice(0, 12)}-2`;
  const sysroot = await cached(
    name,
    join(CACHE, "locks", "wasm-rust"),
    async (folder) => {
      made = true;
      await buildStandardLibrary(step, folder);
    },
    step.note,
  );
  return toolchain(how, made, { PATH: DISTRIBUTION, ...linker(found) }, ["--sysroot", sysroot]);
}

function sourceOf(rustc) {
  const sysroot = output(rustc, ["--print", "sysroot"]);
  const library = sysroot && join(sysroot, "lib", "rustlib", "src", "rust", "library");
  return library && existsSync(join(library, "std", "Cargo.toml")) ? library : null;
}

/** The distribution's rustc comes without a linker for wasm: it is LLVM's, of the same major version. */
function linker({ llvm, host }) {
  const own = join(
    output(join(DISTRIBUTION, "rustc"), ["--print", "sysroot"]) ?? "",
    "lib",
    "rustlib",
    host,
    "bin",
    "rust-lld",
  );
  if (existsSync(own)) return {};
  const name = [`wasm-ld-${llvm}`, "wasm-ld"].find((candidate) => existsSync(join(DISTRIBUTION, candidate)));
  return name ? { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: join(DISTRIBUTION, name) } : null;
}

async function installFirstSet(step, wanted, reasons) {
  if (!which("apt-get")) {
    reasons.push("there is no apt-get");
    return false;
  }
  if (!(await aptUpdate(step, reasons))) return false;
  for (const set of PACKAGE_SETS) {
    const candidate = output("apt-cache", ["policy", set[0]])?.match(/Candidate: (\d+)\.(\d+)/);
    if (!candidate || !atLeast(candidate.slice(1).map(Number), wanted)) continue;
    return apt(step, set, reasons);
  }
  reasons.push(`the distribution has no Rust ${wanted.join(".")}`);
  return false;
}

/** apt-get with the rights it needs, or null. */
function aptCommand() {
  if (!which("apt-get")) return null;
  if (process.getuid?.() === 0) return ["apt-get"];
  return output("sudo", ["-n", "true"]) === null ? null : ["sudo", "-n", "apt-get"];
}

let updated = null;

async function aptUpdate(step, reasons) {
  const command = aptCommand();
  if (!command) {
    reasons.push("installing the distribution's packages needs root");
    return false;
  }
  updated ??= step.run(command[0], [...command.slice(1), "update"]).then(
    () => true,
    (error) => {
      reasons.push(`apt-get update failed (${error.log})`);
      return false;
    },
  );
  return updated;
}

/** Installs packages of the distribution if that is possible here. Returns whether it was. */
export async function apt(step, packages, reasons = []) {
  if (!(await aptUpdate(step, reasons))) return false;
  const [program, ...rest] = aptCommand() ?? [];
  const options = ["-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends"];
  try {
    step.note(`apt-get install ${packages.join(" ")}`);
    await step.run(program, [...rest, ...options, ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      letFinish: true,
    });
    return true;
  } catch (error) {
    reasons.push(`apt-get install failed (${error.log})`);
    return false;
  }
}

/** Makes a sysroot in `folder` that holds the standard library for the target, built from the distribution's source. */
async function buildStandardLibrary(step, folder) {
  const rustc = join(DISTRIBUTION, "rustc");
  const work = join(folder, "work");
  mkdirSync(join(work, "src"), { recursive: true });
  writeFileSync(
    join(work, "Cargo.toml"),
    '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n\n[workspace]\n',
  );
  writeFileSync(join(work, "src", "lib.rs"), "#![no_std]\n");
  const flags = [
    "-Cembed-bitcode=yes", // or else `lto = true` finds nothing to optimise
    ...REMAP,
    "--remap-path-prefix",
    `${sourceOf(rustc)}=/rust/library`,
  ];
  await step.run(
    join(DISTRIBUTION, "cargo"),
    ["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort"],
    {
      cwd: work,
      env: {
        ...process.env,
        PATH: `${DISTRIBUTION}:${process.env.PATH ?? ""}`,
        RUSTC: rustc,
        RUSTC_BOOTSTRAP: "1", // build-std is a nightly option
        CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"),
        CARGO_TARGET_DIR: join(work, "target"),
      },
    },
  );
  const built = join(work, "target", TARGET, "release", "deps");
  const library = join(folder, "lib", "rustlib", TARGET, "lib");
  mkdirSync(library, { recursive: true });
  for (const file of readdirSync(built)) {
    if (file.endsWith(".rlib") && !file.startsWith("libnothing-")) copyFileSync(join(built, file), join(library, file));
  }
  rmSync(work, { recursive: true, force: true });
}
