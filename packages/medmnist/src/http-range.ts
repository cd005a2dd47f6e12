/**
 * One HTTP request for the rest of a file, watched for stalls. Knows nothing of files on the disk.
 */

/** Worth another try: the network or the server stumbled. */
export class TransientTransfer extends Error {
  /** How long the server asks to wait. */
  readonly waitMs: number | undefined;
  /** No answer came at all: there may be no network, and insisting would only keep the user waiting. */
  readonly unreached: boolean;

  constructor(message: string, more: { waitMs?: number; unreached?: boolean; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.waitMs = more.waitMs;
    this.unreached = more.unreached ?? false;
  }
}

/** Not worth another try. */
export class FatalTransfer extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}

export interface Answer {
  /** Position in the file of the first byte that follows. */
  readonly start: number;
  /** Length of the whole file, when the server says so. */
  readonly total: number | undefined;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Drops the connection; harmless after the end. */
  cancel(): void;
}

export interface RequestOptions {
  /** Longest wait for the beginning of an answer. */
  readonly answerMs: number;
  readonly stallMs: number;
  readonly minimumBytes: number;
  readonly signal?: AbortSignal;
}

/** Longest wait that a server can ask for. */
const longestWaitMs = 60_000;

/**
 * Asks for the bytes from `offset` on.
 *
 * @throws TransientTransfer for stalls, broken connections, 408, 425, 429 and 5xx.
 * @throws FatalTransfer for other refusals.
 */
export async function requestFrom(url: string, offset: number, options: RequestOptions): Promise<Answer> {
  const watch = new StallWatch(options);
  // identity: a transparent gzip would make lengths and ranges meaningless.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (offset > 0) headers['range'] = `bytes=${offset}-`;
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: watch.signal });
  } catch (cause) {
    watch.end();
    throw watch.explain(cause, 'the server could not be reached');
  }
  watch.answered();
  try {
    return { ...readStatus(response, offset), pieces: watched(response, watch), cancel: () => watch.end() };
  } catch (error) {
    watch.end();
    throw error;
  }
}

function readStatus(response: Response, offset: number): { start: number; total: number | undefined } {
  const { status, headers } = response;
  if (status === 206) return readContentRange(headers.get('content-range'));
  if (status === 200) {
    const type = headers.get('content-type') ?? '';
    if (/text\/html/.test(type)) {
      throw new FatalTransfer(
        'answers with a web page instead of the file',
        'Fetch the file by hand with a browser.',
      );
    }
    const length = headers.get('content-length');
    return { start: 0, total: length === null ? undefined : Number(length) };
  }
  if (status === 416 && offset > 0) {
    // Nothing follows: either the part is the whole file, or it is longer than the file is now.
    const whole = /^bytes \*\/(\d+)$/.exec(headers.get('content-range') ?? '');
    if (whole && Number(whole[1]) === offset) return { start: offset, total: offset };
    return { start: -1, total: undefined };
  }
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    const wait =
      Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, longestWaitMs) : undefined;
    throw new TransientTransfer(`the server answered ${status} ${response.statusText}`.trimEnd(), {
      waitMs: wait,
    });
  }
  const gone = status === 404 || status === 410;
  throw new FatalTransfer(
    `the server answered ${status} ${response.statusText}`.trimEnd(),
    gone ? 'The file has moved: fetch it by hand.' : 'The server refuses: fetch the file by hand.',
  );
}

function readContentRange(text: string | null): { start: number; total: number | undefined } {
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(text ?? '');
  if (!range)
    throw new TransientTransfer(`the server answered with the range '${text ?? ''}', which makes no sense`);
  return { start: Number(range[1]), total: range[3] === '*' ? undefined : Number(range[3]) };
}

async function* watched(response: Response, watch: StallWatch): AsyncGenerator<Uint8Array> {
  if (!response.body || response.status === 416) {
    await response.body?.cancel().catch(() => {});
    return;
  }
  const reader = response.body.getReader();
  try {
    for (;;) {
      let step: ReadableStreamReadResult<Uint8Array>;
      try {
        step = await reader.read();
      } catch (cause) {
        throw watch.explain(cause, 'the connection broke');
      }
      if (step.done) return;
      watch.saw(step.value.length);
      yield step.value;
    }
  } finally {
    watch.end();
    await reader.cancel().catch(() => {});
  }
}

/**
 * Aborts a request when no answer begins within `answerMs`, or when fewer than `minimumBytes` of it arrive within
 * `stallMs`: silence and trickles alike.
 */
class StallWatch {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #options: RequestOptions;
  #timer: NodeJS.Timeout;
  #answered = false;
  #seen = 0;
  #why = '';

  constructor(options: RequestOptions) {
    this.#options = options;
    this.signal = options.signal
      ? AbortSignal.any([options.signal, this.#controller.signal])
      : this.#controller.signal;
    this.#timer = setTimeout(
      () => this.#abort(`no answer came in ${options.answerMs / 1000} s`),
      options.answerMs,
    );
  }

  /** The answer's headers are here; from now on its body is watched. */
  answered(): void {
    this.#answered = true;
    clearTimeout(this.#timer);
    const { minimumBytes, stallMs } = this.#options;
    this.#timer = setInterval(() => {
      if (this.#seen < minimumBytes)
        this.#abort(`fewer than ${minimumBytes} bytes arrived in ${stallMs / 1000} s`);
      this.#seen = 0;
    }, stallMs);
  }

  saw(bytes: number): void {
    this.#seen += bytes;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  explain(cause: unknown, otherwise: string): TransientTransfer {
    const unreached = !this.#answered;
    if (this.#why) return new TransientTransfer(this.#why, { unreached });
    const inner = (cause as { cause?: { code?: string; message?: string } }).cause;
    const detail = inner?.code ?? inner?.message ?? (cause as Error).message;
    return new TransientTransfer(`${otherwise} (${detail})`, { unreached, cause });
  }

  #abort(why: string): void {
    this.#why = why;
    this.#controller.abort();
  }
}
