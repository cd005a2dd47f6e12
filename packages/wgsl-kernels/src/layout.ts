/**
 * How a tensor's elements lie in its buffer.
 *
 * A tensor has a logical shape in PyTorch's order (images are N,C,H,W; filters K,C,R,S). In memory the
 * dimensions may be permuted, and some are padded to a multiple of 4 so that every kernel can work on
 * `vec4<f32>`. Two rules hold for every buffer:
 *
 * - the innermost dimension is padded to a multiple of 4;
 * - every padding element is 0, before and after every kernel.
 */
export interface Layout {
  /** Logical sizes. */
  readonly shape: readonly number[];
  /** Logical dimensions from the outermost to the innermost in memory. */
  readonly order: readonly number[];
  /** Padded size of each logical dimension. */
  readonly extents: readonly number[];
  /** Distance in elements between neighbours along each logical dimension. */
  readonly strides: readonly number[];
  /** Elements in memory, padding included: a multiple of 4. */
  readonly size: number;
}

/** Rounds up to a multiple of 4. */
export function roundUp4(value: number): number {
  return Math.ceil(value / 4) * 4;
}

function makeLayout(shape: readonly number[], order: readonly number[], extents: readonly number[]): Layout {
  const strides = new Array<number>(shape.length).fill(0);
  let size = 1;
  for (const dim of [...order].reverse()) {
    strides[dim] = size;
    size *= extents[dim];
  }
  return { shape, order, extents, strides, size: Math.max(4, size) };
}

/** The given order of dimensions, the innermost padded to a multiple of 4. */
export function orderedLayout(shape: readonly number[], order: readonly number[]): Layout {
  const inner = order.at(-1);
  return makeLayout(
    shape,
    order,
    shape.map((size, dim) => (dim === inner ? roundUp4(size) : size)),
  );
}

/**
 * Row-major (C order), the last dimension padded to a multiple of 4. The layout of everything but images and filters.
 */
export function rowMajor(shape: readonly number[]): Layout {
  return orderedLayout(
    shape,
    shape.map((_, dim) => dim),
  );
}

/**
 * Images (N,C,H,W): N,H,W,C in memory with C padded to a multiple of 4, so that a `vec4` holds four channels of
 * one pixel. With fewer than 4 channels that would waste most of the buffer: those stay row-major (`planar`).
 */
export function imageLayout(shape: readonly number[]): Layout {
  if (shape.length !== 4) throw new RangeError(`imageLayout: expected N,C,H,W but got [${shape}]`);
  return shape[1] < 4 ? rowMajor(shape) : orderedLayout(shape, [0, 2, 3, 1]);
}

/** Filters (K,C,R,S): R,S,C,K in memory, K padded to a multiple of 4, and C too unless the image is planar (C < 4). */
export function filterLayout(shape: readonly number[]): Layout {
  if (shape.length !== 4) throw new RangeError(`filterLayout: expected K,C,R,S but got [${shape}]`);
  const [k, c, r, s] = shape;
  return makeLayout(shape, [2, 3, 1, 0], [roundUp4(k), c < 4 ? c : roundUp4(c), r, s]);
}

/** True if images with this many channels are stored planar (N,C,H,W) rather than channels-last. */
export function isPlanar(channels: number): boolean {
  return channels < 4;
}

/**
 * Words of zeros after an image's data: one pixel's channels, or four words if planar. A convolution reads its
 * padding there: an index outside of the image is replaced by this block's, and the inner loop needs no branch.
 * Whoever allocates an image allocates and binds `layout.size + zeroTailWords(layout)` words; no kernel writes the
 * tail. Other tensors have none.
 */
export function zeroTailWords({ order, extents }: Layout): number {
  if (order.length !== 4 || order[0] !== 0) return 0;
  return order[3] === 1 ? extents[1] : 4;
}

/** True if both lay the same shape out in the same way. */
export function sameLayout(a: Layout, b: Layout): boolean {
  return equal(a.shape, b.shape) && equal(a.order, b.order) && equal(a.extents, b.extents);
}

/** Number of logical elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** True if both lists hold the same numbers in the same order. */
export function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

type NumberArray = Float64Array | Float32Array | Int32Array | Uint32Array;

/** Copies a dense row-major array into the layout; the padding becomes 0. */
export function pack<T extends NumberArray>(layout: Layout, dense: ArrayLike<number>, into: T): T {
  into.fill(0);
  forEachRow(layout, (index, offset, length, stride) => {
    for (let i = 0; i < length; i++) into[offset + i * stride] = dense[index + i];
  });
  return into;
}

/** Copies the tensor's elements out of the layout into a dense row-major array. */
export function unpack<T extends NumberArray>(layout: Layout, packed: ArrayLike<number>, into: T): T {
  forEachRow(layout, (index, offset, length, stride) => {
    for (let i = 0; i < length; i++) into[index + i] = packed[offset + i * stride];
  });
  return into;
}

/** Calls `visit(row-major index, offset in the buffer)` for every logical element. */
export function forEachElement(layout: Layout, visit: (index: number, offset: number) => void): void {
  forEachRow(layout, (index, offset, length, stride) => {
    for (let i = 0; i < length; i++) visit(index + i, offset + i * stride);
  });
}

/**
 * Calls `visit(row-major index, offset in the buffer, elements, distance between them in the buffer)` for every row: as
 * many of the last dimensions as have one distance between all neighbours.
 */
function forEachRow(
  { shape, strides }: Layout,
  visit: (index: number, offset: number, length: number, stride: number) => void,
): void {
  let outer = shape.length;
  let length = 1;
  let stride = 1;
  while (outer > 0 && (length === 1 || strides[outer - 1] === length * stride)) {
    outer--;
    if (length === 1) stride = strides[outer];
    length *= shape[outer];
  }
  const rows = elementCount(shape.slice(0, outer));
  const position = new Array<number>(outer).fill(0);
  let offset = 0;
  for (let row = 0; row < rows; row++) {
    visit(row * length, offset, length, stride);
    for (let dim = outer - 1; dim >= 0; dim--) {
      offset += strides[dim];
      if (++position[dim] < shape[dim]) break;
      offset -= position[dim] * strides[dim];
      position[dim] = 0;
    }
  }
}
