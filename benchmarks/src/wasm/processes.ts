import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { FirstStep } from './first-step.ts';

/** Milliseconds from starting a process to the loss of a net's first training step, and what it reports. */
export function firstStep(threads: number, net: string): Promise<FirstStep & { readonly ms: number }> {
  const program = join(import.meta.dirname, 'first-step.ts');
  const start = performance.now();
  const child = spawn(process.execPath, [program, String(threads), net], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    let ms = 0;
    child.stdout.on('data', (data: Buffer) => {
      text += data;
      if (text.endsWith('\n')) ms = performance.now() - start;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve({ ms, ...(JSON.parse(text) as FirstStep) });
      else reject(new Error(`the process for the first training step ended with status ${code}`));
    });
  });
}

/** Runs `work` while `count` other processes keep a core busy each. */
export async function whileBusy<T>(count: number, work: () => Promise<T>): Promise<T> {
  const others: ChildProcess[] = [];
  try {
    for (let i = 0; i < count; i++)
      others.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    return await work();
  } finally {
    for (const other of others) other.kill('SIGKILL');
  }
}
