import type { Device } from '@glassbox/tensor-core';

/** `wasm, 2 threads`, `webgpu: SwiftShader …`: a device in a few words. */
export function deviceTitle({ info }: Device): string {
  const { kind, adapter, threads, vectorBits } = info;
  if (threads === undefined) return `${kind}: ${adapter}`;
  return `${kind}, ${threads} threads${vectorBits ? `, ${vectorBits} bits` : ''}`;
}
