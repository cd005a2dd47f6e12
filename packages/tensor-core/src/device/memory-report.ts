/** A buffer as far as error messages are concerned. */
export interface HeldBuffer {
  readonly bytes: number;
  /** Who asked for it: usually a kernel's name. */
  readonly label: string;
}

/** What a device holds and who asked for most of it, for errors about memory. */
export function describeHeld(buffers: Iterable<HeldBuffer>): string {
  const byLabel = new Map<string, { bytes: number; count: number }>();
  let [bytes, count] = [0, 0];
  for (const buffer of buffers) {
    const group = byLabel.get(buffer.label) ?? { bytes: 0, count: 0 };
    byLabel.set(buffer.label, { bytes: group.bytes + buffer.bytes, count: group.count + 1 });
    bytes += buffer.bytes;
    count++;
  }
  const largest = [...byLabel].sort(([, a], [, b]) => b.bytes - a.bytes).slice(0, 3);
  const shares = largest.map(([label, group]) => `${label} ${size(group.bytes)} in ${group.count}`);
  const held = `${size(bytes)} are held in ${count} buffers`;
  return shares.length > 0 ? `${held}, most by ${shares.join(', ')}` : held;
}

/** What to do when memory runs out: appended to errors about it. */
export const freeingAdvice =
  'A training loop whose body is runtime.step(() => { …; return loss; }) frees what each pass made when it ends; ' +
  'outside of a step only the garbage collector does, which a loop without a pause may never give its turn.';

/** Bytes for people: `3.2 MiB`, and the exact number where it is small. */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${units[unit]}`;
}
