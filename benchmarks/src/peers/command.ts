import { availableParallelism } from 'node:os';
import { benchmarkCases } from '../cases.ts';
import { integer, seconds, type Values, word, words } from '../cli/args.ts';
import { type Command, caseOptions, chosenCases, chosenWithin, withinOption } from '../cli/command.ts';
import type { Output } from '../output/output.ts';
import { ratioChart } from './chart.ts';
import { type Comparison, fastestForm, peakRss, type RoundLimits, summary, takeTurns } from './compare.ts';
import { lossDifference } from './losses.ts';
import { type BenchmarkOp, benchmarkOps, type Pass, passes, product } from './ops.ts';
import { allTasks, ourProgram, type Peer, peers, type Task, usualTasks } from './peers.ts';
import { PeerError, PeerProcess } from './process.ts';
import type { Prepared, Request } from './protocol.ts';
import { failureColumns, peerColumns } from './table.ts';

const names = peers.map(({ name }) => name);
const opNames = benchmarkOps.map(({ name }) => name);

export const peersCommand: Command = {
  name: 'peers',
  summary: 'the same nets in PyTorch, TensorFlow.js, jax-js and ONNX Runtime, run in turns with ours',
  about: `
Trains and evaluates the same nets with this project and with others, each in a process of its own: ours, theirs, ours,
theirs, … Medians, spread, versions, memory, and the ratio ours over theirs in images/s (above 1: we are faster).
PyTorch starts from our weights once, and its first losses must be ours. The peer 'narrow' is this project itself
without operations of 256 bits. The task 'matmul' is a product of 512 x 512 matrices on one thread; 'forward' and
'backward' are passes of single operations where memory decides (--op), in PyTorch's better form of each. Peers whose
name has 'webgpu-cpu' compute with this project's WebGPU on the processor, those with 'webgpu' on the adapter.
A peer that cannot do the work is shown with its own error. Peers from npm are installed at their first use into
benchmarks/.peers; PyTorch is used if python3 or /usr/bin/python3 has it.`,
  options: {
    ...caseOptions,
    peer: { type: 'string', value: 'NAMES', help: `${names.join(', ')} (default all)` },
    task: {
      type: 'string',
      value: 'NAMES',
      help: `${allTasks.join(', ')} (default ${usualTasks.join(', ')})`,
    },
    op: {
      type: 'string',
      value: 'NAMES',
      help: `of forward and backward: ${opNames.join(', ')} (default all)`,
    },
    batch: { type: 'string', value: 'N', help: 'another batch size' },
    threads: { type: 'string', value: 'N', help: 'threads of both sides (default: all cores)' },
    adapter: {
      type: 'string',
      value: 'KIND',
      help: 'hardware | software: WebGPU adapter of both (default software)',
    },
    rounds: {
      type: 'string',
      value: 'N',
      help: 'runs of each side, and up to three times as many while noisy (default 5; epochs 3 at most)',
    },
    ...withinOption,
    seconds: { type: 'string', value: 'S', help: 'length of each run (default 1)' },
    limit: { type: 'string', value: 'S', help: 'no new round after so many seconds (default 60)' },
    patience: { type: 'string', value: 'S', help: 'the longest wait for one answer (default 300)' },
    images: { type: 'string', value: 'N', help: 'training images of an epoch (default 78468)' },
  },
  run: comparePeers,
};

/** One comparison to make: a net and batch, or whole epochs. */
interface Heat {
  readonly case: string;
  readonly batch: number;
  readonly tasks: readonly Task[];
  readonly prepare: Extract<Request, { readonly do: 'prepare' | 'prepareOp' | 'prepareEpoch' }>;
  readonly images: number;
}

async function comparePeers(values: Values, output: Output): Promise<void> {
  const chosen = words(values, 'peer', names);
  const adapter = word(values, 'adapter', ['hardware', 'software'], 'software');
  const rounds = integer(values, 'rounds') ?? 5;
  const limits: RoundLimits = {
    rounds,
    most: 3 * rounds,
    within: chosenWithin(values),
    seconds: seconds(values, 'seconds', 1),
    limit: seconds(values, 'limit', 60),
    patience: seconds(values, 'patience', 300),
  };
  const results: Comparison[] = [];
  for (const heat of heats(values)) {
    for (const peer of peers.filter(({ name }) => chosen.includes(name))) {
      const tasks = heat.tasks.filter((task) => peer.tasks.includes(task));
      const named = values.case !== undefined && values.peer !== undefined;
      const wanted = named || !peer.cases || peer.cases.includes(heat.case);
      if (tasks.length === 0 || !wanted) continue;
      for (const result of await compete(heat, peer, tasks, adapter, limits)) {
        results.push(result);
        output.row(result);
        output.note(progress(result));
      }
    }
  }
  print(results, output);
}

/** One line as soon as a comparison is made: all of them take minutes. */
function progress({ case: name, batch, task, peer, ours, theirs, ratio, error }: Comparison): string {
  const what = `${name} ${batch}, ${task}, ${peer}`;
  if (!ours || !theirs || ratio === undefined) return `${what}: ${error}`;
  const times = `ours ${ours.median.toFixed(2)} ms, theirs ${theirs.median.toFixed(2)} ms`;
  return `${what}: ${ratio.toFixed(2)} (${times})`;
}

function heats(values: Values): Heat[] {
  const tasks = words(values, 'task', allTasks, usualTasks);
  const threads = integer(values, 'threads') ?? availableParallelism();
  const only = integer(values, 'batch');
  const steps = tasks.filter((task) => task === 'train' || task === 'infer');
  const nets = chosenCases(values).flatMap(({ name, batches }) =>
    (only ? [only] : batches).map(
      (batch): Heat => ({
        case: name,
        batch,
        tasks: steps,
        prepare: { do: 'prepare', case: name, batch, threads },
        images: batch,
      }),
    ),
  );
  const images = integer(values, 'images') ?? 78_468;
  const batch = only ?? 64;
  const epoch: Heat = {
    case: benchmarkCases[0].name,
    batch,
    tasks: ['epoch'],
    prepare: { do: 'prepareEpoch', images, batch, threads },
    images,
  };
  const withEpoch = tasks.includes('epoch') && chosenCases(values).some(({ name }) => name === epoch.case);
  const opHeat = (op: BenchmarkOp, pass: Pass, task: Task, images: number, count: number): Heat => ({
    case: op.name,
    batch: op.shape[0],
    tasks: [task],
    prepare: { do: 'prepareOp', op, pass, threads: count },
    images,
  });
  const chosenOps = benchmarkOps.filter(({ name }) => words(values, 'op', opNames).includes(name));
  const ops = chosenOps.flatMap((op) =>
    passes.filter((pass) => tasks.includes(pass)).map((pass) => opHeat(op, pass, pass, op.shape[0], threads)),
  );
  const withProduct = tasks.includes('matmul') && values.case === undefined;
  return [
    ...(withProduct ? [opHeat(product, 'forward', 'matmul', 1, 1)] : []),
    ...ops,
    ...(steps.length > 0 ? nets : []),
    ...(withEpoch ? [epoch] : []),
  ];
}

/** Ours and one peer over one net; each in a fresh process, so that memory is theirs alone. */
async function compete(
  heat: Heat,
  peer: Peer,
  tasks: readonly Task[],
  adapter: string,
  limits: RoundLimits,
): Promise<Comparison[]> {
  const { against: device, name } = peer;
  const ours = new PeerProcess(ourProgram(device, adapter), true);
  const head = { case: heat.case, batch: heat.batch, images: heat.images, peer: name, device };
  let theirs: PeerProcess | undefined;
  try {
    const ourVersion = (await ours.ask<Prepared>(heat.prepare, limits.patience)).version;
    const failed = (error: unknown, task: Task, versions: { peerVersion?: string }): Comparison => {
      // A failure of our own side is no result but a bug.
      if (!(error instanceof PeerError)) throw error;
      return { ...head, task, ourVersion, ...versions, rounds: 0, error: error.message };
    };
    let peerVersion: string;
    try {
      ({ contender: theirs, version: peerVersion } = await fastestForm(
        peer.programs(adapter, heat.prepare.threads),
        heat.prepare,
        limits.patience,
      ));
    } catch (error) {
      return tasks.map((task) => failed(error, task, {}));
    }
    if (peerVersion === ourVersion) {
      const same = new PeerError(`it would be the same as ours here: ${ourVersion}`);
      return tasks.map((task) => failed(same, task, {}));
    }
    const few = Math.min(3, limits.rounds);
    const results: Comparison[] = [];
    for (const task of tasks) {
      const turns = task === 'epoch' ? { ...limits, rounds: few, most: few } : limits;
      try {
        const difference =
          task === 'train'
            ? await lossDifference(peer, heat.case, heat.batch, { ...limits, threads: heat.prepare.threads })
            : undefined;
        const rounds = await takeTurns(ours, theirs, task, turns);
        const memory = {
          ourPeakRssBytes: await peakRss(ours),
          theirPeakRssBytes: await peakRss(theirs),
        };
        const id = `${heat.case}, batch ${heat.batch}, ${task}, ${name} against ${device}`;
        results.push({
          ...head,
          task,
          ourVersion,
          peerVersion,
          ...(difference !== undefined && { lossDifference: difference }),
          ...summary(id, rounds, heat.images, limits),
          ...memory,
        });
      } catch (error) {
        results.push(failed(error, task, { peerVersion }));
      }
    }
    return results;
  } finally {
    await ours.close();
    await theirs?.close();
  }
}

function print(results: readonly Comparison[], output: Output): void {
  const measured = results.filter((result) => result.error === undefined);
  output.table('Ours and theirs, in turns', measured, peerColumns);
  const failed = results.filter((result) => result.error !== undefined);
  output.table('What could not be measured', failed, failureColumns);
  const versions = new Set(measured.flatMap((r) => [r.ourVersion, `${r.peer}: ${r.peerVersion}`]));
  if (versions.size > 0) output.remark([...versions].join('\n'));
  const differences = measured.flatMap(({ lossDifference = [] }) => lossDifference);
  if (differences.length > 0) {
    const largest = Math.max(...differences).toExponential(0);
    output.remark(`The first losses from the same weights differ by ${largest} of them at most.`);
  }
  output.save('peers', results, measured.length > 0 ? [ratioChart(measured, output.machine)] : []);
}
