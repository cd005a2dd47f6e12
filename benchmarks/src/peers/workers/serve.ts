import { createInterface } from 'node:readline';
import type { Answer, Losses, Memory, Prepared, Request, Timings } from '../protocol.ts';

type Of<D extends Request['do']> = Extract<Request, { readonly do: D }>;

/** What a contender written in JavaScript can do; what is absent it answers with an error. */
export interface Work {
  prepare(request: Of<'prepare'>): Promise<Prepared>;
  /** Runs one step, or a few; resolves with how many once they are done. */
  train?(): Promise<number>;
  infer?(): Promise<number>;
  prepareOp?(request: Of<'prepareOp'>): Promise<Prepared>;
  op?(): Promise<number>;
  losses?(request: Of<'losses'>): Promise<Losses>;
  prepareEpoch?(request: Of<'prepareEpoch'>): Promise<Prepared>;
  epoch?(): Promise<void>;
}

/** Answers requests from stdin until it closes. */
export async function serve(name: string, work: Work): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    let answer: Answer | { error: string };
    try {
      answer = await reply(name, work, JSON.parse(line) as Request);
    } catch (error) {
      answer = { error: firstLine(error instanceof Error ? error.message : String(error)) };
    }
    process.stdout.write(`@${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

const words = { train: 'training', infer: 'inference', op: 'single operations' };

async function reply(name: string, work: Work, request: Request): Promise<Answer> {
  switch (request.do) {
    case 'prepare':
      return work.prepare(request);
    case 'train':
    case 'infer':
    case 'op': {
      const step = work[request.do]?.bind(work);
      if (!step) throw new Error(`${name} has no ${words[request.do]}`);
      return repeat(step, request.seconds);
    }
    case 'prepareOp':
      if (!work.prepareOp) throw new Error(`${name} is not measured over single operations`);
      return work.prepareOp(request);
    case 'losses':
      if (!work.losses) throw new Error(`${name} does not start from our weights`);
      return work.losses(request);
    case 'prepareEpoch':
      if (!work.prepareEpoch) throw new Error(`${name} is not measured over whole epochs`);
      return work.prepareEpoch(request);
    case 'epoch': {
      if (!work.epoch) throw new Error(`${name} is not measured over whole epochs`);
      const start = performance.now();
      await work.epoch();
      return { ms: [performance.now() - start] };
    }
    case 'memory':
      return { peakRssBytes: process.resourceUsage().maxRSS * 1024 } satisfies Memory;
  }
}

async function repeat(step: () => Promise<number>, seconds: number): Promise<Timings> {
  const ms: number[] = [];
  const end = performance.now() + 1000 * seconds;
  do {
    const start = performance.now();
    const steps = await step();
    ms.push((performance.now() - start) / steps);
  } while (performance.now() < end);
  return { ms };
}

function firstLine(message: string): string {
  return message.split('\n').find((line) => line.trim() !== '') ?? 'failed without a message';
}
