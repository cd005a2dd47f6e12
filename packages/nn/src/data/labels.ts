import type { Examples } from './examples.ts';

/** The largest and smallest label of an `Examples`' rows. */
interface Range {
  readonly smallest: number;
  readonly largest: number;
}

const ranges = new WeakMap<Examples, Range>();

function rangeOf(data: Examples): Range {
  let range = ranges.get(data);
  if (!range) {
    let [smallest, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    forEachLabel(data, (label) => {
      smallest = Math.min(smallest, label);
      largest = Math.max(largest, label);
      return false;
    });
    range = { smallest, largest };
    ranges.set(data, range);
  }
  return range;
}

/**
 * Calls `visit(label, row of the data set, finding)` for every label of the rows that are meant, until it returns
 * true.
 */
function forEachLabel(
  { rows, labels, labelValues }: Examples,
  visit: (label: number, row: number, finding: number) => boolean,
): void {
  if (!labels || !labelValues) return;
  const { columns } = labels;
  for (const row of rows) {
    for (let finding = 0; finding < columns; finding++) {
      if (visit(labelValues[row * columns + finding], row, finding)) return;
    }
  }
}

/**
 * Checks on the host what kernels can only note: every label is the number of an output.
 * @param who whose labels they are, for the message.
 * @throws RangeError that names the first label that is not.
 */
export function requireClasses(who: string, data: Examples, outputs: number): void {
  if (data.labels?.source === 'f32') return; // no class numbers: the op says so
  const { smallest, largest } = rangeOf(data);
  if (!(largest >= outputs)) return;
  forEachLabel(data, (label, row) => {
    if (label < outputs) return false;
    const range = outputs === 1 ? '1 output (class 0)' : `${outputs} outputs (classes 0 to ${outputs - 1})`;
    const advice =
      smallest > 0 && largest - smallest < outputs
        ? `the labels are ${smallest} to ${largest}: number the classes from 0`
        : `the labels go up to ${largest}: give the model ${largest + 1} outputs, or correct the labels`;
    const other = who === 'accuracy' ? " (labelType: 'f32' for labels that are no classes)" : '';
    throw new RangeError(
      `${who}: label ${label} of ${imageName(data, row)} is out of bounds: the model has ${range}; ${advice}${other}`,
    );
  });
}

/**
 * Checks that every label says yes or no, or as a float something between.
 * @throws RangeError that names the first that does not.
 */
export function requireFindings(who: string, data: Examples): void {
  const { smallest, largest } = rangeOf(data);
  if (!(largest > 1 || smallest < 0)) return;
  const floats = data.labels?.source === 'f32';
  forEachLabel(data, (label, row, finding) => {
    if (label >= 0 && label <= 1) return false;
    const which = data.labels?.columns === 1 ? '' : `, finding ${finding},`;
    throw new RangeError(
      `${who}: label ${label} of ${imageName(data, row)}${which} is ${
        floats
          ? 'outside of 0 to 1; for other targets use another loss'
          : "neither 0 nor 1; for class numbers use crossEntropyLoss and labelType: 'u32'"
      }`,
    );
  });
}

function imageName({ role }: Examples, row: number): string {
  return `${role ? `${role} ` : ''}image ${row}`;
}
