#!/usr/bin/env node
/**
 * Runs a script of this project on the pinned Node, after installing what is missing.
 *
 *     node scripts/run.mjs FILE.ts [arguments…]
 *     node scripts/run.mjs --bin NAME [arguments…]
 *
 * Plain JavaScript without dependencies: this file is the only one that meets the machine's own Node (>= 20).
 * Everything after it runs on the Node that pnpm-lock.yaml pins (npm package `node`).
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PNPM = 'pnpm@12.21.0';
const root = resolve(fileURLToPath(import.meta.url), '../..');
const windows = process.platform === 'win32';

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old: install Node 20 or later (https://nodejs.org).`);
}

installWhatIsMissing();

const [first, ...rest] = process.argv.slice(2);
if (!first) fail('usage: node scripts/run.mjs FILE.ts [arguments…]');
if (first === '--bin') {
  const [name, ...args] = rest;
  start(binary(name), args);
} else {
  start(pinnedNode(), ['--disable-warning=ExperimentalWarning', join(root, first), ...rest]);
}

/** Installs the locked dependencies when there are none yet, or when the lockfile changed since. */
function installWhatIsMissing() {
  const lockfile = join(root, 'pnpm-lock.yaml');
  const marker = join(root, 'node_modules', '.installed-lockfile');
  const wanted = createHash('sha256').update(readFileSync(lockfile)).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted && existsSync(pinnedNode())) return;
  console.error('Installing dependencies (once; needs the npm registry)…');
  // A shell is needed on Windows, where npx is a .cmd file. Every argument is a constant.
  const done = spawnSync('npx', ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: windows,
  });
  if (done.status !== 0)
    fail(`Installing failed: \`npx --yes ${PNPM} install --frozen-lockfile\` says why above.`);
  writeFileSync(marker, wanted);
}

function pinnedNode() {
  return join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');
}

function binary(name) {
  return join(root, 'node_modules', '.bin', windows ? `${name}.CMD` : name);
}

/** Runs the program in the foreground: signals reach it, its exit code becomes ours. */
function start(file, args) {
  const env = {
    // Keeps stripped and compiled sources between runs: halves the time to start.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node'),
    ...process.env,
    PATH: `${join(root, 'node_modules', 'node', 'bin')}${windows ? ';' : ':'}${process.env.PATH}`,
  };
  const child = spawn(file, args, { stdio: 'inherit', env, shell: windows && file.endsWith('.CMD') });
  // The terminal sends Ctrl-C to the whole group: let the child finish its own clean-up.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`Cannot start ${file}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exit(code ?? 1);
    }
  });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
