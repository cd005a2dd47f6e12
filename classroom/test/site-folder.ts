/** A folder for the built page, which all test files of one run share. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { buildSite } from '../site.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    classroomFolder: string;
  }
}

/** Called by vitest before the first test file; what it returns, after the last. */
export default function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-classroom-test-'));
  project.provide('classroomFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The folder with the built page: the first test file that asks for it builds it, the others wait. */
export async function builtSite(folder: string): Promise<string> {
  const [site, mine, done, failed] = ['site', 'builder', 'done', 'failed'].map((name) => join(folder, name));
  try {
    mkdirSync(mine);
  } catch {
    while (!existsSync(done)) {
      if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'));
      await sleep(50);
    }
    return site;
  }
  try {
    await buildSite(site);
    writeFileSync(done, '');
  } catch (error) {
    writeFileSync(failed, `The page could not be built: ${(error as Error).stack}`);
    throw error;
  }
  return site;
}
