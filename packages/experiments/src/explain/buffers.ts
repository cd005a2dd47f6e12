import { type Kernel, type KernelBinding, type Layout, zeroTailWords } from '@glassbox/wgsl-kernels';

/** A buffer that is no tensor: an arena, partial sums, row numbers. */
export interface PlainBuffer {
  readonly words: number;
  /** What lies in it, in a few words. */
  readonly about: string;
  /** What it starts with; by default random floats, or zeros if its elements are integers. */
  readonly data?: ArrayLike<number>;
}

export type ExampleBuffer = Layout | PlainBuffer;

/** Size of the buffer in 32-bit words, with the zeros after an image's data. */
export function wordsOf(buffer: ExampleBuffer): number {
  return 'words' in buffer ? Math.max(4, buffer.words) : buffer.size + zeroTailWords(buffer);
}

/** A line on how the buffer lies in memory, for example `[64,16,14,14] as N,H,W,C; 200,704 words + 16 zeros`. */
export function describeBuffer(buffer: ExampleBuffer): string {
  const count = (words: number) => `${words.toLocaleString('en')} words`;
  if ('words' in buffer) return `${buffer.about}; ${count(wordsOf(buffer))}`;
  const { shape, order, extents, size } = buffer;
  const tail = zeroTailWords(buffer);
  const padded = shape.some((length, dim) => length !== extents[dim]);
  return [
    shape.length === 0 ? 'a scalar' : `[${shape}] ${orderName(order)}`,
    padded ? `, padded to [${extents}]` : '',
    `; ${count(size)}`,
    tail > 0 ? ` + ${tail} zeros, for taps outside of the image` : '',
  ].join('');
}

function orderName(order: readonly number[]): string {
  const key = order.join();
  if (key === '0,2,3,1') return 'as N,H,W,C';
  if (key === '2,3,1,0') return 'as R,S,C,K';
  if (key === '2,3,0,1') return 'as R,S,K,C';
  return order.every((dim, index) => dim === index) ? 'row-major' : `in order ${key}`;
}

/** The buffer behind a kernel's binding. @throws Error if the example does not know the name. */
export function bufferOf(
  buffers: Readonly<Record<string, ExampleBuffer>>,
  kernel: Kernel,
  { name }: KernelBinding,
): ExampleBuffer {
  const buffer = buffers[name];
  if (buffer) return buffer;
  throw new Error(
    `explain: ${kernel.name} binds '${name}', but its example has only ${Object.keys(buffers).join(', ')}`,
  );
}
