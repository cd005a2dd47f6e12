/** Shader modules and pipelines, and what of the suite's modules lies outside of the subset. */
import type { CompiledKernel } from '../../src/compile.ts';
import { type RuntimeKernel, WgslError } from '../../src/index.ts';

export type Skip = (reason: string) => never;

/** What was asked of the compiler. */
export interface Tally {
  /** Modules by verdict. */
  valid: number;
  invalid: number;
  outside: number;
  dispatches: number;
}

export interface ShaderModule {
  readonly code: string;
  readonly refusal: WgslError | null;
  /** Its entry points, unless there are overrides, which have their values only in a pipeline. */
  readonly compiled: ReadonlyMap<string, CompiledKernel>;
  getCompilationInfo(): Promise<{ messages: object[] }>;
}

export interface PipelineDescriptor {
  readonly compute: {
    readonly module: ShaderModule;
    readonly entryPoint?: string;
    readonly constants?: Record<string, number>;
  };
}

export interface Pipeline {
  readonly kernel: (() => Promise<RuntimeKernel>) | null;
  getBindGroupLayout(): object;
}

/** Runs `work` and turns a refusal of kind `subset`, or one by the back end, into a skip. */
export function unlessOutside<T>(skip: Skip, tally: Tally, work: () => T): T {
  try {
    return work();
  } catch (error) {
    // The back end refuses with a plain error that starts with the place.
    const outside =
      error instanceof WgslError
        ? error.kind === 'subset'
        : error instanceof Error && /^\d+:\d+: /.test(error.message);
    if (!outside) throw error;
    tally.outside++;
    skip(
      `outside the subset: ${(error as Error).message.split('\n')[0].replace(/^\d+:\d+: (unsupported: )?/, '')}`,
    );
  }
}

/**
 * The module without the textures and samplers that nothing in it mentions. Tests about control flow declare some in
 * every module, for those of their variants that run in a fragment stage.
 */
export function withoutUnusedTextures(code: string): string {
  const declaration =
    /@group\(\d+\)\s*@binding\(\d+\)\s*var\s+(\w+)\s*:\s*(?:texture_\w+|sampler(?:_comparison)?)(?:<[^>]*>)?\s*;/g;
  return code.replace(declaration, (whole, name: string) =>
    code.match(new RegExp(`\\b${name}\\b`, 'g'))?.length === 1 ? '' : whole,
  );
}
