/** The practical's two data sets. */
export const targets = ['chest', 'pneumonia'] as const;
export type Target = (typeof targets)[number];

/** Which set a dropped file is meant to be, by its name; undefined if it says nothing of it. */
export function targetOf(name: string): Target | undefined {
  if (!/\.npz$/i.test(name)) return undefined;
  return targets.find((target) => name.toLowerCase().includes(target));
}
