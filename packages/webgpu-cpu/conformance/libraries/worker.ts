/**
 * Runs the operations of one library and writes a line for each, as JSON after an `@`: other lines are the library's
 * own words. Its argument is a `Work` as JSON.
 */
import { installNavigatorGpu } from '../../../../benchmarks/src/peers/workers/navigator-gpu.ts';
import { difference, LIMIT, type Library } from './cases.ts';
import { installGpu, Watch } from './gpu.ts';
import type { Message, Row, Work } from './rows.ts';

const open: Record<Work['library'], () => Promise<Library>> = {
  tfjs: async () => (await import('./tfjs.ts')).openTfjs(),
  jax: async () => (await import('./jax.ts')).openJax(),
  onnx: async () => (await import('./onnx.ts')).openOnnx('native'),
  'onnx-jsep': async () => (await import('./onnx.ts')).openOnnx('jsep'),
};

/** How long the turns of one case take at most, in ms. */
const TURNS_MS = 400;
const FEWEST_TURNS = 9;
const MOST_TURNS = 41;

const work = JSON.parse(process.argv[2]) as Work;
const say = (message: Message) => process.stdout.write(`@${JSON.stringify(message)}\n`);

const watch = work.gpu === 'dawn' ? new Watch() : installGpu(work.times);
if (work.gpu === 'dawn') {
  installNavigatorGpu('software');
  acceptSharedMemory();
}
const library = await open[work.library]();
const chosen = library.cases
  .map((one, number) => ({ one, number }))
  .filter(
    ({ one, number }) => one.operation.includes(work.filter) && (work.numbers?.includes(number) ?? true),
  );
if (!work.numbers && work.from === 0) {
  const { title, operations, excluded } = library;
  const known = new Set(library.cases.map(({ operation }) => operation));
  const missing = operations.filter((operation) => !known.has(operation) && !excluded[operation]);
  say({ library: { title, excluded, missing, cases: chosen.length } });
}
for (const { one, number } of chosen) {
  if (number < work.from) continue;
  say({ begins: { operation: one.operation, title: one.title, number } });
  const row = await judge(one);
  say({ row: { ...row, operation: one.operation, title: one.title, number } });
  // What comes next would fail for the same reason: a new process goes on.
  if (watch.lost !== null) break;
}
process.exit(0);

/** JSEP writes from memory that threads share, which browsers take and Dawn's package for Node does not. */
function acceptSharedMemory(): void {
  const { prototype } = globalThis.GPUQueue;
  const { writeBuffer } = prototype;
  prototype.writeBuffer = function (buffer, offset, data, start = 0, size?: number) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    if (!(view.buffer instanceof SharedArrayBuffer))
      return writeBuffer.call(this, buffer, offset, data as GPUAllowSharedBufferSource, start, size);
    const unit = (view as Uint8Array).BYTES_PER_ELEMENT ?? 1;
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(start * unit);
    return writeBuffer.call(this, buffer, offset, bytes, 0, size === undefined ? undefined : size * unit);
  };
}

async function judge(one: Library['cases'][number]): Promise<Pick<Row, 'status'> & Partial<Row>> {
  let theirs: Awaited<ReturnType<typeof one.run>>;
  try {
    theirs = await one.run('processor');
  } catch (error) {
    return { status: 'broken', reason: `on the processor: ${firstLine(error)}` };
  }
  watch.reset();
  let worst: number;
  try {
    worst = difference(await one.run('ours'), theirs);
  } catch (error) {
    return reported(watch) ?? { status: 'failed', reason: firstLine(error) };
  }
  const wrong = reported(watch);
  if (wrong) return wrong;
  const dispatches = work.gpu === 'dawn' ? 1 : watch.dispatches;
  if (!(worst <= (one.limit ?? LIMIT))) {
    return {
      status: 'failed',
      difference: worst,
      dispatches,
      reason: `differs by ${worst.toExponential(1)}`,
    };
  }
  if (dispatches === 0) return { status: 'host', difference: worst, dispatches };
  const times = work.times ? await takeTurns(one) : undefined;
  return { status: 'passed', difference: worst, dispatches, ...times };
}

/** What was reported of our WebGPU, as a result; null if nothing was. */
function reported({ lost, errors }: Watch): (Pick<Row, 'status'> & Partial<Row>) | null {
  if (lost !== null) return { status: 'failed', reason: `the device was lost: ${lost}` };
  const [error] = errors;
  if (!error) return null;
  const reason = error.message.split('\n')[0];
  const refused = error.constructor.name === 'GPUInternalError' || /unsupported|not supported/.test(reason);
  return { status: refused ? 'refused' : 'failed', reason };
}

/** Milliseconds in kernels with and without checks, run in turns: the fastest turn, since others only add to it. */
async function takeTurns(one: Library['cases'][number]): Promise<{ robustMs: number; uncheckedMs: number }> {
  const times = { robust: Number.POSITIVE_INFINITY, unchecked: Number.POSITIVE_INFINITY };
  const end = performance.now() + TURNS_MS;
  for (let turn = 0; turn < MOST_TURNS && (turn < FEWEST_TURNS || performance.now() < end); turn++) {
    for (const robust of turn % 2 === 0 ? [true, false] : [false, true]) {
      watch.reset(robust);
      await one.run('ours');
      const form = robust ? 'robust' : 'unchecked';
      times[form] = Math.min(times[form], watch.ms);
    }
  }
  watch.reset();
  return { robustMs: times.robust, uncheckedMs: times.unchecked };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => line.trim() !== '') ?? 'failed without a message';
}
