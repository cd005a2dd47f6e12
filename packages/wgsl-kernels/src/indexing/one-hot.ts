import { lanesBelow } from '../elementwise/coordinates.ts';
import { flatKernel } from '../elementwise/flat.ts';
import { faultsBinding, notANumber, rowFaultText } from '../faults.ts';
import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { type Layout, rowMajor } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { numberOf, placeOf, requireRowMajor } from './places.ts';

/** Labels, and how many classes there are. */
export interface OneHotSpec {
  /** Layout of the labels, row-major u32. */
  readonly labels: Layout;
  /** Number of classes: the size of the last dimension of y. */
  readonly classes: number;
}

/**
 * y[…, c] = 1 where labels[…] is c, else 0, as f32. Bindings: labels, faults (`faultWords`), y (row-major, with one
 * dimension more than the labels). A label of `classes` or more is a fault: its row is NaN.
 */
export function oneHot({ labels, classes }: OneHotSpec, machine: Machine = machines.gpu): Kernel {
  requireRowMajor('oneHot', labels);
  const y = rowMajor([...labels.shape, classes]);
  const column = `(v % ROW4 * 4u + vec4<u32>(0u, 1u, 2u, 3u))`;
  const none = `vec4<f32>(${notANumber('label')})`;
  return flatKernel(
    {
      name: 'oneHot',
      about: `
y[…, c] = 1 where labels[…] = c, else 0; NaN for a label of ${classes} or more
labels: [${labels.shape}] u32, y: [${y.shape}]; both row-major`,
      bindings: [reads('labels', 'array<u32>'), faultsBinding, readsWrites('y', 'array<vec4<f32>>')],
      constants: { ROW4: [y.extents.at(-1)! / 4, 'vec4s of a row'] },
      declarations: rowFaultText('oneHot', 'labels', classes, { number: numberOf(labels, 'row') }),
      body: `
let row = v / ROW4;
let place = ${placeOf(labels, 'row')};
let label = labels[place];
if (isBad(label)) {
  reportBad(place);
  y[v] = ${classes % 4 === 0 ? none : `select(vec4<f32>(), ${none}, ${lanesBelow(classes, 'v % ROW4 * 4u')})`};
} else {
  y[v] = select(vec4<f32>(), vec4<f32>(1f), ${column} == vec4<u32>(label));
}`,
      vectors: y.size / 4,
      flop: 0,
      bytes: 4 * (labels.size + y.size),
    },
    machine,
  );
}

/** y in float64; dense arrays. */
export function oneHotOracle(labels: ArrayLike<number>, classes: number): Float64Array {
  return Float64Array.from({ length: labels.length * classes }, (_, i) => {
    const label = labels[Math.floor(i / classes)];
    return label < classes ? Number(label === i % classes) : Number.NaN;
  });
}
