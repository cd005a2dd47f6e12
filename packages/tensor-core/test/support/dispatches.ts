import type { Runtime } from '../../src/index.ts';

/** Names of the kernels that `body` asks for. */
export function kernelsOf(runtime: Runtime, body: () => unknown): string[] {
  const names: string[] = [];
  const run = runtime.run;
  runtime.run = (kernel, operands) => {
    names.push(kernel.name);
    run.call(runtime, kernel, operands);
  };
  try {
    body();
  } finally {
    runtime.run = run;
  }
  return names;
}
