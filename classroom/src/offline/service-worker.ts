/**
 * Keeps the page's files, so that it works offline after one load, and adds the headers that its host does not send.
 * The page itself is asked of the host first, so that a new version is seen at once; all other files have a name that
 * changes with their content.
 */
import { headers } from './headers.ts';

/** Files of the page, and what stands for this version of them: the build writes both here. */
declare const __FILES__: readonly string[];
declare const __VERSION__: string;

// What the library `webworker` declares, without its clash with the library `dom`.
interface Lasting extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Fetching extends Lasting {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface ServiceWorkerScope {
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
}
const scope = globalThis as unknown as ServiceWorkerScope;

const name = `classroom-${__VERSION__}`;

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(name).then((cache) => cache.addAll(__FILES__)));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(removeOld().then(() => scope.clients.claim()));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});

async function removeOld(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((each) => each.startsWith('classroom-') && each !== name);
  await Promise.all(old.map((each) => caches.delete(each)));
}

async function answer(request: Request): Promise<Response> {
  const kept = () => caches.match(request, { ignoreSearch: true, ignoreVary: true });
  if (request.mode !== 'navigate') return isolated((await kept()) ?? (await fetch(request)));
  try {
    return isolated(await fetch(request));
  } catch (error) {
    const page = await kept();
    if (!page) throw error;
    return isolated(page);
  }
}

/** The same response with our headers. */
function isolated(response: Response): Response {
  if (response.type === 'opaque' || response.type === 'error' || response.status === 304) return response;
  const all = new Headers(response.headers);
  for (const [key, value] of Object.entries(headers)) all.set(key, value);
  return new Response(response.body, {
    status: response.status,
    statusText: response.statusText,
    headers: all,
  });
}
