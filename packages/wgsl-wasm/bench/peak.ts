/** What the machine can do at most: multiply-adds on registers alone, in WebAssembly SIMD. */
import { Assembler } from '../src/encode/assembler.ts';
import { ModuleBuilder } from '../src/encode/module.ts';
import { features } from '../src/runtime/features.ts';

const ACCUMULATORS = 12;

/** `run(n)`: n rounds of 12 independent chains of multiply-adds. */
export function peakModule(): Uint8Array<ArrayBuffer> {
  const a = new Assembler(1);
  const fused = features().relaxedSimd;
  const value = (x: number) => new Uint8Array(new Float32Array(4).fill(x).buffer);
  const chains = Array.from({ length: ACCUMULATORS }, () => a.local('v128'));
  const factor = a.local('v128');
  const term = a.local('v128');
  a.v128(value(0.999)).set(factor).v128(value(0.001)).set(term);
  for (const chain of chains) a.v128(value(1)).set(chain);
  a.open('loop');
  for (let round = 0; round < 4; round++) {
    for (const chain of chains) {
      // The accumulator is the sum, as in a matmul.
      if (fused) a.get(factor).get(term).get(chain).op('f32x4.relaxed_madd').set(chain);
      else a.get(factor).get(term).op('f32x4.mul').get(chain).op('f32x4.add').set(chain);
    }
  }
  a.get(0).i32(1).op('i32.sub').tee(0).index('br_if', 0).end();
  a.i32(0);
  a.get(chains[0]);
  for (const chain of chains.slice(1)) a.get(chain).op('f32x4.add');
  a.memory('v128.store', 0);
  const module = new ModuleBuilder({ sharedMemory: false });
  module.add(['i32'], [], a, 'peak', 'run');
  return module.finish();
}

/** GFLOPS of one thread, the best of several short runs. */
export function measurePeak(): number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(peakModule()), { env: { memory } });
  const run = instance.exports.run as (n: number) => void;
  for (let i = 0; i < 30; i++) run(20_000);
  let best = 0;
  for (let i = 0; i < 30; i++) {
    const rounds = 50_000;
    const start = performance.now();
    run(rounds);
    const seconds = (performance.now() - start) / 1000;
    best = Math.max(best, (rounds * 4 * ACCUMULATORS * 8) / seconds / 1e9);
  }
  return best;
}
