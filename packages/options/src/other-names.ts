/**
 * Gives the objects of a class methods under the names that PyTorch has for something else here. Calling one is an
 * error that says what to write: `optimizer.zero_grad()` runs in JavaScript that no compiler has checked. The class's
 * own methods are found under their names with underscores, too. Loops over members do not see any of them.
 * @param owner what errors call the class
 * @param names what to write for each further name
 */
export function refuseOtherNames(
  prototype: object,
  owner: string,
  names: Readonly<Record<string, string>> = {},
): void {
  const own = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value }]) => {
    const other = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return typeof value === 'function' && other !== name ? [[other, `${name}()`] as const] : [];
  });
  for (const [name, instead] of [...own, ...Object.entries(names)]) {
    const value = () => {
      throw new TypeError(`${owner}: there is no ${name}(); here it is ${instead}`);
    };
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
  }
}
