#!/usr/bin/env node
// Runs the program in the package for this machine, which npm has installed beside this one
// (`optionalDependencies`).
"use strict";

const { spawn } = require("node:child_process");

function program() {
  const name = `@wasm-host/${process.platform}-${process.arch}`;
  try {
    return require.resolve(`${name}/bin/wasm-host`);
  } catch {
    console.error(
      `error: the package ${name} isn't installed; wasm-host is there for linux-x64 and ` +
        "linux-arm64, and npm must not be told to leave out optional packages (--omit=optional)",
    );
    process.exit(1);
  }
}

const path = program();
const args = process.argv.slice(2);

// Takes this process's place, where Node.js can do that (from 22.15 on).
if (process.execve) {
  process.execve(path, [path, ...args], process.env);
}

const child = spawn(path, args, { stdio: "inherit" });
// A terminal sends SIGINT to both; who sends another signal means the program.
const forwarded = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGQUIT"];
for (const signal of forwarded) {
  process.on(signal, () => child.kill(signal));
}
process.on("SIGINT", () => {
  if (!process.stdin.isTTY) child.kill("SIGINT");
});
child.on("error", (error) => {
  console.error(`error: ${path} can't be run: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  // Ends as the program did.
  for (const each of [...forwarded, "SIGINT"]) process.removeAllListeners(each);
  process.kill(process.pid, signal);
});
