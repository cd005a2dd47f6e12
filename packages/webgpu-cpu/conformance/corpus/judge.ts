/** What becomes of a module here, and whether Dawn agrees. */
import { checkModule, compileKernel, WgslError } from '@glassbox/wgsl-wasm';
import { installNavigatorGpu } from '../../../../benchmarks/src/peers/workers/navigator-gpu.ts';
import type { Module } from './modules.ts';

/**
 * `compiles`: all of its compute shaders; `checked`: valid, without a compute shader; `refused`: by the name of what is
 * not translated; `invalid`: no valid WGSL, and Dawn agrees; `fault`: anything else.
 */
export const verdicts = ['compiles', 'checked', 'refused', 'invalid', 'fault'] as const;
export interface Verdict {
  readonly verdict: (typeof verdicts)[number];
  readonly reason: string;
}

/** Whether Dawn takes a module; null if it cannot be asked. */
export type Judge = (code: string) => Promise<boolean | null>;

/** Dawn on a software adapter. */
export async function openDawn(): Promise<Judge> {
  installNavigatorGpu('software');
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) {
    console.error('There is no adapter for Dawn here: modules that are not valid are not judged by it.');
    return async () => null;
  }
  const half = adapter.features.has('shader-f16');
  const device = await adapter.requestDevice({ requiredFeatures: half ? ['shader-f16'] : [] });
  return async (code) => {
    if (!half && /\benable\b[^;]*\bf16\b/.test(code)) return null;
    device.pushErrorScope('validation');
    device.createShaderModule({ code });
    return (await device.popErrorScope()) === null;
  };
}

/** What becomes of a module here, and whether Dawn agrees. */
export async function judge({ code }: Module, isValid: Judge): Promise<Verdict> {
  const ours = compiled(code);
  if (ours.verdict === 'refused' || ours.verdict === 'fault') return ours;
  const dawn = await isValid(code);
  if (dawn === null || dawn === (ours.verdict !== 'invalid')) return ours;
  const what = dawn ? `Dawn takes it, and here: ${ours.reason}` : 'Dawn refuses it, and it is valid here';
  return { verdict: 'fault', reason: what };
}

/** What becomes of a module here. */
export function compiled(code: string): Verdict {
  let entryPoints: readonly { readonly name: string }[];
  try {
    ({ entryPoints } = checkModule(code, { extensions: ['f16'] }));
  } catch (error) {
    if (!(error instanceof WgslError)) return { verdict: 'fault', reason: String(error) };
    return { verdict: error.kind === 'subset' ? 'refused' : 'invalid', reason: withoutPlace(error.message) };
  }
  for (const { name } of entryPoints) {
    try {
      compileKernel(code, { entryPoint: name, robust: true });
    } catch (error) {
      // Its value comes with a pipeline.
      if (error instanceof WgslError && error.kind === 'override') continue;
      const { message } = error as Error;
      // The back end refuses with a plain error that starts with the place.
      const refused = (error instanceof WgslError && error.kind === 'subset') || /^\d+:\d+: /.test(message);
      return { verdict: refused ? 'refused' : 'fault', reason: withoutPlace(message) };
    }
  }
  return { verdict: entryPoints.length > 0 ? 'compiles' : 'checked', reason: '' };
}

const withoutPlace = (message: string): string =>
  message
    .split('\n')[0]
    .replace(/^\d+:\d+: /, '')
    .replace(/^(unsupported|error): /, '');
