import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { locate } from '../../src/report/code.ts';
import { tasks } from '../../src/tasks/index.ts';
import { codePlaces, latentSpacesOf, recipesOf, type Task, withPrerequisites } from '../../src/tasks/task.ts';
import { protocols } from '../../src/training/recipe.ts';

const list: readonly Task[] = tasks;
const recipes = recipesOf(list, protocols.full);
const unique = (values: readonly string[]) => expect(values).toEqual([...new Set(values)]);

describe('the list of tasks', () => {
  it('has no name twice', () => {
    unique(list.map(({ id }) => id));
    unique(recipes.map(({ variant }) => variant));
    unique(recipes.map(({ name }) => name));
    unique(latentSpacesOf(list, { few: 'few', all: 'all' }).map(({ id }) => id));
    unique(list.flatMap(({ questions = [] }) => questions.map(({ id }) => id)));
  });

  it('gives each recipe of a target a colour of its own', () => {
    unique(recipes.map(({ target, colour }) => `${target} ${colour}`));
  });

  it.each(list.map((task) => [task.id, task] as const))('%s builds on what comes before it', (id, task) => {
    const before = list.slice(0, list.indexOf(task));
    for (const other of task.builtOn ?? []) expect(before).toContain(other);
    for (const { variant, encoderOf } of recipesOf([task], protocols.full)) {
      expect(variant.startsWith(`${id}-`)).toBe(true);
      const earlier = recipes.slice(
        0,
        recipes.findIndex((recipe) => recipe.variant === variant),
      );
      const sources = ['random', 'autoencoder', ...earlier.map((recipe) => recipe.variant)];
      expect(sources).toContain(encoderOf);
    }
  });

  it('names places of the code that are there', () => {
    for (const place of codePlaces(list)) expect(locate(place).line).toBeGreaterThan(0);
  });

  it.each(list.map((task) => [task.id, task] as const))(
    '%s names its own recipes and answers, not those of others',
    (id, task) => {
      const folder = 'packages/experiments/src/tasks/';
      for (const { file } of codePlaces([task])) {
        if (file.startsWith(folder)) expect(file.slice(folder.length).split(/[-/.]/)[0]).toBe(id);
      }
    },
  );

  it('runs what a task is built on, and what that is built on, in the order of the list', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(
      (id): Task => ({ id, title: id, section: () => undefined }),
    );
    const second = { ...b, builtOn: [a] };
    const third = { ...c, builtOn: [second] };
    expect(withPrerequisites(['c'], [a, second, third, d])).toEqual([a, second, third]);
    expect(withPrerequisites(['d', 'a'], [a, second, third, d])).toEqual([a, d]);
  });

  it('is all that names a task: the libraries know none', () => {
    const src = resolve(import.meta.dirname, '../../src');
    const files = globSync('**/*.ts', { cwd: src, exclude: ['tasks/**'] });
    expect(files.length).toBeGreaterThan(60);
    const names = [...list.map(({ id }) => id), ...recipes.map(({ variant }) => variant)];
    const named = files.flatMap((file) => {
      const text = readFileSync(join(src, file), 'utf8');
      return names.filter((name) => text.includes(`'${name}'`)).map((name) => `${file}: ${name}`);
    });
    expect(named).toEqual([]);
  });
});
