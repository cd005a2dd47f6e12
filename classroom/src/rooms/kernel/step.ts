/** The kernels of a training step of the page's net, in order of launch, with the numbers that they found. */
import {
  type Dispatch,
  type Launch,
  openDevice,
  Runtime,
  type Storage,
  type Tensor,
} from '@glassbox/tensor-core';
import type { Kernel, Layout } from '@glassbox/wgsl-kernels';
import type { Spec } from '../../playground/spec.ts';
import { Training } from '../../playground/training.ts';
import { type BufferInfo, Operands } from './operands.ts';
import type { Row } from './oracle-types.ts';
import { oracles } from './oracles.ts';
import { ownersOf } from './owners.ts';
import { TappedDevice } from './swapped-device.ts';
import type { KernelInfo, Owner, Stage } from './types.ts';

/** A kernel of a unit: which buffer each of its bindings is. */
export interface UnitKernel {
  readonly kernel: Kernel;
  readonly names: readonly string[];
}

/** Kernels whose result has an oracle: those of one launch, or of several that only together have a result. */
export interface Unit {
  readonly kernels: readonly UnitKernel[];
  readonly buffers: ReadonlyMap<string, BufferInfo>;
  readonly row: Row;
  readonly args: readonly unknown[];
  readonly owner: Owner;
  readonly stage: Stage;
}

/** Where a parameter lies in the optimiser's arena. */
export interface ArenaPlace {
  readonly name: string;
  /** In words. */
  readonly offset: number;
  readonly layout: Layout;
}

/** The step that is looked at: in the first one the optimiser's state is still 0, and would hide faults. */
const stepsBefore = 1;

export class KernelStep {
  readonly spec: Spec;
  readonly kernels: readonly KernelInfo[];
  readonly places: readonly ArenaPlace[];
  readonly #runtime: Runtime;
  readonly #device: TappedDevice;
  readonly #units: readonly Unit[];
  /** For each of `kernels`: its unit, and its place in it. */
  readonly #at: readonly { readonly unit: number; readonly kernel: number }[];

  private constructor(
    spec: Spec,
    runtime: Runtime,
    device: TappedDevice,
    units: readonly Unit[],
    places: readonly ArenaPlace[],
  ) {
    this.spec = spec;
    this.#runtime = runtime;
    this.#device = device;
    this.#units = units;
    this.places = places;
    this.#at = units.flatMap(({ kernels }, unit) => kernels.map((_, kernel) => ({ unit, kernel })));
    this.kernels = describe(units);
  }

  /**
   * Opens a `wasm` device and trains for two steps on it.
   * @param spec one without a problem (`problemOf`).
   */
  static async open(spec: Spec): Promise<KernelStep> {
    const device = new TappedDevice(await openDevice({ device: 'wasm' }));
    const runtime = new Runtime(device);
    const training = await begun(runtime, spec);
    const launches: Launch[] = [];
    const observer = { launched: (launch: Launch) => launches.push(launch), stepInput: () => {} };
    await runtime.observed(observer, () => training.step());
    const places = [...training.net.namedParameters()].map(([name, { layout, storage }]) => ({
      name,
      offset: storage.offset / 4,
      layout,
    }));
    const units = unitsOf(runtime, launches);
    training.dispose();
    return new KernelStep(spec, runtime, device, units, places);
  }

  /** The unit of a kernel. */
  unit(id: string): Unit {
    const { unit } = this.#at[this.kernels.findIndex((kernel) => kernel.id === id)];
    return this.#units[unit];
  }

  /** What the kernels of a unit find in the second step of the training. */
  async operands(unit: Unit): Promise<Operands> {
    const training = await begun(this.#runtime, this.spec);
    const all = this.#units.flatMap((each) => each.kernels.map((kernel) => ({ unit: each, ...kernel })));
    const content = new Map<string, Int32Array>();
    const reads: Promise<void>[] = [];
    let next = 0;
    this.#device.tap = ({ kernel, views }: Dispatch) => {
      const expected = all[next];
      // Else it is a copy that the runtime makes by itself.
      if (kernel.kernel.wgsl !== expected?.kernel.wgsl) return;
      next++;
      if (expected.unit !== unit) return;
      for (const [binding, name] of expected.names.entries()) {
        if (content.has(name)) continue;
        const { buffer, offset, size } = views[binding];
        const words = new Int32Array(size / 4);
        content.set(name, words);
        const read = this.#device.read(buffer, offset, size);
        reads.push(read.then((bytes) => words.set(new Int32Array(bytes))));
      }
    };
    try {
      await training.step();
      await Promise.all(reads);
    } finally {
      this.#device.tap = undefined;
      training.dispose();
    }
    if (next !== all.length) throw new Error(`the step launched ${next} of ${all.length} kernels`);
    return new Operands(unit.buffers, content);
  }

  async close(): Promise<void> {
    await this.#runtime.destroy();
  }
}

async function begun(runtime: Runtime, spec: Spec): Promise<Training> {
  const training = new Training(runtime, spec);
  for (let step = 0; step < stepsBefore; step++) await training.step();
  return training;
}

/** Memory that is handed from one launch to the next, until one of them has a result. */
const handedOn = 'partials';

function unitsOf(runtime: Runtime, launches: readonly Launch[]): Unit[] {
  const owners = ownersOf(launches);
  const units: Unit[] = [];
  let kernels: UnitKernel[] = [];
  let buffers = new Map<string, BufferInfo>();
  for (const [index, { factory, args, operands, name }] of launches.entries()) {
    const built = runtime.kernels.get(factory, args);
    for (const { kernel } of built.steps) {
      const names = kernel.bindings.map((binding) => binding.name);
      kernels.push({ kernel, names });
      for (const each of names) if (!buffers.has(each)) buffers.set(each, bufferOf(each, operands, built));
    }
    const writesHandedOn = kernels
      .at(-1)!
      .kernel.bindings.some((binding) => binding.name === handedOn && binding.access !== 'read');
    if (writesHandedOn) continue;
    const row = oracles.get(factory);
    if (!row) throw new Error(`${name}: the classroom has no oracle for it`);
    units.push({ kernels, buffers, row, args, ...owners[index] });
    kernels = [];
    buffers = new Map();
  }
  return units;

  function bufferOf(
    name: string,
    operands: Launch['operands'],
    built: ReturnType<typeof runtime.kernels.get>,
  ): BufferInfo {
    const operand = operands[name] as Tensor | { readonly storage: Storage } | Storage | undefined;
    if (!operand && name === 'faults') return plain(runtime.faults.words, 'u32');
    if (!operand) {
      const step = built.steps.find(({ kernel }) => kernel.bindings.some((each) => each.name === name))!;
      const place = step.places[step.kernel.bindings.findIndex((each) => each.name === name)];
      return plain(Math.max(4, Math.ceil(built.scratch[place - built.operands.length] / 4) * 4), 'f32');
    }
    const storage = 'storage' in operand ? operand.storage : operand;
    const { words, tailWords: tail } = storage;
    if (!('dtype' in operand)) return { layout: undefined, dtype: 'f32', words, tail };
    return { layout: operand.layout, dtype: operand.dtype, words, tail };
  }
}

const plain = (words: number, dtype: BufferInfo['dtype']): BufferInfo => ({
  layout: undefined,
  dtype,
  words,
  tail: 0,
});

function describe(units: readonly Unit[]): KernelInfo[] {
  const launches = new Map<string, number>();
  for (const { kernels } of units) {
    for (const { kernel } of kernels) launches.set(kernel.wgsl, 1 + (launches.get(kernel.wgsl) ?? 0));
  }
  const taken = new Map<string, number>();
  const infos: KernelInfo[] = [];
  for (const { kernels, buffers, row, args, owner, stage } of units) {
    const formula = typeof row.formula === 'string' ? row.formula : row.formula(args);
    for (const { kernel, names } of kernels) {
      const { name, wgsl, workgroups } = kernel;
      const plainId = `${name}-${owner.kind}${owner.number}`;
      const count = 1 + (taken.get(plainId) ?? 0);
      taken.set(plainId, count);
      infos.push({
        id: count === 1 ? plainId : `${plainId}-${count}`,
        place: infos.length + 1,
        name,
        owner,
        stage,
        workgroups,
        bindings: kernel.bindings.map(({ access }, binding) => ({
          name: names[binding],
          access,
          content: contentOf(buffers.get(names[binding])!),
        })),
        wgsl,
        launches: launches.get(wgsl)!,
        formula,
        folder: row.folder,
        together: [...new Set(kernels.map((each) => each.kernel.name))],
        outputs: row.outputs,
      });
    }
  }
  return infos;
}

const contentOf = ({ layout, dtype, words }: BufferInfo) =>
  `${dtype}[${(layout?.shape ?? [words]).join(',')}]`;
