/** What a unit of kernels must give: on the numbers of the step, and on random ones. */
import { elementCount } from '@glassbox/wgsl-kernels';
import { Quotients } from './differences.ts';
import { type BufferInfo, Draw, type Operands } from './operands.ts';
import { largest } from './oracle-types.ts';
import type { Unit } from './step.ts';
import type { Operands as OperandsName } from './types.ts';

/** The right result of one set of operands. */
export interface Case {
  readonly name: OperandsName;
  readonly operands: Operands;
  readonly outputs: readonly Target[];
}

export interface Target {
  readonly name: string;
  readonly info: BufferInfo;
  readonly values: ArrayLike<number>;
  /** The largest error, for all elements or for each. */
  readonly allowed: number | ArrayLike<number>;
}

/** Computes the right results. For the largest nets that takes seconds. */
export class Answers {
  readonly unit: Unit;
  readonly cases: readonly Case[];
  /** Undefined where there is no gradient. */
  readonly quotients: Quotients | undefined;

  /** @param operands what the unit found in a training. */
  constructor(unit: Unit, operands: Operands) {
    this.unit = unit;
    this.cases = [caseOf(unit, 'step', operands), caseOf(unit, 'random', drawn(unit, operands))];
    const derivative = unit.row.derivative?.(unit.args, operands);
    if (!derivative) return;
    const target = this.cases[0].outputs.find(({ name }) => name === derivative.output)!;
    this.quotients = new Quotients(derivative, target.values, operands.shape(derivative.output));
  }
}

function caseOf({ row, args, buffers }: Unit, name: OperandsName, operands: Operands): Case {
  const expected = row.expected(args, operands);
  const outputs = row.outputs.map((output): Target => {
    const { values, scale = largest(values) } = expected[output];
    // Where all is 0, nothing but 0 is right.
    const bound = (size: number) => row.tolerance * size + Number.MIN_VALUE;
    const allowed = typeof scale === 'number' ? bound(scale) : Array.from(scale, bound);
    return { name: output, info: buffers.get(output)!, values, allowed };
  });
  return { name, operands, outputs };
}

/** The operands with seeded random numbers. */
function drawn({ row, args, kernels }: Unit, operands: Operands): Operands {
  const draw = new Draw();
  const read = new Set(
    kernels.flatMap(({ kernel }) =>
      kernel.bindings.filter(({ access }) => access === 'read').map(({ name }) => name),
    ),
  );
  const written = kernels.flatMap(({ kernel }) =>
    kernel.bindings.filter(({ access }) => access !== 'read').map(({ name }) => name),
  );
  for (const name of written) if (!row.inPlace?.includes(name)) read.delete(name);
  for (const name of row.inPlace ?? []) read.add(name);
  const changes: Record<string, ArrayLike<number>> = {};
  for (const name of read) {
    if (operands.buffers.get(name)!.dtype === 'f32')
      changes[name] = draw.signed(elementCount(operands.shape(name)));
  }
  const special = row.draw?.(args, operands, draw) ?? {};
  return operands.with({ ...changes, ...special });
}
