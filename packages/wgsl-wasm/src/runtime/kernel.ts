/**
 * A kernel as the runtime keeps it. In a page a kernel that needs rare parts of the compiler (`compiler.ts`) is
 * compiled when these have come over the network, and everything that is submitted from then on waits.
 */
import type { CompiledKernel } from '../compile.ts';
import type { RuntimeKernel } from './types.ts';

/** What is known of a kernel once it is compiled. */
export type Made = Pick<RuntimeKernel, 'compiled' | 'index' | 'tables'>;

export class Kernel implements RuntimeKernel {
  readonly name: string;
  #made: Made | Error | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** True while it waits for parts of the compiler. */
  get isLate(): boolean {
    return this.#made === undefined;
  }

  get compiled(): CompiledKernel {
    return this.#known.compiled;
  }

  get index(): number {
    return this.#known.index;
  }

  get tables(): number {
    return this.#known.tables;
  }

  /** It is compiled, or cannot be. */
  become(made: Made | Error): void {
    this.#made = made;
  }

  get #known(): Made {
    if (this.#made instanceof Error) throw this.#made;
    if (!this.#made) throw new Error(`kernel '${this.name}' is not compiled yet: await synchronize() before`);
    return this.#made;
  }
}
