import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import {
  cli,
  expectSameMetrics,
  expectWholeFiles,
  practical,
  resultsOf,
  seededRandom,
  smallData,
  workFolder,
} from './support.ts';

/** Times that a run is killed. */
const kills = amount(4, 200);

const { work, remove } = workFolder();
afterAll(remove);
const files = await smallData(work);

interface Ending {
  /** 0 where the run was done before it could be killed. */
  readonly code: number | null;
  readonly stderr: string;
}

/**
 * Runs the practical and kills it, either after a time or as soon as something in the folder was written, created or
 * renamed for the n-th time.
 */
function killed(
  args: readonly string[],
  folder: string,
  moment: { after: number } | { writes: number },
): Promise<Ending> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    let seen = 0;
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    const kill = () => child.kill('SIGKILL');
    const timer = 'after' in moment ? setTimeout(kill, moment.after) : undefined;
    const watcher = watch(folder, { recursive: true }, () => {
      if ('writes' in moment && ++seen >= moment.writes) kill();
    });
    watcher.on('error', () => {});
    child.on('close', (code) => {
      clearTimeout(timer);
      watcher.close();
      settle({ code, stderr });
    });
  });
}

/** Files left behind by writes that were cut short. */
const asides = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(tmp|part)$/.test(name));

describe('a run killed at any moment', { timeout: 120_000 + 12_000 * kills }, () => {
  it(`goes on to the same bits: ${kills} kills`, async () => {
    const random = seededRandom();
    const whole = join(work, 'whole');
    const started = performance.now();
    expect(practical('1a', ...files, '--out', whole)).toMatchObject({ status: 0, stderr: '' });
    const duration = performance.now() - started;
    const expected = resultsOf(whole).rows;

    const parent = join(work, 'killed');
    const broken = join(parent, 'run');
    mkdirSync(parent);
    const fresh = ['1a', ...files, '--out', broken];
    let done = 0;
    let finished = 0;
    let wholeFiles = 0;
    let byWrite = 0;
    const check = (ending: Ending) => {
      expect(ending.stderr).toBe('');
      expect(ending.code).toBe(0);
      const found = resultsOf(broken).rows;
      expect(found.map(({ logOdds }) => logOdds)).toEqual(expected.map(({ logOdds }) => logOdds));
      expect(found.map(({ history }) => history)).toEqual(expected.map(({ history }) => history));
      expect(asides(broken)).toEqual([]);
      expectSameMetrics(broken);
      rmSync(broken, { recursive: true });
      finished++;
    };
    const next = () => {
      if (existsSync(join(broken, 'config.json'))) return ['--resume', broken];
      rmSync(broken, { recursive: true, force: true });
      return fresh;
    };
    while (done < kills) {
      const args = next();
      const writes = random.next() < 0.5;
      const moment = writes
        ? { writes: 1 + Math.floor(random.next() * 40) }
        : { after: duration * (0.05 + 0.9 * random.next()) };
      const ending = await killed(args, parent, moment);
      if (ending.code !== null) check(ending);
      else {
        expect(ending.stderr).toBe('');
        done++;
        if (writes) byWrite++;
        if (existsSync(broken)) wholeFiles += expectWholeFiles(broken);
        if (done % 20 === 0) console.log(`${done} kills of ${kills}, ${finished} runs finished`);
      }
    }
    check(await killed(next(), parent, { writes: Number.POSITIVE_INFINITY }));
    console.log(
      `seed ${random.seed}: ${done} kills (${byWrite} of them at a write), ${finished} ` +
        `runs finished to the same bits, ${wholeFiles} files read whole`,
    );
  });
});
