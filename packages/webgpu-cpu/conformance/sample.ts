/** Which subcases of a test run when not all of them do. */

/** FNV-1a, mixed once more so that all of its bits depend on all of the text. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/**
 * One in `every` of the subcases of a test, by a hash of the test's name and the subcase's number: the same ones each
 * time, and in no step with the order of parameters. At least one, if there is any.
 * @param count of the test's subcases
 * @returns whether the subcase of a number, from 0, is one of them
 */
export function sample(test: string, count: number, every: number): (index: number) => boolean {
  const chosen = (index: number) => hash(`${test}#${index}`) % every === 0;
  for (let index = 0; index < count; index++) if (chosen(index)) return chosen;
  const only = hash(test) % count;
  return (index) => index === only;
}
