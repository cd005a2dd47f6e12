/** What a task of the practical is, and what follows from a list of them. */
import type { Figure } from '../figures/figure.ts';
import { recipeColours } from '../figures/style.ts';
import type { CodePlace } from '../report/code.ts';
import type { Context } from '../report/context.ts';
import { nameOf } from '../report/data-names.ts';
import type { Part } from '../report/html.ts';
import type { RunResults } from '../report/results.ts';
import type { Analysis } from '../report/statistics.ts';
import type { LabelWords } from '../training/data.ts';
import type { Situation, TaskSituation } from '../training/latent-spaces.ts';
import { type Protocol, protocols, type Recipe, type TaskRecipe } from '../training/recipe.ts';

/** One task: what it trains, what it draws, what it says in the report, and what it answers. */
export interface Task {
  /** As on the command line and in `results.json`. */
  readonly id: string;
  /** In the report's contents. */
  readonly title: string;
  /** What the sheet asks for; absent where the task is not of the sheet. */
  readonly asks?: string;
  /** Tasks whose nets this one starts from or is compared with: whoever asks for it runs them too. */
  readonly builtOn?: readonly Task[];
  /** Its rows of the results, in the order in which they can be trained; `words` are for their names. */
  readonly recipes?: (protocol: Protocol, words: LabelWords) => readonly TaskRecipe[];
  /** Nets whose latent spaces it looks at. */
  readonly latentSpaces?: (words: LabelWords) => readonly TaskSituation[];
  /** Its figures; those for which the run has no data are left out. */
  readonly figures?: (context: Context) => readonly (Figure | undefined | false)[];
  /** Its findings in one sentence each, for the top of the report. */
  readonly summary?: (context: Context) => readonly Part[];
  /** What it says in the report; undefined where the run has nothing of it. */
  readonly section: (context: Context) => Part;
  /** What the sheet asks to discuss, for the answers in two pages. */
  readonly questions?: readonly Question[];
}

/** A question of the sheet. */
export interface Question {
  /** Anchor of its answer. */
  readonly id: string;
  readonly question: string;
  /** The code behind the answer. */
  readonly code: readonly CodePlace[];
  /** Undefined where the run has nothing to answer it from. */
  readonly answer: (context: Context) => { readonly text: Part; readonly figure?: Figure } | undefined;
}

/** Of sets that no budget cuts short. */
const usualWords: LabelWords = { few: '300 labels', all: 'all labels' };

/** Every trained row, in the order in which they can be trained. */
export function recipesOf(
  tasks: readonly Task[],
  protocol: Protocol,
  words: LabelWords = usualWords,
): readonly Recipe[] {
  return tasks.flatMap(({ id: task, recipes }) =>
    (recipes?.(protocol, words) ?? []).map((recipe) => ({ ...recipe, task })),
  );
}

/** Every latent space. */
export function latentSpacesOf(tasks: readonly Task[], words: LabelWords = usualWords): readonly Situation[] {
  return tasks.flatMap(({ id: task, latentSpaces }) =>
    (latentSpaces?.(words) ?? []).map((space) => ({
      ...space,
      task,
      id: ['untrained', 'autoencoder'].includes(space.weightsOf)
        ? `${space.target}-${space.weightsOf}`
        : space.weightsOf,
    })),
  );
}

/** The tasks asked for and those that they are built on, in the order of the list. */
export function withPrerequisites(asked: readonly string[], tasks: readonly Task[]): readonly Task[] {
  const wanted = new Set<Task>();
  const want = (task: Task): void => {
    wanted.add(task);
    task.builtOn?.forEach(want);
  };
  tasks.filter(({ id }) => asked.includes(id)).forEach(want);
  return tasks.filter((task) => wanted.has(task));
}

/** A run as figures, sections and answers see it. */
export function contextOf(results: RunResults, analysis: Analysis, tasks: readonly Task[]): Context {
  const recipes = recipesOf(tasks, protocols.full);
  return {
    results,
    analysis,
    figures: new Map(),
    names: { chest: nameOf(results.data, 'chest'), pneumonia: nameOf(results.data, 'pneumonia') },
    colour: recipeColours(new Map(recipes.map(({ variant, colour }) => [variant, colour]))),
    baseline(target) {
      const plain = recipes.find((recipe) => recipe.baseline && recipe.target === target);
      return plain && analysis.find(plain.variant);
    },
  };
}

/** The code behind every answer. */
export function codePlaces(tasks: readonly Task[]): readonly CodePlace[] {
  return tasks.flatMap(({ questions = [] }) => questions.flatMap(({ code }) => code));
}
