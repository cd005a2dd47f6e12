import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import {
  datasetInfo,
  datasetNames,
  type ImageSize,
  imageSizes,
  unpackedBytes,
  writeStandIn,
} from '@glassbox/medmnist';
import { integer, seconds, type Values, word, words } from '../cli/args.ts';
import { type Command, chosenWithin, withinOption } from '../cli/command.ts';
import type { Output } from '../output/output.ts';
import { peakRss, type RoundLimits, summary, takeTurns } from '../peers/compare.ts';
import { PeerError, PeerProcess, type PeerProgram } from '../peers/process.ts';
import type { Prepared } from '../peers/protocol.ts';
import { type Setup, streamNets } from './setup.ts';
import { type StreamResult, streamColumns } from './table.ts';

/** Bytes of the images of the set that fits: it lies on the device whole. */
const residentBytes = 64e6;

export const streamCommand: Command = {
  name: 'stream',
  summary: 'training on a data set that is larger than memory, and loading of compressed files',
  about: `
train: a net trains on a stored file of a published set's exact shape, whose images stay on the disk, and in turns with
it on a small part of that set, which lies on the device. Each is a process of its own, whose largest resident set the
table shows. ratio: how fast the large one is beside the small one.
load: a compressed file of 64 pixels is loaded and checked, in turns with numpy, which reads all of its arrays.
The files are generated, in a folder that is removed afterwards: --fraction makes them smaller.`,
  options: {
    task: { type: 'string', value: 'TASKS', help: 'train, load (default both)' },
    set: { type: 'string', value: 'NAME', help: 'data set (default chestmnist)' },
    size: { type: 'string', value: 'PIXELS', help: `of train: ${imageSizes.join(', ')} (default 224)` },
    net: { type: 'string', value: 'NAME', help: `${streamNets.join(', ')} (default practical-net)` },
    batch: { type: 'string', value: 'N', help: 'batch size (default 32)' },
    device: { type: 'string', value: 'NAME', help: 'wasm, webgpu (default wasm)' },
    adapter: { type: 'string', value: 'KIND', help: 'of webgpu: hardware, software (default software)' },
    threads: { type: 'string', value: 'N', help: 'threads of wasm (default: all cores)' },
    fraction: { type: 'string', value: 'PERCENT', help: 'of the published number of images (default 100)' },
    folder: {
      type: 'string',
      value: 'DIR',
      help: 'where the files lie meanwhile (default: for temporary files)',
    },
    rounds: { type: 'string', value: 'N', help: 'turns of each side at least (default 5)' },
    seconds: { type: 'string', value: 'S', help: 'time of a turn (default 2)' },
    ...withinOption,
  },
  run: stream,
};

async function stream(values: Values, output: Output): Promise<void> {
  const tasks = words(values, 'task', ['train', 'load'] as const);
  const set = datasetInfo(word(values, 'set', datasetNames, 'chestmnist'));
  const size = Number(word(values, 'size', imageSizes.map(String), '224')) as ImageSize;
  const share = Number(values.fraction ?? 100) / 100;
  if (!(share > 0 && share <= 1)) {
    throw new UsageError(`--fraction ${values.fraction}: expected a number above 0 and up to 100`);
  }
  const rounds = integer(values, 'rounds') ?? 5;
  const limits: RoundLimits = {
    rounds,
    most: 3 * rounds,
    within: chosenWithin(values),
    seconds: seconds(values, 'seconds', 2),
    limit: 600,
    patience: 900,
  };
  const batch = integer(values, 'batch') ?? 32;
  const setup = {
    size,
    net: word(values, 'net', streamNets, 'practical-net'),
    device: word(values, 'device', ['wasm', 'webgpu'], 'wasm'),
    adapter: word(values, 'adapter', ['hardware', 'software'], 'software'),
  } as const;
  const heat = { batch, limits, threads: integer(values, 'threads') ?? availableParallelism() };
  const folder = mkdtempSync(join(String(values.folder ?? tmpdir()), 'glassbox-stream-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // Ctrl-C ends the process before `finally` has its turn.
  const end = () => process.exit(130);
  process.once('exit', remove);
  process.once('SIGINT', end);
  const results: StreamResult[] = [];
  const add = (result: StreamResult) => {
    results.push(result);
    output.row(result);
  };
  /** Writes a file of the set. */
  const file = async (what: string, size: ImageSize, fraction: number, compress: boolean) => {
    const path = join(folder, `${set.name}-${what}.npz`);
    output.note(`writing ${Math.round((unpackedBytes(set, size) * fraction) / 1e6)} MB: ${path}`);
    await writeStandIn(path, { name: set.name, size, fraction, compress });
    return path;
  };
  try {
    if (tasks.includes('train')) {
      const small = Math.min(share, residentBytes / unpackedBytes(set, size));
      const images = Math.max(batch, Math.round(set.samples.train * small));
      const common = { ...setup, task: 'train', images } as const;
      const large = { ...common, file: await file('large', size, share, false), maxResident: 0 };
      const resident = { ...common, file: await file('small', size, small, false), maxResident: null };
      const case_ = `${setup.net}, ${setup.device}, ${set.name} ${size}`;
      const what = { id: `train ${case_}, batch ${batch}`, case: case_, images: batch };
      add({
        ...what,
        task: 'train',
        bytes: bytesOf(large.file),
        ...(await compete(worker(large), worker(resident), heat, what)),
      });
    }
    if (tasks.includes('load')) {
      const path = await file('compressed', 64, share, true);
      const load = worker({ ...setup, task: 'load', file: path, images: 0, maxResident: null });
      const case_ = `${set.name} 64`;
      const what = { id: `load ${case_}`, case: case_, images: 1 };
      add({ ...what, task: 'load', bytes: bytesOf(path), ...(await compete(load, numpy(path), heat, what)) });
    }
  } finally {
    remove();
    process.off('exit', remove);
    process.off('SIGINT', end);
  }
  output.table(
    'Data sets on the disk, in turns with those in memory; loading, in turns with numpy',
    results,
    streamColumns,
  );
  output.save('stream', results, []);
}

const bytesOf = (file: string) => statSync(file).size;

function worker(setup: Setup): PeerProgram {
  const program = join(import.meta.dirname, 'worker.ts');
  return {
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', program, JSON.stringify(setup)],
  };
}

function numpy(file: string): PeerProgram {
  for (const command of ['python3', '/usr/bin/python3']) {
    const found = spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore', timeout: 60_000 });
    if (found.status === 0) return { command, args: [join(import.meta.dirname, 'numpy_load.py'), file] };
  }
  throw new UsageError(
    'neither python3 nor /usr/bin/python3 has numpy: install it, or leave out load (--task train)',
  );
}

/** Both sides in turns, each in a process of its own, so that its memory is its own. */
async function compete(
  our: PeerProgram,
  their: PeerProgram,
  {
    batch,
    limits,
    threads,
  }: { readonly batch: number; readonly limits: RoundLimits; readonly threads: number },
  { id, images }: { readonly id: string; readonly images: number },
) {
  const [ours, theirs] = [new PeerProcess(our, true), new PeerProcess(their)];
  try {
    const request = { do: 'prepare', case: '', batch, threads } as const;
    const ourVersion = (await ours.ask<Prepared>(request, limits.patience)).version;
    const peerVersion = (await theirs.ask<Prepared>(request, limits.patience)).version;
    const rounds = await takeTurns(ours, theirs, 'train', limits);
    return {
      ourVersion,
      peerVersion,
      ...summary(id, rounds, images, limits),
      ourPeakRssBytes: await peakRss(ours),
      theirPeakRssBytes: await peakRss(theirs),
    };
  } catch (error) {
    // The other side is ours, or numpy: its failure is none of a rival that may be left out.
    throw error instanceof PeerError ? new Error(error.message, { cause: error }) : error;
  } finally {
    await ours.close();
    await theirs.close();
  }
}
