import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { plainJavaScript, root } from '../support/plain-javascript.ts';

/** With these a page may share memory between threads (https://web.dev/articles/coop-coep). */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * Serves the project's sources to a browser on a free port of this machine, types stripped and packages found by their path
 * (a Worker knows no import map). `/` is an empty page.
 */
export async function serveSources({ isolated }: { readonly isolated: boolean }) {
  const headers = isolated ? isolation : {};
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    try {
      if (path === '/') {
        response.writeHead(200, { ...headers, 'Content-Type': 'text/html' });
        response.end('<!doctype html><title>glassbox</title>');
        return;
      }
      if (!/^\/packages\/[\w./-]+\.ts$/.test(path)) throw new Error(`${path} is none of the sources`);
      const text = await sourceText(path);
      response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' });
      response.end(text);
    } catch (error) {
      response.writeHead(404, headers);
      response.end(String(error));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const served = new Map<string, string>();

async function sourceText(path: string): Promise<string> {
  const known = served.get(path);
  if (known) return known;
  const text = plainJavaScript(await readFile(join(root, path), 'utf8'), browserPath);
  served.set(path, text);
  return text;
}

const browserPath = (specifier: string) =>
  specifier.replace(/^@glassbox\/([\w-]+)$/, '/packages/$1/src/index.ts');
