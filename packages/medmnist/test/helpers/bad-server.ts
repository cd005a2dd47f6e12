import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How the server treats one request; everything left out is done properly. */
export interface Behaviour {
  /** Answer with this status and no file. */
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Cut the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Fall silent after so many bytes of the body, connection open. */
  readonly stallAfter?: number;
  /** Accept the connection and never answer. */
  readonly silent?: boolean;
  /** Send one byte every 20 ms. */
  readonly trickle?: boolean;
  /** Ignore Range: always the whole file with 200. */
  readonly noRanges?: boolean;
  /** Answer a Range with the bytes from another place. */
  readonly shiftRange?: number;
  /** Serve something else. */
  readonly content?: Buffer;
  /** Leave Content-Length out (chunked). */
  readonly noLength?: boolean;
  /** Claim a Content-Length that differs by this much. */
  readonly lieLength?: number;
  /** Send bytes without end. */
  readonly endless?: boolean;
  readonly redirect?: string;
}

/** An HTTP server on a free local port that follows a script: one behaviour a request, the last one for the rest. */
export class BadServer {
  readonly requests: { url: string; range: string | undefined }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #content: Buffer;
  #script: readonly Behaviour[] = [{}];

  constructor(content: Buffer) {
    this.#content = content;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  script(...behaviours: readonly Behaviour[]): void {
    this.#script = behaviours;
    this.requests.length = 0;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const behaviour = this.#script[Math.min(this.requests.length, this.#script.length - 1)];
    const range = request.headers.range;
    this.requests.push({ url: request.url ?? '', range });
    if (behaviour.silent) return;
    if (behaviour.redirect) {
      response.writeHead(302, { location: behaviour.redirect }).end();
      return;
    }
    if (behaviour.status) {
      response.writeHead(behaviour.status, behaviour.headers).end('no');
      return;
    }
    if (behaviour.endless) {
      response.writeHead(200, behaviour.headers);
      const more = () => {
        while (response.write(Buffer.alloc(65536, 1)) && !response.destroyed) {}
      };
      response.on('drain', more);
      more();
      return;
    }
    this.#sendFile(behaviour, range, response);
  }

  #sendFile(behaviour: Behaviour, range: string | undefined, response: ServerResponse): void {
    const content = behaviour.content ?? this.#content;
    const asked = behaviour.noRanges ? null : /^bytes=(\d+)-$/.exec(range ?? '');
    const start = asked ? Number(asked[1]) + (behaviour.shiftRange ?? 0) : 0;
    if (start >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const body = content.subarray(start);
    const headers: Record<string, string> = {
      'content-type': 'application/octet-stream',
      ...behaviour.headers,
    };
    if (!behaviour.noLength) headers['content-length'] = String(body.length + (behaviour.lieLength ?? 0));
    if (asked) headers['content-range'] = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(asked ? 206 : 200, headers);
    if (behaviour.cutAfter !== undefined) {
      response.write(body.subarray(0, behaviour.cutAfter), () => cut(response));
    } else if (behaviour.stallAfter !== undefined) {
      response.write(body.subarray(0, behaviour.stallAfter));
    } else if (behaviour.trickle) {
      let at = 0;
      const timer = setInterval(() => {
        if (at >= body.length || response.destroyed) clearInterval(timer);
        else response.write(body.subarray(at, ++at));
      }, 20);
    } else if ((behaviour.lieLength ?? 0) !== 0) {
      response.write(body, () => cut(response));
    } else {
      response.end(body);
    }
  }
}

/** Breaks a connection after what was written had time to arrive: a reset would overtake it. */
function cut(response: ServerResponse): void {
  setTimeout(() => response.destroy(), 50);
}
