import type { BuiltKernel, FactoryArgs, KernelFactory } from './kernels.ts';
import type { Runtime } from './runtime.ts';
import { Storage } from './storage.ts';

/** A tensor, a whole arena, or other memory. Null and undefined: the kernel has no such operand this time. */
export type Operand = OnDevice | Storage | null | undefined;

/** A tensor or an arena as far as kernels are concerned. */
interface OnDevice {
  readonly runtime: Runtime;
  readonly storage: Storage;
}

/**
 * Runs a kernel, or the kernels of a plan: `launch(unaryForward, [op, layout], { x, y })`.
 *
 * The kernel is built once for each factory and arguments, for the device of the operands. So a factory is a function
 * with a place of its own, not one that is made anew for each call.
 *
 * @param factory makes the kernel; its last parameter is the machine, which is the runtime's
 * @param args its other arguments: numbers, strings, layouts, and plain objects of them
 * @param operands a tensor or storage for each binding, by the binding's name. `faults` and a plan's scratch memory are
 * not given: the runtime has them.
 * @param runtime whose it is, if no operand is a tensor
 * @throws TypeError that names kernel and binding, if an operand is missing or is not the kernel's; Error if tensors
 * are on different devices.
 */
export function launch<F extends KernelFactory>(
  factory: F,
  args: FactoryArgs<F>,
  operands: Readonly<Record<string, Operand>>,
  runtime: Runtime = runtimeOf(operands),
): void {
  const built = runtime.kernels.get(factory, args);
  runtime.observer?.launched({ name: built.name, factory, args, operands });
  const storages: Storage[] = [];
  for (const name of built.operands) storages.push(storageOf(built, name, operands[name], runtime));
  for (const name in operands) {
    if (operands[name] && !built.operands.includes(name))
      throw operandError(built, `'${name}' is none of them`);
  }
  for (const words of built.scratch) storages.push(runtime.scratch(words));
  for (const { kernel, places } of built.steps) {
    const bound: Storage[] = [];
    for (const place of places) bound.push(storages[place]);
    runtime.run(kernel, bound);
  }
  for (let place = built.operands.length; place < storages.length; place++) runtime.release(storages[place]);
}

function storageOf(built: BuiltKernel, name: string, operand: Operand, runtime: Runtime): Storage {
  if (operand instanceof Storage) return operand;
  if (!operand) {
    if (name === 'faults') return runtime.faults;
    throw operandError(built, `'${name}' is missing`);
  }
  if (operand.runtime === runtime) return operand.storage;
  throw new Error(
    `${built.name}: '${name}' is on another device (${operand.runtime.device.info.adapter}) than the kernel ` +
      `(${runtime.device.info.adapter}); make all operands with one runtime`,
  );
}

function runtimeOf(operands: Readonly<Record<string, Operand>>): Runtime {
  for (const name in operands) {
    const operand = operands[name];
    if (operand && !(operand instanceof Storage)) return operand.runtime;
  }
  throw new TypeError('launch: no operand is a tensor; say on which runtime the kernel runs');
}

function operandError({ name, operands }: BuiltKernel, what: string): TypeError {
  return new TypeError(`${name}: its operands are ${operands.join(', ')}; ${what}`);
}
