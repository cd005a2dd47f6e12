import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PeerError } from './process.ts';

/** Exact versions, so that a figure can be taken again. */
const versions: Readonly<Record<string, string>> = {
  '@jax-js/jax': '0.1.25',
  '@tensorflow/tfjs-backend-cpu': '4.22.0',
  '@tensorflow/tfjs-backend-wasm': '4.22.0',
  '@tensorflow/tfjs-backend-webgpu': '4.22.0',
  '@tensorflow/tfjs-core': '4.22.0',
  '@tensorflow/tfjs-layers': '4.22.0',
  'onnxruntime-web': '1.30.0',
};

/** Outside of the workspace: rivals are no dependencies of this project. */
const folder = join(import.meta.dirname, '..', '..', '.peers');

/**
 * Installs the rivals that come from npm, once. Only `npm run bench -- peers` and
 * `npm run conformance -- libraries` do so.
 * @throws PeerError if npm cannot.
 */
export function installPackages(): void {
  const wanted = `${JSON.stringify({ private: true, dependencies: versions }, null, 2)}\n`;
  const manifest = join(folder, 'package.json');
  const marker = join(folder, 'node_modules', '.installed');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(manifest, wanted);
  console.error('Installing the peers once into benchmarks/.peers (about 260 MB)…');
  const windows = process.platform === 'win32';
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const done = spawnSync('npm', args, { cwd: folder, stdio: ['ignore', 2, 2], shell: windows });
  if (done.status !== 0) throw new PeerError('npm could not install the peers; it says why above');
  writeFileSync(marker, wanted);
}

const require = createRequire(join(folder, 'package.json'));

/** Imports an installed peer. */
export function importPeer(name: string): Promise<unknown> {
  return import(pathToFileURL(require.resolve(name)).href);
}

/** Loads an installed peer as CommonJS: packages that know Node only in that form. */
export function requirePeer(name: string): unknown {
  return require(name);
}

/** A file of an installed peer, by its path below `node_modules`. */
export function peerFile(path: string): string {
  return join(folder, 'node_modules', path);
}

/** Imports such a file: what a peer has for browsers, and its package does not give to Node. */
export function importPeerFile(path: string): Promise<unknown> {
  return import(pathToFileURL(peerFile(path)).href);
}

/** The version that is installed. */
export function peerVersion(name: string): string {
  return versions[name];
}
