import type { Kernel, KernelPlan, Layout, Machine } from '@glassbox/wgsl-kernels';

/** A function that makes a kernel, or the plan of several. Its last parameter is the `Machine`. */
export type KernelFactory = (...args: never[]) => Kernel | KernelPlan;

/** A factory's arguments in front of the machine. Optional ones are given, too, if only as `undefined`. */
export type FactoryArgs<F extends KernelFactory> = BeforeMachine<Parameters<F>>;

type BeforeMachine<P extends readonly unknown[]> = number extends P['length']
  ? never
  : P extends readonly [infer First, ...infer Rest]
    ? [First] extends [Machine]
      ? []
      : [First, ...BeforeMachine<Rest>]
    : P extends readonly [(infer First)?, ...infer Rest]
      ? [First] extends [Machine]
        ? []
        : [First | undefined, ...BeforeMachine<Rest>]
      : never;

/** A kernel or plan that is ready to run. */
export interface BuiltKernel {
  /** In errors: the kernel's name, or the names of all of a plan's. */
  readonly name: string;
  /** Every binding once, without scratch memory: what a caller gives. */
  readonly operands: readonly string[];
  /** Words of each buffer that is needed only while the plan runs. */
  readonly scratch: readonly number[];
  /** The kernels in order, with the places of their operands among `operands` and the scratch buffers after them. */
  readonly steps: readonly { readonly kernel: Kernel; readonly places: readonly number[] }[];
}

/**
 * Every kernel that a runtime has built: to make WGSL text costs more than to dispatch it. A kernel is found again by
 * the function that makes it and by all of its arguments. Nobody writes a key, so no key can forget an argument.
 */
export class KernelCache {
  readonly #machine: Machine;
  readonly #built = new WeakMap<KernelFactory, Map<string, BuiltKernel>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The kernel that `factory` makes of these arguments: the same object each time. */
  get(factory: KernelFactory, args: readonly unknown[]): BuiltKernel {
    let own = this.#built.get(factory);
    if (!own) {
      own = new Map();
      this.#built.set(factory, own);
    }
    const key = canonicalText(args);
    let built = own.get(key);
    if (!built) {
      const make = factory as (...all: readonly unknown[]) => Kernel | KernelPlan;
      built = describe(make(...args, this.#machine));
      own.set(key, built);
    }
    return built;
  }
}

function describe(made: Kernel | KernelPlan): BuiltKernel {
  const { kernels, scratch } = 'kernels' in made ? made : { kernels: [made], scratch: {} };
  const bound = new Set(kernels.flatMap(({ bindings }) => bindings.map(({ name }) => name)));
  const operands = [...bound].filter((name) => !(name in scratch));
  const all = [...operands, ...Object.keys(scratch)];
  return {
    name: [...new Set(kernels.map(({ name }) => name))].join(', '),
    operands,
    scratch: Object.values(scratch),
    steps: kernels.map((kernel) => ({
      kernel,
      places: kernel.bindings.map(({ name }) => all.indexOf(name)),
    })),
  };
}

/**
 * A text that is the same for equal arguments whose fields are in the same order, and differs for all others (also
 * where JSON's does not: NaN, infinities, -0 and undefined).
 * @throws TypeError for what has no such text: functions, maps and sets, typed arrays, objects of a class.
 */
export function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${value.length}"${value}`; // with its length nothing in it can pass for something else
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : objectText(value);
    default:
      throw unkeyed(`a ${typeof value}`);
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) {
    let text = '[';
    for (let index = 0; index < value.length; index++) text += `${canonicalText(value[index])},`;
    return `${text}]`;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw unkeyed(`an object of the class ${value.constructor?.name}`);
  }
  if (value === lastLayout) return lastLayoutText;
  if (isLayout(value)) {
    const { shape, order, extents, strides, size } = value;
    lastLayout = value;
    lastLayoutText = `(${shape}/${order}/${extents}/${strides}/${size})`;
    return lastLayoutText;
  }
  let text = '{';
  for (const name in value) {
    text += `${name.length}"${name}:${canonicalText((value as Record<string, unknown>)[name])},`;
  }
  return `${text}}`;
}

/** Ops in a row mostly share one layout. (A WeakMap of all would cost more: most layouts live as long as one op.) */
let lastLayout: Layout | undefined;
let lastLayoutText = '';

/** Layouts are in nearly every key: their lists of numbers have a text that costs a third of a walk through them. */
function isLayout(value: object): value is Layout {
  return (
    'shape' in value &&
    'order' in value &&
    'extents' in value &&
    'strides' in value &&
    'size' in value &&
    Object.keys(value).length === 5
  );
}

function unkeyed(what: string): TypeError {
  return new TypeError(
    `launch: ${what} among a kernel's arguments; give numbers, strings, booleans, and plain arrays and objects of ` +
      'them, from which its key is made',
  );
}
