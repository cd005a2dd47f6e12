import { coordinates } from '../elementwise/coordinates.ts';
import { flatKernel } from '../elementwise/flat.ts';
import { splat } from '../elementwise/literal.ts';
import { describeLayouts } from '../elementwise/map.ts';
import { type Kernel, readsWrites } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import type { ElementType } from './cast.ts';

/**
 * y = value in every element, 0 in the padding. Bindings: y.
 * @throws RangeError if the type cannot hold the value.
 */
export function fill(
  value: number,
  layout: Layout,
  type: ElementType = 'f32',
  machine: Machine = machines.gpu,
): Kernel {
  const vector = `vec4<${type}>`;
  const literal = type === 'f32' ? splat(value) : `${vector}(${integer(value, type)})`;
  const place = coordinates(layout);
  const masked = place.inside !== undefined && value !== 0;
  const body = [
    ...place.declare(masked ? place.insideDims : []),
    `y[v] = ${masked ? `select(${vector}(), ${literal}, ${place.inside})` : literal};`,
  ];
  return flatKernel(
    {
      name: 'fill',
      about: `y = ${value}\n${describeLayouts({ y: layout })}`,
      bindings: [readsWrites('y', `array<${vector}>`)],
      body: body.join('\n'),
      vectors: layout.size / 4,
      flop: 0,
      bytes: 4 * layout.size,
    },
    machine,
  );
}

function integer(value: number, type: 'u32' | 'i32'): string {
  const [low, high] = type === 'u32' ? [0, 0xffffffff] : [-0x80000000, 0x7fffffff];
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`fill: ${value} is not a ${type}; pass a whole number from ${low} to ${high}`);
  }
  // -2147483648i would negate a literal that is too large.
  return type === 'u32' ? `${value}u` : value === low ? '-2147483647i - 1i' : `${value}i`;
}
