/** Servers for pages, and what Chromium makes of a page. */
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Browser } from 'playwright-core';

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** A folder's files on an origin of their own. */
export interface Site {
  /** Without a slash at the end. */
  readonly origin: string;
  close(): void;
}

/** Serves files of a folder with these headers, and texts that are none of its files by their path. */
export async function serveFolder(
  folder: string,
  headers: Readonly<Record<string, string>> = {},
  texts: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname).replaceAll('\\', '/');
    const name = path === '/' ? '/index.html' : path;
    const body = texts[name] ?? fileAt(join(folder, name));
    const type = types[extname(name)] ?? 'text/plain';
    response.writeHead(body === undefined ? 404 : 200, { ...headers, 'Content-Type': type });
    response.end(body ?? 'not found');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function fileAt(path: string): Buffer | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
}

/** What a page's title says in the end: `loss …`, `bits …` or `error …`. */
export async function titleOf(browser: Browser, url: string): Promise<string> {
  const tab = await browser.newPage();
  try {
    await tab.goto(url);
    await tab.waitForFunction(() => /^(loss|bits|error)/.test(document.title), undefined, {
      timeout: 60_000,
    });
    return await tab.title();
  } catch (error) {
    return `nothing in the page's title: ${error}`;
  } finally {
    await tab.close();
  }
}
