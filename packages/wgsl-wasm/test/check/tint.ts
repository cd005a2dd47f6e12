/** Tint, inside Dawn's null backend, as the judge of what is valid WGSL. Nothing runs on it and no GPU is needed. */
import { create, globals } from 'webgpu';

/** What Tint says about one module: `null` when it is valid, else its first error. */
export type Verdict = { readonly line: number; readonly column: number; readonly message: string } | null;

export interface Tint {
  judge(source: string): Promise<Verdict>;
  /** Language features that this build accepts in `requires`. */
  readonly features: readonly string[];
  close(): void;
}

// Dawn crashes the process when its root object is collected while a promise is in flight: keep one as long as it runs.
const kept: unknown[] = [];

export async function openTint(): Promise<Tint> {
  Object.assign(globalThis, globals);
  const gpu = create(['backend=null']);
  kept.push(gpu);
  const adapter = await gpu.requestAdapter();
  if (!adapter)
    throw new Error("Dawn's null backend offers no adapter; is the npm package webgpu 0.6.2 installed?");
  const device = await adapter.requestDevice({ requiredFeatures: ['shader-f16', 'subgroups'] });
  kept.push(adapter, device);
  return {
    features: [...((gpu as GPU).wgslLanguageFeatures ?? [])],
    async judge(source) {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code: source });
      const info = await module.getCompilationInfo();
      await device.popErrorScope();
      const first = info.messages.find((m) => m.type === 'error');
      return first ? { line: first.lineNum, column: first.linePos, message: first.message } : null;
    },
    close: () => device.destroy(),
  };
}
