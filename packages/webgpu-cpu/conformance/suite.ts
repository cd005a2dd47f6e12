/** Runs test files of the conformance suite, subcase by subcase, and says how each ended. */
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { create, globals } from '../src/index.ts';
import { type Hooks, installHooks, type Tally } from './hooks.ts';
import { registerSuite } from './load.ts';
import { sample } from './sample.ts';

export interface Outcome {
  /** The test file below `src/webgpu`, without its ending, as `shader/validation/parse/literal`. */
  readonly file: string;
  readonly test: string;
  readonly params: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or what was expected. */
  readonly message: string;
}

/** The suite's own recorder of what happens in a test. */
interface Recorder {
  start(): void;
  finish(): void;
  threw(error: unknown): void;
}

/** One case of the suite: parameters and, maybe, subcases. These are fields of its class `RunCaseSpecific`. */
interface Case {
  readonly params: object;
  readonly subcases: readonly object[] | undefined;
  readonly isUnimplemented: boolean;
  readonly fixture: { MakeSharedState(recorder: Recorder, params: object): SharedState };
  readonly beforeFn?: (state: SharedState) => void | Promise<void>;
  runTest(
    recorder: Recorder,
    state: SharedState,
    params: object,
    throwSkip: boolean,
    expected: 'pass',
  ): Promise<void>;
}

interface SharedState {
  init(): Promise<void>;
  postInit(): Promise<void>;
  finalize(): Promise<void>;
}

interface TestFile {
  readonly g: {
    iterate(): Iterable<{ readonly testPath: readonly string[]; iterate(filter: null): Iterable<Case> }>;
  };
}

interface Result {
  status: string;
  timems: number;
  logs?: { readonly name: string; readonly message: string; readonly extra?: unknown }[];
}

/** Leaves out what the suite keeps to itself. */
const shown = (key: string, value: unknown) =>
  key.startsWith('_') ? undefined : typeof value === 'bigint' ? `${value}n` : value;

/**
 * Test files about what is outside the subset as a whole, by a word in their paths: their tests are counted, and not
 * run.
 */
const OUTSIDE = new RegExp(
  [
    'texture_(?:utils|ok)|external_texture|texture(?:Gather|Sample|NumSamples|Barrier)',
    'execution.*(?:dpd[xy]|fwidth|derivatives|fragment|vertex|interpolate|discard|invariant|locations|user_io)',
    'execution.*(?:dual_source|clip_distances)',
  ].join('|'),
);

export class Suite {
  readonly tally: Tally = { valid: 0, invalid: 0, outside: 0, dispatches: 0 };
  private readonly folder: string;
  private hooks!: Hooks;
  /** The first reason to skip the subcase that runs. */
  private missed: string | undefined;
  private recorder!: new (
    result: Result,
    debugging: boolean,
  ) => Recorder;
  private mergeParams!: (a: object, b: object) => object;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Opens a checkout of the suite (the folder that holds its `src`). */
  static async open(folder: string): Promise<Suite> {
    const suite = new Suite(folder);
    registerSuite(folder);
    Object.assign(globalThis, globals);
    const load = (path: string) => import(pathToFileURL(join(folder, 'src', path)).href);
    const { SkipTestCase } = await load('common/framework/fixture.ts');
    const { setGPUProvider } = await load('common/util/navigator_gpu.ts');
    suite.recorder = (await load('common/internal/logging/test_case_recorder.ts')).TestCaseRecorder;
    suite.mergeParams = (await load('common/internal/params_utils.ts')).mergeParams;
    const skip = (reason: string): never => {
      suite.missed ??= reason;
      throw new SkipTestCase(reason);
    };
    suite.hooks = installHooks(skip, suite.tally);
    const gpu = create({ threads: 1 });
    setGPUProvider(() => gpu);
    return suite;
  }

  /** Test files below `src/webgpu`, without ending, whose path contains one of `filters`. */
  files(filters: readonly string[]): string[] {
    const root = join(this.folder, 'src/webgpu');
    return globSync('{api,shader}/**/*.spec.ts', { cwd: root })
      .map((file) =>
        relative('.', file)
          .replaceAll('\\', '/')
          .replace(/\.spec\.ts$/, ''),
      )
      .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
      .sort();
  }

  /**
   * Runs the tests of a file.
   * @param every one in so many subcases of each test runs; those of files that are skipped as a whole all count
   * @param onTest gets the number of subcases of each test
   */
  async *run(
    file: string,
    every = 1,
    onTest: (subcases: number) => void = () => {},
  ): AsyncGenerator<Outcome> {
    const url = pathToFileURL(join(this.folder, 'src/webgpu', `${file}.spec.ts`)).href;
    const { g }: TestFile = await import(url);
    const [word] = OUTSIDE.exec(file) ?? [];
    this.hooks.leaveOutUnused = file.includes('/uniformity/');
    this.hooks.leaveOutAttachments = /^(shader\/execution|api\/operation(?!\/reflection))/.test(file);
    for (const test of g.iterate()) {
      const name = test.testPath.join(',');
      const cases = [...test.iterate(null)].filter(({ isUnimplemented }) => !isUnimplemented);
      const count = cases.reduce((sum, { subcases }) => sum + (subcases?.length ?? 1), 0);
      onTest(count);
      const isChosen = word ? () => true : sample(`${file}:${name}`, count, every);
      let first = 0;
      for (const one of cases) {
        const subcases = one.subcases ?? [{}];
        const chosen = subcases.filter((_, i) => isChosen(first + i));
        first += subcases.length;
        if (word) {
          const skipped = { params: '', status: 'skipped', message: `the file is about '${word}'` } as const;
          for (const _ of chosen) yield { file, test: name, ...skipped };
          continue;
        }
        if (chosen.length === 0) continue;
        for await (const outcome of this.runCase(one, chosen)) yield { file, test: name, ...outcome };
      }
    }
  }

  private async *runCase(
    one: Case,
    subcases: readonly object[],
  ): AsyncGenerator<Omit<Outcome, 'file' | 'test'>> {
    await this.hooks.refresh();
    for (const subcase of subcases) {
      const params = this.mergeParams(one.params, subcase);
      const result: Result = { status: 'running', timems: 0 };
      const recorder = new this.recorder(result, false);
      recorder.start();
      this.missed = undefined;
      // A state of its own for each subcase, so that an error nobody expected belongs to one.
      try {
        const state = one.fixture.MakeSharedState(recorder, params);
        try {
          await state.init();
          await one.beforeFn?.(state);
          await state.postInit();
          await one.runTest(recorder, state, params, false, 'pass');
        } finally {
          await state.finalize();
        }
      } catch (error) {
        recorder.threw(error);
      }
      recorder.finish();
      // A test that wants some error may take the one that skips it for that, and calls it the wrong one.
      const missed = result.status === 'fail' ? this.missed : undefined;
      yield {
        params: JSON.stringify(params, shown),
        status:
          result.status === 'pass' ? 'passed' : result.status === 'skip' || missed ? 'skipped' : 'failed',
        message: missed ?? (result.logs ?? []).map((log) => log.message).join('\n'),
      };
    }
  }
}
