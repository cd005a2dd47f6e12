import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type NpyArray, Npz, readNpz } from '@glassbox/medmnist';
import type { HostTensor, StateDict } from '@glassbox/nn';
import { ParityInputError } from './errors.ts';
import { type ParitySpec, parseSpec } from './spec.ts';

/** A training trajectory recorded in PyTorch. */
export interface Golden {
  readonly file: string;
  readonly spec: ParitySpec;
  /** Parameters and buffers before the first step. */
  readonly initial: StateDict;
  /** Parameters and buffers after the last step. */
  readonly final: StateDict;
  /** Gradients of the first step. */
  readonly gradient0: StateDict;
  /** Row numbers of the training images: steps x batch. */
  readonly rows: Uint32Array;
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
  const losses = floats('losses', array('losses'), fail);
  const testOutput = floats('test_output', array('test_output'), fail);
  const { batch, steps } = spec;
  if ((rows.dtype !== 'i32' && rows.dtype !== 'i64') || String(rows.shape) !== String([steps, batch])) {
    fail(`rows is ${rows.dtype} [${rows.shape}], but ${specFile} asks for i32 [${steps},${batch}]`);
  }
  if (String(losses.shape) !== String([steps])) {
    fail(`losses is [${losses.shape}], but ${specFile} says ${steps} steps`);
  }
  const numbers = Array.from(rows.data as Int32Array, Number);
  const bad = numbers.find((row) => row < 0);
  if (bad !== undefined) fail(`rows holds the row ${bad}`);
  return {
    file,
    spec,
    initial: state('initial'),
    final: state('final'),
    gradient0: state('gradient0'),
    rows: Uint32Array.from(numbers),
    losses: losses.data,
    testOutput,
  };
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
