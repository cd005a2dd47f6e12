import { flatKernel } from '../elementwise/flat.ts';
import { describeLayouts } from '../elementwise/map.ts';
import { type Kernel, reads, readsWrites } from '../kernel.ts';
import type { Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';

/** Types of a tensor's elements. */
export type ElementType = 'f32' | 'u32' | 'i32';

/**
 * y = x as another type, as WGSL converts: towards 0 from f32 to integers, to the nearest float32 from integers,
 * bits kept between u32 and i32. Numbers that the integer type cannot hold give the nearest that it can. Bindings: x,
 * y.
 */
export function cast(
  x: ElementType,
  y: ElementType,
  layout: Layout,
  machine: Machine = machines.gpu,
): Kernel {
  return flatKernel(
    {
      name: 'cast',
      about: `y = ${y}(x)\n${describeLayouts({ x: layout, y: layout })}`,
      bindings: [reads('x', `array<vec4<${x}>>`), readsWrites('y', `array<vec4<${y}>>`)],
      body: `y[v] = vec4<${y}>(${x === 'f32' && y !== 'f32' ? clamped(y) : 'x[v]'});`,
      vectors: layout.size / 4,
      flop: 0,
      bytes: 8 * layout.size,
    },
    machine,
  );
}

/** The largest float32 below 2^32 and 2^31: written out, because devices have differed on what lies beyond. */
function clamped(type: 'u32' | 'i32'): string {
  const [low, high] = type === 'u32' ? ['0f', '4294967040f'] : ['-2147483648f', '2147483520f'];
  return `clamp(x[v], vec4<f32>(${low}), vec4<f32>(${high}))`;
}

/** y in plain numbers. */
export function castOracle(from: ElementType, to: ElementType, x: ArrayLike<number>): Float64Array {
  return Float64Array.from(x, (value) => {
    if (to === 'f32') return Math.fround(value);
    if (from !== 'f32') return to === 'u32' ? value >>> 0 : value | 0;
    const [low, high] = to === 'u32' ? [0, 4294967040] : [-2147483648, 2147483520];
    return Math.min(Math.max(Math.trunc(value), low), high);
  });
}
