/** Parts of tensors that can be drawn: maps, filters, and vectors folded into rows. */
import type { StepTensor } from '../../model/index.ts';
import { flatIndex, indexOf, type Packed } from './packed.ts';
import type { MapView, OperandMap } from './types.ts';

/** How many of the first dimensions are fixed in a map. */
export const leadOf = (shape: readonly number[]): number =>
  shape.length === 4 ? 2 : shape.length === 2 ? 1 : 0;

/** In how many columns so many numbers are folded: a row of a few, else about a square. */
export const foldedColumns = (length: number): number =>
  length <= 8 ? length : Math.ceil(Math.sqrt(length));

/** Rows and columns of the map of a tensor. */
export function sizeOf(shape: readonly number[]): { readonly rows: number; readonly columns: number } {
  if (shape.length === 4) return { rows: shape[2], columns: shape[3] };
  const length = shape.at(-1) ?? 1;
  const columns = foldedColumns(length);
  return { rows: Math.ceil(length / columns), columns };
}

/** The map that an element is in. @throws RangeError for an element that there is not. */
export function mapOf({ layer, what, shape, values }: StepTensor, index: readonly number[]): MapView {
  const fits = index.length === shape.length && index.every((at, dim) => at >= 0 && at < shape[dim]);
  if (!fits) throw new RangeError(`[${index}] is no element of a tensor of shape [${shape}]`);
  const lead = index.slice(0, leadOf(shape));
  const size = shape.slice(lead.length).reduce((product, each) => product * each, 1);
  const first = flatIndex(shape, [...lead, ...shape.slice(lead.length).fill(0)]);
  const own = Float32Array.from(values.subarray(first, first + size));
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return { layer, what, shape, lead, ...sizeOf(shape), values: own, largest };
}

/** Tensors that are shown with the operands in them. */
const mostMaps = 6;

/** Of each tensor that a formula reads from: the map with the most of its operands. */
export function operandMaps(
  { tensors, kinds, parts }: Packed,
  tensor: (layer: string, what: string) => StepTensor,
): OperandMap[] {
  const read = tensors.map(() => new Set<number>());
  for (let id = 0; id < kinds.length; id++) {
    if (kinds[id] === 0) read[parts[3 * id]].add(parts[3 * id + 1]);
  }
  return tensors.slice(0, mostMaps).map(({ layer, what, shape }, at) => {
    const size = shape.slice(leadOf(shape)).reduce((product, each) => product * each, 1);
    const maps = new Map<number, number[]>();
    for (const flat of read[at]) {
      const map = Math.floor(flat / size);
      const marks = maps.get(map);
      if (marks) marks.push(flat % size);
      else maps.set(map, [flat % size]);
    }
    const [first, marks] = [...maps].reduce((best, each) => (each[1].length > best[1].length ? each : best));
    const view = mapOf(tensor(layer, what), indexOf(shape, first * size));
    return { ...view, marks: Int32Array.from(marks), count: read[at].size };
  });
}
