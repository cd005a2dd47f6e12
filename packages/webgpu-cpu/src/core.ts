/** What all objects of a device share: its runtime, its limits, its error scopes, and whether it is lost. */
import type { WasmRuntime } from '@glassbox/wgsl-wasm';
import { word } from './convert.ts';
import {
  exception,
  GPUDeviceLostInfo,
  type GPUError,
  GPUInternalError,
  GPUOutOfMemoryError,
  GPUValidationError,
} from './errors.ts';
import type { GPUSupportedLimits } from './limits.ts';

const FILTERS = ['validation', 'out-of-memory', 'internal'] as const;

/** Thrown where a rule is broken, and caught by `Core.holds`. */
class Broken extends Error {}

/** @throws what `Core.holds` reports, unless `condition` is true @internal */
export function rule(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new Broken(typeof message === 'string' ? message : message());
}

/** Does what may break a rule. @returns the message of the rule that is broken, null if all hold @internal */
export function broken(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return error.message;
  }
}

const filterOf = (error: GPUError): GPUErrorFilter => {
  if (error instanceof GPUOutOfMemoryError) return 'out-of-memory';
  return error instanceof GPUInternalError ? 'internal' : 'validation';
};

/** How an object is named in messages: `the buffer 'x'`. @internal */
export const named = (kind: string, label: string): string =>
  label ? `the ${kind} '${label}'` : `a ${kind}`;

/** @internal */
export class Core {
  readonly runtime: WasmRuntime;
  readonly limits: GPUSupportedLimits;
  readonly features: ReadonlySet<string>;
  /** Called with errors that no scope catches. */
  onUncaptured: (error: GPUError) => void = () => {};
  /** Called once when the device is lost. */
  onLost: () => void = () => {};
  /** Why it is lost; null while it is not. */
  lostInfo: GPUDeviceLostInfo | null = null;
  readonly lost: Promise<GPUDeviceLostInfo>;
  #lose: (info: GPUDeviceLostInfo) => void = () => {};
  /** The innermost is the last. */
  readonly scopes: { readonly filter: GPUErrorFilter; error: GPUError | null }[] = [];

  constructor(runtime: WasmRuntime, limits: GPUSupportedLimits, features: ReadonlySet<string>) {
    this.runtime = runtime;
    this.limits = limits;
    this.features = features;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    runtime.onRace = (message) => this.report(new GPUValidationError(message));
  }

  // --- errors -------------------------------------------------------------------------------------------------------

  /** Gives an error to the innermost scope that catches its kind. A device that is lost reports nothing more. */
  report(error: GPUError): void {
    if (this.lostInfo) return;
    const filter = filterOf(error);
    const scope = this.scopes.findLast((candidate) => candidate.filter === filter);
    if (scope) scope.error ??= error;
    else this.onUncaptured(error);
  }

  /** Does what may break a rule (`rule`), and reports it; `what` starts the message. @returns whether all rules hold */
  holds(what: string, work: () => void): boolean {
    return this.broken(what, work) === null;
  }

  /** The same. @returns what was reported, null if all rules hold */
  broken(what: string, work: () => void): string | null {
    const rule = broken(work);
    if (rule === null) return null;
    const message = `${what}: ${rule}`;
    this.report(new GPUValidationError(message));
    return message;
  }

  pushErrorScope(filter: GPUErrorFilter): void {
    this.scopes.push({ filter: word('pushErrorScope', 'filter', filter, FILTERS), error: null });
  }

  async popErrorScope(): Promise<GPUError | null> {
    if (this.lostInfo) return null;
    const scope = this.scopes.pop();
    if (!scope) throw exception('OperationError', 'popErrorScope: there is no error scope to end');
    return scope.error;
  }

  /** What `work` reports of a kind goes to nobody else. */
  captured(filter: GPUErrorFilter, work: () => void): GPUError | null {
    const scope = { filter, error: null as GPUError | null };
    this.scopes.push(scope);
    try {
      work();
    } finally {
      this.scopes.splice(this.scopes.lastIndexOf(scope), 1);
    }
    return scope.error;
  }

  // --- loss ---------------------------------------------------------------------------------------------------------

  lose(reason: GPUDeviceLostReason, message: string): void {
    if (this.lostInfo) return;
    this.lostInfo = new GPUDeviceLostInfo(reason, message);
    this.onLost();
    this.#lose(this.lostInfo);
    void this.runtime.destroy();
  }

  /** Waits for what was submitted so far. A failure of a kernel loses the device, and nobody has to hear it here. */
  async settled(): Promise<void> {
    if (this.lostInfo) return;
    try {
      await this.runtime.synchronize();
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** A kernel failed: the device is lost. Said as an uncaptured error, too, since few programs look at `lost`. */
  fail({ message }: Error): void {
    if (this.lostInfo) return;
    this.onUncaptured(new GPUInternalError(message));
    this.lose('unknown', message);
  }

  /** Why nothing works any more, for errors. */
  get lostText(): string {
    return `the device is lost: ${this.lostInfo?.message}`;
  }
}

/** What belongs to a device. */
export abstract class DeviceObject {
  /** Its name in messages. */
  label: string;
  /** @internal */
  readonly core: Core;
  /** False if it broke a rule when it was made: what uses it breaks one, too. @internal */
  valid = true;
  /** @internal */
  abstract readonly kind: string;

  /** @internal */
  constructor(core: Core, label: unknown) {
    this.core = core;
    this.label = label === undefined ? '' : String(label);
  }

  /** `the buffer 'x'`. @internal */
  get named(): string {
    return named(this.kind, this.label);
  }

  /** @throws what `Core.holds` reports if it is not valid, or of another device. @internal */
  requireValid(core: Core): void {
    rule(this.core === core, () => `${this.named} belongs to another device`);
    rule(this.valid, () => `${this.named} is not valid: an error was reported when it was made`);
  }
}
