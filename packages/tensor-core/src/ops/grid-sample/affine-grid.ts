import { checkOptions, checkValue, flag, list, type OptionTable, whole } from '@glassbox/options';
import { requireFloats } from '../../primitives/operands.ts';
import { type Tensor, tensor } from '../../tensor.ts';
import { reshape } from '../copy/layout.ts';
import { matmul } from '../matmul/matmul.ts';

/** Where the ends of an image are. */
export interface AffineGridOptions {
  /** -1 and 1 are the middles of the corner pixels, not their outer edges. Default false. */
  readonly alignCorners?: boolean;
}

const optionNames: OptionTable<AffineGridOptions> = { alignCorners: flag };
const imageShape = { ...list(whole(1), 4), what: 'four whole numbers above 0: [N,C,H,W]' };

/**
 * A grid for `gridSample` from matrices, as torch.nn.functional.affine_grid: at line i and column j of image n it is
 * theta[n] · (x, y, 1), where x and y go from -1 to 1 over the image.
 * @param theta [N,2,3]
 * @param size of the images that the grid will give, [N,C,H,W]
 * @returns [N,H,W,2]
 */
export function affineGrid(theta: Tensor, size: readonly number[], options: AffineGridOptions = {}): Tensor {
  requireFloats('affineGrid', [theta]);
  checkValue('affineGrid', 'size', size, imageShape);
  checkOptions('affineGrid', options, optionNames);
  const [n, , h, w] = size;
  if (String(theta.shape) !== String([n, 2, 3])) {
    throw new RangeError(
      `affineGrid: theta is [${theta.shape}], but must be [${n},2,3] for images [${size}]`,
    );
  }
  const { alignCorners = false } = options;
  const at = (k: number, count: number) => {
    if (!alignCorners) return (2 * k + 1) / count - 1;
    return count > 1 ? (2 * k) / (count - 1) - 1 : 0;
  };
  const places = Array.from({ length: h * w }, (_, p) => [at(p % w, w), at(Math.floor(p / w), h), 1]);
  const grid = tensor(theta.runtime, places.flat(), [1, h * w, 3]);
  return reshape(matmul(grid, theta, { transposeB: true }), [n, h, w, 2]);
}
