/**
 * The descent of t-SNE: exact gradients of the divergence, momentum and a gain for each coordinate, as in van der
 * Maaten's own code. Float64; each pair of points is visited once in each of two passes.
 */

/** Attraction is this much stronger in the first iterations, so that clusters form while points can still pass. */
const EXAGGERATION = 4;
const EXAGGERATED = 100;
/** Momentum is raised from .5 to .8 after this many iterations. */
export const EARLY = 250;

/** A layout [n, 2] on its way down. */
export class Descent {
  /** Row-major [n, 2]; changed in place. */
  readonly layout: Float64Array;
  readonly #p: Float64Array;
  readonly #n: number;
  readonly #rate: number;
  readonly #kernel: Float64Array;
  readonly #step: Float64Array;
  readonly #gains: Float64Array;
  #iteration: number;

  /**
   * @param p joint probabilities [n, n], symmetric (`jointProbabilities`)
   * @param start row-major [n, 2]; kept and changed
   * @param grown the layout has its size already: no exaggeration, and the later momentum from the first iteration
   */
  constructor(p: Float64Array, start: Float64Array, n: number, grown = false) {
    this.#p = p;
    this.#iteration = grown ? EARLY : 0;
    this.layout = start;
    this.#n = n;
    // Belkina et al. 2019, as scikit-learn's learning_rate='auto': n over early exaggeration over 4, at least 50.
    this.#rate = Math.max(50, n / 48);
    this.#kernel = new Float64Array((n * (n - 1)) / 2);
    this.#step = new Float64Array(2 * n);
    this.#gains = new Float64Array(2 * n).fill(1);
  }

  run(iterations: number): void {
    const { layout: y } = this;
    const step = this.#step;
    const gains = this.#gains;
    for (let turn = 0; turn < iterations; turn++) {
      const iteration = ++this.#iteration;
      const gradient = this.#gradient(iteration < EXAGGERATED ? EXAGGERATION : 1);
      const momentum = iteration < EARLY ? 0.5 : 0.8;
      const mean = [0, 0];
      for (let i = 0; i < y.length; i++) {
        const agree = Math.sign(gradient[i]) === Math.sign(step[i]);
        gains[i] = Math.max(0.01, agree ? gains[i] * 0.8 : gains[i] + 0.2);
        step[i] = momentum * step[i] - this.#rate * gains[i] * gradient[i];
        y[i] += step[i];
        mean[i % 2] += y[i] / this.#n;
      }
      for (let i = 0; i < y.length; i++) y[i] -= mean[i % 2];
    }
  }

  /** 4 sum_j (exaggeration p_ij - q_ij) k_ij (y_i - y_j), with q = k / sum k and k = 1 / (1 + |y_i - y_j|^2). */
  #gradient(exaggeration: number): Float64Array {
    const n = this.#n;
    const { layout: y } = this;
    const p = this.#p;
    const kernel = this.#kernel;
    let total = 0;
    for (let i = 0, pair = 0; i < n; i++) {
      const x0 = y[2 * i];
      const y0 = y[2 * i + 1];
      for (let j = i + 1; j < n; j++, pair++) {
        const dx = x0 - y[2 * j];
        const dy = y0 - y[2 * j + 1];
        total += 2 * (kernel[pair] = 1 / (1 + dx * dx + dy * dy));
      }
    }
    const gradient = new Float64Array(2 * n);
    for (let i = 0, pair = 0; i < n; i++) {
      const x0 = y[2 * i];
      const y0 = y[2 * i + 1];
      let gx = 0;
      let gy = 0;
      for (let j = i + 1; j < n; j++, pair++) {
        const k = kernel[pair];
        const pull = 4 * (exaggeration * p[i * n + j] - k / total) * k;
        const fx = pull * (x0 - y[2 * j]);
        const fy = pull * (y0 - y[2 * j + 1]);
        gx += fx;
        gy += fy;
        gradient[2 * j] -= fx;
        gradient[2 * j + 1] -= fy;
      }
      gradient[2 * i] += gx;
      gradient[2 * i + 1] += gy;
    }
    return gradient;
  }
}
