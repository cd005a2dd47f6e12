import type { NpyArray } from '@glassbox/medmnist';
import type { HostTensor, StateDict } from '@glassbox/nn';

/**
 * What is compared of a step, by tensor. After `update/`: parameters, momentum_buffer, exp_avg, … after the optimiser
 * had PyTorch's own gradients, so that it is judged alone. `parameters` are those after the whole step.
 */
export type Part = 'loss' | 'buffers' | 'gradient' | 'parameters' | UpdatePart;
export type UpdatePart = `update/${string}`;

/** Decisions of ReLUs and max-pools that rounding may take either way. */
export interface Flips {
  /** For each how float64's gradients change if it is taken the other way. */
  readonly changes: readonly StateDict[];
  /** Two that are of one image, and how far both together are from the sum of their changes, by tensor. */
  readonly pairs: readonly {
    readonly of: readonly [number, number];
    readonly distance: ReadonlyMap<string, number>;
  }[];
}

/** One step of a training as PyTorch computes it, from PyTorch's own state. */
export interface KeptStep {
  /** Its number in the training, from 0: as many steps the optimiser had before. */
  readonly step: number;
  /** Row numbers of the training images. */
  readonly rows: Uint32Array;
  /** Parameters and buffers before the step. */
  readonly before: StateDict;
  /** Optimiser state before the step under PyTorch's keys, each with a value for every parameter. */
  readonly beforeOptimizer: ReadonlyMap<string, StateDict>;
  /** What plain PyTorch in float32 makes of the gradients: what the optimiser is given when it is judged alone. */
  readonly float32Gradient: StateDict;
  /** PyTorch in float64. */
  readonly float64: ReadonlyMap<Part, StateDict>;
  /** How far PyTorch's float32 is from its float64 where both decide alike, by tensor. */
  readonly distance: ReadonlyMap<Part, ReadonlyMap<string, number>>;
  /** How much longer or shorter PyTorch's float32 updates are than its float64's. */
  readonly rate: ReadonlyMap<UpdatePart, number>;
  readonly flips: Flips;
}

const isBuffer = (name: string) => /\.(running_mean|running_var|num_batches_tracked)$/.test(name);

type Fail = (problem: string) => never;

/** Reads the arrays under `kept/` and `flips/`. Each holds one entry for each kept step, or for each decision. */
export function readKept(
  arrays: ReadonlyMap<string, NpyArray>,
  rows: Uint32Array,
  { steps, batch }: { steps: number; batch: number },
  fail: Fail,
): KeptStep[] {
  if (!arrays.has('kept/step')) return [];
  const indices = (name: string, below: number): number[] => {
    const array = arrays.get(name);
    if (!array) return [];
    const { dtype, data } = array;
    if (dtype !== 'i32' && dtype !== 'i64') fail(`${name} is ${dtype}, not i32`);
    const found = Array.from(data as Int32Array, Number);
    const bad = found.find((value) => value < 0 || value >= below);
    return bad === undefined ? found : fail(`${name} holds ${bad}, which is not from 0 to ${below - 1}`);
  };
  const numbers = indices('kept/step', steps);
  if (numbers.length === 0) fail('kept/step is empty');
  const owners = indices('flips/kept', numbers.length);
  const pairs = indices('flips/pairs', owners.length);
  const entry = (name: string, index: number, count: number): HostTensor => {
    const array = arrays.get(name) ?? fail(`has no array '${name}'`);
    return slice(name, array, index, count, fail);
  };
  const below = (prefix: string) =>
    [...arrays.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const names = below('kept/before/').sort();
  const parameters = names.filter((name) => !isBuffer(name));
  const buffers = names.filter(isBuffer);

  return numbers.map((step, index): KeptStep => {
    const count = numbers.length;
    const before: StateDict = new Map(
      names.map((name) => [name, entry(`kept/before/${name}`, index, count)]),
    );
    const inARow = (name: string, of: readonly string[], at = index, entries = count): StateDict => {
      const { dtype, data } = entry(name, at, entries);
      const sizes = of.map((tensor) => before.get(tensor)?.data.length ?? 1);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (data.length !== total) fail(`${name} has ${data.length} values for each entry, not ${total}`);
      let start = 0;
      return new Map(
        of.map((tensor, i) => {
          const own = data.subarray(start, (start += sizes[i]));
          return [tensor, { dtype, shape: before.get(tensor)?.shape ?? [], data: own } as HostTensor];
        }),
      );
    };
    const distances = (
      name: string,
      of: readonly string[],
      at = index,
      entries = count,
    ): Map<string, number> => {
      const { data } = entry(name, at, entries);
      if (data.length !== of.length)
        fail(`${name} has ${data.length} values for each entry, not ${of.length}`);
      const bad = Array.from(data as Float64Array, Number).find((value) => !(value >= 0));
      if (bad !== undefined) fail(`${name} holds ${bad}, which is no distance`);
      return new Map(of.map((tensor, i) => [tensor, Number(data[i])]));
    };
    const keys = below('kept/before_optimizer/');
    const updates = ['parameters', ...keys].map((key): UpdatePart => `update/${key}`).sort();
    const partNames = new Map<Part, readonly string[]>([
      ['loss', ['loss']],
      ['buffers', buffers],
      ['gradient', parameters],
      ...updates.map((part): [Part, string[]] => [part, parameters]),
      ['parameters', parameters],
    ]);
    if (buffers.length === 0) partNames.delete('buffers');
    const arrayOf = (part: Part) => `kept/${part.startsWith('update/') ? part : `float64/${part}`}`;
    const own = [...owners.keys()].filter((at) => owners[at] === index);
    return {
      step,
      rows: rows.subarray(step * batch, (step + 1) * batch),
      before,
      beforeOptimizer: new Map(keys.map((key) => [key, inARow(`kept/before_optimizer/${key}`, parameters)])),
      float32Gradient: inARow('kept/float32/gradient', parameters),
      float64: new Map([...partNames].map(([part, of]) => [part, inARow(arrayOf(part), of)])),
      distance: new Map([...partNames].map(([part, of]) => [part, distances(`kept/distance/${part}`, of)])),
      rate: distances('kept/distance/rate', updates) as Map<UpdatePart, number>,
      flips: {
        changes: own.map((at) => inARow('flips/gradient', parameters, at, owners.length)),
        pairs: [...Array(pairs.length >> 1).keys()]
          .map((at) => ({ at, of: [own.indexOf(pairs[2 * at]), own.indexOf(pairs[2 * at + 1])] as const }))
          .filter(({ of }) => !of.includes(-1))
          .map(({ at, of }) => ({
            of,
            distance: distances('flips/distance', parameters, at, pairs.length >> 1),
          })),
      },
    };
  });
}

/** One entry of an array that has `count` of them. */
function slice(name: string, array: NpyArray, index: number, count: number, fail: Fail): HostTensor {
  const { dtype, shape, data } = array;
  const dtypes = { f32: 'F32', f64: 'F64', i64: 'I64' } as const;
  if (!(dtype in dtypes)) fail(`array '${name}' is ${dtype}; numbers are f32 or f64 and counters i64`);
  if (shape[0] !== count) fail(`array '${name}' is [${shape}], but has to have ${count} entries`);
  const size = data.length / count;
  return {
    dtype: dtypes[dtype as keyof typeof dtypes],
    shape: shape.slice(1),
    data: data.subarray(index * size, (index + 1) * size),
  } as HostTensor;
}
