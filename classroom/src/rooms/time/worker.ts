/** The room's Worker: kernels run here, on a device of the room's own, and the page stays free. */
import type { Grid } from '@glassbox/benchmarks/kernel';
import type { DeviceWish } from '../../worker/messages.ts';
import { serve } from '../../worker/serve.ts';
import { Bench, compiled, type Progress } from './bench.ts';
import type { LadderName, Target } from './target.ts';

let bench: Promise<Bench> | undefined;

const api = {
  /** Opens the device, and says what it is. */
  async open(wish: DeviceWish): Promise<string> {
    bench = Bench.open(wish);
    return (await bench).title;
  },
  describe: async (target: Target) => (await bench!).describe(target),
  compile: compiled,
  compare: async (
    target: Target,
    text: string,
    grid: Grid | undefined,
    rounds: number,
    progress: (now: Progress) => void,
  ) => (await bench!).compare(target, text, grid, rounds, progress),
  climb: async (ladder: LadderName, seconds: number, progress: (now: Progress) => void) =>
    (await bench!).climb(ladder, seconds, progress),
};

export type TimeApi = typeof api;

serve(api);
