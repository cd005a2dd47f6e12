import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import {
  CheckpointError,
  encodeFitState,
  encodeSafetensors,
  type FitState,
  readFitState,
} from '@glassbox/nn';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { cases } from '../../../../scripts/soak/amount.ts';
import { mutated, mutation } from '../../../medmnist/test/helpers/mutations.ts';
import { explainHelp, parseExplainOptions } from '../../src/explain/options.ts';
import { parityHelp, parseParityOptions } from '../../src/parity/options.ts';
import { openInterrupted } from '../../src/run/config.ts';
import { RunFolder } from '../../src/run/folder.ts';
import { parsePracticalOptions, practicalHelp } from '../../src/run/options.ts';
import { TASK_IDS } from '../../src/tasks/ids.ts';

/**
 * Fuzzing of the command line and of what reads a run folder: a clear error or a right answer, for any input.
 * GLASSBOX_SOAK=1 tries 10,000 cases of each.
 */

const work = mkdtempSync(join(tmpdir(), 'glassbox-hostile-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** An error for people: it names something, holds no trace of the program's inside, and does nothing to a terminal. */
function expectClear(error: unknown): void {
  const message = (error as Error).message;
  expect(message.length).toBeGreaterThan(10);
  expect(message).not.toMatch(
    /undefined|is not a function|Cannot read prop|not iterable|call stack|\n {4}at /,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  expect(message.length).toBeLessThan(2000);
}

const hostileText = fc.oneof(
  fc.constantFrom(
    ...['', '-', '--', '-1', '0', '1', '3', '1e3', '1e999', 'NaN', 'Infinity', '0x10', '9'.repeat(400), '٣'],
    ...['../../etc/passwd', '/dev/null/x', '/proc/self/mem', 'a\0b', 'x'.repeat(5000), 'a/'.repeat(60_000)],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'auto',
      'wasm',
      'quick',
      'full',
      '\u001b[2J',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
function words(help: string): fc.Arbitrary<string[]> {
  const flags = [...new Set(help.match(/--[a-z]+/g)), '-h', '-x', '--no-device', '--__proto__'];
  const word = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...flags) },
    { weight: 3, arbitrary: fc.constantFrom(...TASK_IDS, 'conv2dForward', 'relu') },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom(...flags), hostileText).map((pair) => pair.join('=')) },
    { weight: 2, arbitrary: hostileText },
  );
  return fc.array(word, { maxLength: 7 });
}

describe('command lines', () => {
  it('practical: any words are understood or refused', () => {
    let understood = 0;
    fc.assert(
      fc.property(words(practicalHelp), (args) => {
        let options: ReturnType<typeof parsePracticalOptions>;
        try {
          options = parsePracticalOptions(args);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expectClear(error);
          return;
        }
        understood++;
        expect(options.tasks.length).toBeGreaterThan(0);
        expect(options.tasks.every((task) => TASK_IDS.includes(task))).toBe(true);
        expect(options.seeds).toBeGreaterThanOrEqual(1);
        expect(options.seeds).toBeLessThanOrEqual(100);
        for (const path of [options.out, options.resume, options.chest, options.pneumonia]) {
          if (path === undefined) continue;
          expect(path.startsWith('/')).toBe(process.platform !== 'win32');
          expect(path).not.toContain('\0');
        }
      }),
      { numRuns: cases(2000) },
    );
    expect(understood).toBeGreaterThan(50);
  });

  it('parity: any words are understood or refused', () => {
    fc.assert(
      fc.property(words(parityHelp), (args) => {
        try {
          const options = parseParityOptions(args);
          if (options !== 'help') expect(options.files.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expectClear(error);
        }
      }),
      { numRuns: cases(1000) },
    );
  });

  it('explain: any words are understood or refused', () => {
    fc.assert(
      fc.property(words(explainHelp), (args) => {
        try {
          parseExplainOptions(args);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expectClear(error);
        }
      }),
      { numRuns: cases(1000) },
    );
  });
});

const options = parsePracticalOptions([
  '1a',
  '2',
  '--seeds',
  '2',
  '--threads',
  '2',
  '--chest',
  '/data/c.npz',
]);
const data = (['chest', 'pneumonia'] as const).map((target) => ({
  target,
  file: `/data/${target}.npz`,
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
}));

/** A folder with whatever config.json. */
function withConfig(bytes: Uint8Array | string): string {
  const path = join(work, 'run');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'config.json'), bytes);
  return path;
}

describe('the reader of run folders', () => {
  it('takes up what a run wrote', () => {
    const { config, folder } = openInterrupted(withConfig(JSON.stringify({ options, data })));
    folder.close();
    expect(config).toEqual({ options, data });
  });

  it('config.json: changed bytes are refused or give options that a command line could', () => {
    const sound = new TextEncoder().encode(JSON.stringify({ options, data }));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        expectConfig(mutated(sound, mutations));
      }),
      { numRuns: cases(1500) },
    );
  });

  it('config.json: any JSON in any place of it', () => {
    const place = fc.constantFrom(
      ...['', 'data', 'options', ...Object.keys(options).map((k) => `options.${k}`)],
    );
    const value = fc.oneof(
      fc.jsonValue(),
      hostileText,
      fc.constantFrom(null, [], {}, [null], ['1a', '--out'], 1e21, -1),
    );
    fc.assert(
      fc.property(place, value, (where, what) => {
        const config = structuredClone({ options, data }) as Record<string, unknown>;
        const [first, second] = where.split('.');
        if (second) (config[first] as Record<string, unknown>)[second] = what;
        else if (first) config[first] = what;
        expectConfig(JSON.stringify(first ? config : what));
      }),
      { numRuns: cases(1500) },
    );
  });

  it.each(['tasks', 'budget', 'out'])('config.json: %s nested a hundred thousand deep', (name) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const text = JSON.stringify({ options: { ...options, [name]: ['@'] }, data });
    expectConfig(text.replace('"@"', deep));
  });

  function expectConfig(bytes: Uint8Array | string): void {
    const path = withConfig(bytes);
    try {
      const { config, folder } = openInterrupted(path);
      folder.close();
      const again = openInterrupted(withConfig(JSON.stringify(config)));
      again.folder.close();
      expect(again.config).toEqual(config);
      expect(config.options.tasks.every((task) => TASK_IDS.includes(task))).toBe(true);
      expect(config.options.seeds).toBeLessThanOrEqual(100);
    } catch (error) {
      expectClear(error);
      expect((error as Error).message).toMatch(/config\.json .*start a new (run|one)/s);
    }
  }

  it('stages: changed bytes are refused, the same content is taken', async () => {
    const path = withConfig(JSON.stringify({ options, data }));
    using folder = openInterrupted(path).folder;
    const result = { rows: [0.1, -0, 1e-300, Number.NaN], name: 'é "quoted"', nested: { b: 1, a: [null] } };
    const first = await folder.stage('one', async () => result);
    const file = folder.file('stages', 'one.json');
    const sound = readFileSync(file);
    const never = () => Promise.reject(new Error('computed again'));
    expect(await folder.stage('one', never)).toEqual(first);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        writeFileSync(file, mutated(sound, mutations));
        try {
          expect(await folder.stage('one', never)).toEqual(first);
        } catch (error) {
          expect((error as Error).message).toMatch(/one\.json is damaged .*delete it and resume/);
        }
      }),
      { numRuns: cases(1500) },
    );
  });

  it('states of trainings: changed bytes are refused or give whole tensors', async () => {
    const tensor = (values: number[]) =>
      ({ dtype: 'F32', shape: [values.length], data: Float32Array.from(values) }) as const;
    const model = new Map([['conv.weight', tensor([1, 2, 3])]]);
    const state: FitState = {
      epoch: 1,
      seed: 0,
      model,
      best: model,
      optimizer: {
        kind: 'SGD',
        groups: [{ size: 1, hyper: { lr: 0.1 } }],
        steps: [3],
        tensors: new Map([['momentum.0', tensor([4, 5, 6])]]),
      } as FitState['optimizer'],
      stopping: { bestEpoch: 1, bestValue: 0.5, waited: 0 },
      history: [{ epoch: 1, trainLoss: 0.7, seconds: 1, scores: {}, learningRates: [0.1] }],
      counters: {},
    };
    const { tensors, metadata } = encodeFitState(state);
    const sound = encodeSafetensors(tensors, metadata);
    const file = join(work, 'state.safetensors');
    writeFileSync(file, sound);
    expect(await readFitState(file)).toEqual(state);
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        writeFileSync(file, mutated(sound, mutations));
        try {
          const read = await readFitState(file);
          expect(read.history.length).toBe(read.epoch);
          for (const { shape, data: values } of [...read.model.values(), ...read.optimizer.tensors.values()])
            expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
          expectClear(error);
        }
      }),
      { numRuns: cases(1500) },
    );
  });

  it.each(['config.json', 'stages', 'checkpoints', 'figures'])('%s of another kind is named', (name) => {
    const path = withConfig('{}');
    rmSync(join(path, name), { recursive: true, force: true });
    if (name === 'config.json') mkdirSync(join(path, name));
    else writeFileSync(join(path, name), 'a file');
    try {
      expect(() => RunFolder.open(path, (config) => config)).toThrow(
        /config\.json cannot be read \(EISDIR\)|Cannot write to .*EEXIST/,
      );
    } finally {
      rmSync(path, { recursive: true });
    }
  });
});
