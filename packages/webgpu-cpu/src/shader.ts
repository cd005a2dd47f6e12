/** Shader modules, and what the compiler says about them. */
import { checkModule, WgslError } from '@glassbox/wgsl-wasm';
import { dictionary } from './convert.ts';
import { type Core, DeviceObject } from './core.ts';
import { GPUValidationError } from './errors.ts';

/** A remark of the compiler. */
export class GPUCompilationMessage implements globalThis.GPUCompilationMessage {
  declare readonly __brand: 'GPUCompilationMessage';
  /** What is wrong. */
  readonly message: string;
  /** `error` or `warning`. */
  readonly type: GPUCompilationMessageType;
  /** From 1. */
  readonly lineNum: number;
  /** From 1, in UTF-16 code units. */
  readonly linePos: number;
  /** From 0, in UTF-16 code units. */
  readonly offset: number;
  /** In UTF-16 code units. */
  readonly length: number;

  /** @internal */
  constructor({ kind, message, line, column, offset, length }: WgslError['diagnostics'][number]) {
    this.message = kind === 'subset' ? `unsupported: ${message}` : message;
    this.type = kind === 'warning' ? 'warning' : 'error';
    this.lineNum = line;
    this.linePos = column;
    this.offset = offset;
    this.length = length;
  }
}

/** All remarks about a module. */
export class GPUCompilationInfo implements globalThis.GPUCompilationInfo {
  declare readonly __brand: 'GPUCompilationInfo';
  /** In the order of the text. */
  readonly messages: readonly GPUCompilationMessage[];

  /** @internal */
  constructor(diagnostics: WgslError['diagnostics']) {
    this.messages = Object.freeze(diagnostics.map((diagnostic) => new GPUCompilationMessage(diagnostic)));
  }
}

/** What `enable` may name, for the features of a device. */
const extensionsOf = ({ features }: Core): string[] =>
  [
    ['shader-f16', 'f16'],
    ['subgroups', 'subgroups'],
  ].flatMap(([feature, extension]) => (features.has(feature) ? [extension] : []));

/** A text in WGSL. */
export class GPUShaderModule extends DeviceObject implements globalThis.GPUShaderModule {
  declare readonly __brand: 'GPUShaderModule';
  /** @internal */
  readonly kind = 'shader module';
  /** @internal */
  readonly code: string;
  /** Names of its compute shaders. @internal */
  readonly entryPoints: readonly string[] = [];
  /** Why it is not valid, or not translated; null if nothing is wrong. @internal */
  readonly refusal: WgslError | null = null;
  readonly #info: GPUCompilationInfo;

  /** @internal */
  constructor(core: Core, given: GPUShaderModuleDescriptor) {
    const descriptor = dictionary('createShaderModule', given);
    super(core, descriptor.label);
    this.code = String(descriptor.code);
    let diagnostics: WgslError['diagnostics'];
    try {
      const checked = checkModule(this.code, { extensions: extensionsOf(core) });
      this.entryPoints = checked.entryPoints.map(({ name }) => name);
      diagnostics = checked.warnings;
    } catch (error) {
      if (!(error instanceof WgslError)) throw error;
      this.refusal = error;
      this.valid = false;
      diagnostics = error.diagnostics;
      core.report(
        new GPUValidationError(`createShaderModule${this.label && ` '${this.label}'`}: ${error.message}`),
      );
    }
    this.#info = new GPUCompilationInfo(diagnostics);
  }

  /** What the compiler says about it. */
  async getCompilationInfo(): Promise<GPUCompilationInfo> {
    return this.#info;
  }
}
