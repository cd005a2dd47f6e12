/** What the JavaScript engine can do, found by trying. */
import { Assembler } from '../encode/assembler.ts';
import { ModuleBuilder } from '../encode/module.ts';

/** What a JavaScript engine can do. */
export interface Features {
  /** Fused multiply-add on vectors. */
  readonly relaxedSimd: boolean;
  /** Memory that several threads can use. In a page: only with cross-origin isolation. */
  readonly sharedMemory: boolean;
}

function validates(sharedMemory: boolean, write: (a: Assembler) => void): boolean {
  const body = new Assembler(0);
  write(body);
  const module = new ModuleBuilder({ sharedMemory });
  module.add([], [], body, 'probe');
  return WebAssembly.validate(module.finish());
}

function probe(): Features {
  const zero = new Uint8Array(16);
  if (!validates(false, (a) => a.v128(zero).v128(zero).op('f32x4.add').op('drop'))) {
    throw new Error(
      'this JavaScript engine has no WebAssembly SIMD; use Node 20 or later, or a browser from 2021 on',
    );
  }
  const relaxedSimd = validates(false, (a) =>
    a.v128(zero).v128(zero).v128(zero).op('f32x4.relaxed_madd').op('drop'),
  );
  const sharedMemory =
    typeof SharedArrayBuffer !== 'undefined' &&
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false &&
    validates(true, (a) => a.i32(0).memory('i32.atomic.load', 0).op('drop'));
  return { relaxedSimd, sharedMemory };
}

let found: Features | null = null;

/** The engine's features. Throws when it has no SIMD at all. */
export function features(): Features {
  found ??= probe();
  return found;
}
