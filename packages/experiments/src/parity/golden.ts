import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type NpyArray, Npz, readNpz } from '@glassbox/medmnist';
import type { HostTensor, StateDict } from '@glassbox/nn';
import { ParityInputError } from './errors.ts';
import { type KeptStep, readKept } from './kept.ts';
import { type ParitySpec, parseSpec } from './spec.ts';

/** What was recorded of a training in PyTorch: steps to judge, what the whole came to, or both. */
export interface Golden {
  readonly file: string;
  readonly spec: ParitySpec;
  /** Row numbers of the training images: steps x batch. */
  readonly rows: Uint32Array;
  readonly kept: readonly KeptStep[];
  readonly trajectory: RecordedTrajectory | undefined;
}

/** A whole training, in float32. */
export interface RecordedTrajectory {
  /** Parameters and buffers before the first step. */
  readonly initial: StateDict;
  /** Parameters and buffers after the last step. */
  readonly final: StateDict;
  /** Gradients of the first step. */
  readonly gradient0: StateDict;
  /** Loss before each step. */
  readonly losses: Float32Array;
  /** Output in evaluation mode for the first test images. */
  readonly testOutput: { readonly shape: readonly number[]; readonly data: Float32Array };
}

/** More than any trajectory unpacks to: a file that claims more is refused before memory is asked for. */
const maxBytes = 4e9;

/**
 * Reads `NAME.npz` and `NAME.json` beside it.
 * @throws ParityInputError or DataError naming the file, what is wrong and what to do.
 */
export async function readGolden(file: string): Promise<Golden> {
  if (!file.endsWith('.npz')) {
    // A file of another kind is named by the reader.
    if (existsSync(file)) await (await Npz.open(file)).close();
    throw new ParityInputError(
      file,
      'is not an .npz file',
      'Give the recorded NAME.npz; NAME.json lies beside it.',
    );
  }
  const arrays = await readNpz(file, { maxBytes });
  const specFile = `${file.slice(0, -'.npz'.length)}.json`;
  let text: string;
  try {
    text = await readFile(specFile, 'utf8');
  } catch (error) {
    throw new ParityInputError(
      specFile,
      `cannot be read (${(error as Error).message})`,
      'The description of a trajectory lies beside it, under the same name.',
      { cause: error },
    );
  }
  const spec = parseSpec(text, specFile);
  const fail = (problem: string): never => {
    throw new ParityInputError(file, problem, 'Record the trajectory again.');
  };
  const array = (name: string): NpyArray => arrays.get(name) ?? fail(`has no array '${name}'`);
  const state = (prefix: string): StateDict => {
    const found: StateDict = new Map();
    for (const [name, value] of arrays) {
      if (name.startsWith(`${prefix}/`))
        found.set(name.slice(prefix.length + 1), hostTensor(name, value, fail));
    }
    if (found.size === 0) fail(`has no arrays '${prefix}/…'`);
    return found;
  };
  const rows = array('rows');
  const { batch, steps } = spec;
  if ((rows.dtype !== 'i32' && rows.dtype !== 'i64') || String(rows.shape) !== String([steps, batch])) {
    fail(`rows is ${rows.dtype} [${rows.shape}], but ${specFile} asks for i32 [${steps},${batch}]`);
  }
  const numbers = Array.from(rows.data as Int32Array, Number);
  const bad = numbers.find((row) => row < 0);
  if (bad !== undefined) fail(`rows holds the row ${bad}`);
  const allRows = Uint32Array.from(numbers);
  const kept = readKept(arrays, allRows, spec, fail);
  if (kept.length > 0 && !arrays.has('losses'))
    return { file, spec, rows: allRows, kept, trajectory: undefined };
  const losses = floats('losses', array('losses'), fail);
  if (String(losses.shape) !== String([steps])) {
    fail(`losses is [${losses.shape}], but ${specFile} says ${steps} steps`);
  }
  const trajectory = {
    initial: state('initial'),
    final: state('final'),
    gradient0: state('gradient0'),
    losses: losses.data,
    testOutput: floats('test_output', array('test_output'), fail),
  };
  return { file, spec, rows: allRows, kept, trajectory };
}

type Fail = (problem: string) => never;

function hostTensor(name: string, { dtype, shape, data }: NpyArray, fail: Fail): HostTensor {
  if (dtype === 'f32') return { dtype: 'F32', shape, data } as HostTensor;
  if (dtype === 'f64') return { dtype: 'F64', shape, data } as HostTensor;
  if (dtype === 'i64') return { dtype: 'I64', shape, data } as HostTensor;
  return fail(`array '${name}' is ${dtype}; parameters are f32 and counters i64`);
}

function floats(
  name: string,
  { dtype, shape, data }: NpyArray,
  fail: Fail,
): { shape: readonly number[]; data: Float32Array } {
  if (dtype !== 'f32' && dtype !== 'f64') return fail(`array '${name}' is ${dtype}; f32 is needed`);
  return { shape, data: Float32Array.from(data as Float32Array) };
}
