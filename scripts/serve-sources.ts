import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { plainJavaScript, root } from './plain-javascript.ts';

/** With these a page may share memory between threads (https://web.dev/articles/coop-coep). */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Something served besides the sources. */
export interface Served {
  readonly type: string;
  readonly body: string | Uint8Array;
}

export interface ServeOptions {
  /** Send the headers that let a page use threads. */
  readonly isolated: boolean;
  /** By path; without one for `/` that is an empty page. */
  readonly files?: Readonly<Record<string, Served>>;
}

/**
 * Serves the project's sources to browsers on this machine, types stripped and packages found by their path (a Worker
 * knows no import map).
 */
export async function serveSources({ isolated, files = {} }: ServeOptions) {
  const headers = isolated ? isolation : {};
  const server = createServer(async (request, response) => {
    try {
      // Inside: what a client calls an address need not be one (`//` is none).
      const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
      const { type, body } = files[path] ?? (await source(path));
      response.writeHead(200, { ...headers, 'Content-Type': type });
      response.end(body);
    } catch (error) {
      response.writeHead(404, { ...headers, 'Content-Type': 'text/plain' });
      response.end((error as Error).message);
    }
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Sources that were stripped already. */
const stripped = new Map<string, Served>();

async function source(path: string): Promise<Served> {
  if (path === '/') return { type: 'text/html', body: '<!doctype html><title>glassbox</title>' };
  if (!/^\/(packages|examples)\/[\w./-]+\.ts$/.test(path)) throw new Error(`${path} is none of the sources`);
  let served = stripped.get(path);
  if (!served) {
    const body = plainJavaScript(await readFile(join(root, path), 'utf8'), browserPath);
    served = { type: 'text/javascript', body };
    stripped.set(path, served);
  }
  return served;
}

/** Where a browser finds what is imported: a package by its name, and what else its package.json exports. */
function browserPath(specifier: string): string {
  const [, name, part] = specifier.match(/^(?:@glassbox\/)?([\w-]+)(\/.+)?$/) ?? [];
  if (!name) return specifier;
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  return join('/packages', name, exports[`.${part ?? ''}`]).replaceAll('\\', '/');
}
