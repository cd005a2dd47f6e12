/** The practical in its Worker: one run at most, which lasts in the page's storage until it is removed. */

import { code, version } from 'virtual:practical-code';
import {
  buildSubmissionZip,
  countImages,
  describeFile,
  InterruptedError,
  plan,
  planRun,
  preparePlatform,
  prepareRun,
  protocols,
  RunProgress,
  type RunResults,
  roughly,
  submissionFiles,
  trainRun,
  writeReport,
} from '@glassbox/experiments/page';
import { describeDevice } from '@glassbox/tensor-core';
import type { DeviceWish } from '../../worker/messages.ts';
import { readConfig, writeConfig } from './config.ts';
import {
  type Content,
  type Contents,
  describeSets,
  keepContents,
  keptContents,
  loadSets,
  type Sets,
} from './data.ts';
import { drawAll } from './figures.ts';
import { type Target, targets } from './file-names.ts';
import { takeLock } from './lock.ts';
import { browserName, Machine } from './machine.ts';
import type {
  Choice,
  DroppedFiles,
  FoundData,
  News,
  Opened,
  PracticalApi,
  RunView,
  Trouble,
} from './messages.ts';
import { openStored, PageStore, type StoredFolder } from './page-store.ts';
import { Refusal, troubleOf } from './trouble.ts';
import { trainingViews } from './view.ts';
import { watchRun } from './watcher.ts';

/** Milliseconds between two pictures of a run. */
const pictureEvery = 120;
export class PracticalDesk implements PracticalApi {
  #tell: (news: News) => void = () => {};
  #told = 0;
  #store!: PageStore;
  /** Dropped files, as long as a run needs them. */
  #files: StoredFolder | undefined;
  #contents: Contents = {};
  #sets: Sets | undefined;
  readonly #machine = new Machine();
  #view: RunView | undefined;
  #abort = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  async open(tell: (news: News) => void): Promise<Opened | undefined> {
    this.#tell = tell;
    if (!(await takeLock())) return undefined;
    let keeping: Opened['keeping'] = { lasts: true };
    let stored: StoredFolder | undefined;
    try {
      stored = await openStored('run');
      this.#files = await openStored('files');
    } catch (error) {
      stored = undefined;
      keeping = { lasts: false, reason: (error as Error).message };
    }
    this.#store = await PageStore.open(stored);
    if (this.#store.has('config.json') && this.#store.has('view.json')) {
      const view = this.#store.readJson('view.json', 'start anew') as RunView;
      this.#view = {
        ...view,
        stage: this.#store.has('results.json') && view.stage === 'done' ? 'done' : 'paused',
      };
    }
    return { keeping, view: this.#view };
  }

  look(dropped: DroppedFiles): Promise<readonly FoundData[]> {
    return this.#inTurn(() => this.#look(dropped));
  }

  estimate(choice: Choice, wish: DeviceWish): Promise<string> {
    return this.#inTurn(() => this.#estimate(choice, wish));
  }

  start(choice: Choice, wish: DeviceWish): Promise<void> {
    return this.#inTurn(() => this.#start(choice, wish));
  }

  resume(): Promise<void> {
    return this.#inTurn(() => this.#resume());
  }

  /** Calls that use the device or the files wait for each other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    // An error is the caller's; the next call begins anew.
    this.#last = done.catch(() => {});
    return done;
  }

  async #look(dropped: DroppedFiles): Promise<readonly FoundData[]> {
    const contents: Partial<Record<Target, Content>> = {};
    for (const target of targets) {
      const file = dropped[target];
      if (file) contents[target] = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
    }
    const sets = await loadSets(contents);
    this.#contents = contents;
    // A run that is there takes of them what it lacks.
    this.#sets = this.#view ? undefined : sets;
    return describeSets(sets, contents);
  }

  async #estimate({ tasks, budget, seeds }: Choice, wish: DeviceWish): Promise<string> {
    this.#sets ??= await loadSets({});
    const speed = await this.#machine.measure(wish);
    const { trainings, after } = planRun(tasks, budget, seeds);
    const protocol = protocols[budget];
    const counts = countImages(this.#sets, protocol);
    const progress = new RunProgress(
      trainings.map((training) => plan(training, counts, protocol)),
      after,
      { write: () => {} },
    );
    progress.assume(speed);
    return roughly(progress.secondsLeft()!);
  }

  async #start(choice: Choice, wish: DeviceWish): Promise<void> {
    this.#sets ??= await loadSets({});
    await this.#store.clear();
    const data = describeSets(this.#sets, this.#contents);
    this.#view = {
      stage: 'opening',
      choice,
      data,
      trainings: [],
      spaceCount: 0,
      spaces: [],
      figures: [],
      device: '',
    };
    this.#show();
    await this.#guarded(async () => {
      const { info } = (await this.#machine.open(wish)).device;
      await this.#files?.clear();
      await this.#keepFiles();
      const device = info.kind as 'wasm' | 'webgpu';
      await this.#store.writeJson('view.json', this.#view);
      await writeConfig(this.#store, { choice, device, data: this.#described() });
      await this.#go(device, false);
    });
  }

  async #resume(): Promise<void> {
    const view = this.#view!;
    view.stage = 'opening';
    this.#show();
    await this.#guarded(async () => {
      const { data, device } = readConfig(this.#store);
      const loaded = this.#sets !== undefined;
      this.#sets ??= await loadSets(await keptContents(this.#files, view.data, this.#contents));
      const now = this.#described();
      const other = data.find(({ md5 }, place) => md5 !== now[place].md5);
      if (other) {
        this.#sets = undefined;
        this.#contents = {};
        throw new Refusal({ kind: 'otherFile', file: other.file });
      }
      if (!loaded) await this.#keepFiles();
      await this.#go(device, true);
    });
  }

  pause(): void {
    if (this.#view?.stage !== 'running') return;
    this.#view.stage = 'pausing';
    this.#abort.abort();
    this.#show();
  }

  discard(): Promise<void> {
    return this.#inTurn(async () => {
      this.#view = undefined;
      this.#sets = undefined;
      this.#contents = {};
      await this.#store.clear();
      await this.#files?.clear();
    });
  }

  async file(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.#store.read(name);
  }

  async zip(): Promise<Uint8Array<ArrayBuffer>> {
    const results = this.#store.readJson('results.json') as RunResults;
    return buildSubmissionZip(submissionFiles(this.#store, results, undefined)) as Uint8Array<ArrayBuffer>;
  }

  /** Trains what is left, and writes the report. */
  async #go(device: DeviceWish, resumed: boolean): Promise<void> {
    const view = this.#view!;
    const started = performance.now();
    await preparePlatform(code, version);
    this.#abort = new AbortController();
    const runtime = await this.#machine.open(device);
    const { choice } = readConfig(this.#store);
    const run = prepareRun({
      runtime,
      folder: this.#store,
      sets: this.#sets!,
      ...choice,
      versions: { glassbox: version, browser: browserName() },
      ...(resumed ? { resumed } : {}),
      signal: this.#abort.signal,
      note: () => {},
      watch: watchRun(view, () => run, {
        keep: () => this.#keep(),
        show: () => this.#show(),
        showSoon: () => {
          if (performance.now() - this.#told >= pictureEvery) this.#show();
        },
      }),
    });
    if (this.#machine.speed) run.context.progress.assume(this.#machine.speed);
    view.trainings = trainingViews(run, view.trainings);
    view.spaceCount = run.spaces.length;
    view.device = describeDevice(runtime.device.info);
    view.stage = 'running';
    this.#show();
    await trainRun(run);
    run.results.durationSeconds = (performance.now() - started) / 1000;
    await writeReport(run);
    view.figures = drawAll(run);
    view.left = undefined;
    view.stage = 'done';
    await this.#keep();
  }

  /** What goes wrong is told, and the run stands as if it had been paused. */
  async #guarded(work: () => Promise<void>): Promise<void> {
    let trouble: Trouble | undefined;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InterruptedError)) {
        trouble = troubleOf(error);
        await this.#machine.close();
      }
      const view = this.#view!;
      view.stage = 'paused';
      for (const training of view.trainings) if (training.state === 'running') training.state = 'waiting';
      await this.#store.writeJson('view.json', view).catch(() => {});
    }
    this.#show(trouble);
  }

  #described() {
    return targets.map((target) => describeFile(target, this.#sets![target]));
  }

  /** Dropped files are needed again after a reload. */
  async #keepFiles(): Promise<void> {
    for (const file of await keepContents(this.#files, this.#contents)) {
      this.#tell({ trouble: { kind: 'notKept', file } });
    }
  }

  async #keep(): Promise<void> {
    await this.#store.writeJson('view.json', this.#view);
    this.#show();
  }

  #show(trouble?: Trouble): void {
    this.#told = performance.now();
    this.#tell({ view: this.#view, ...(trouble ? { trouble } : {}) });
  }
}
