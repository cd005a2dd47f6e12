/**
 * Random programs about one question: do all invocations reach the barriers together? Values of every origin flow
 * through variables, pointers, calls, loops and jumps. No call stands in the header of a `for`: there Tint forgets
 * what the call writes.
 */
import fc from 'fast-check';
import type { Pick } from './pick.ts';

interface Helper {
  readonly name: string;
  readonly pointers: number;
  readonly values: number;
  readonly returns: boolean;
}

const GLOBALS = `@group(0) @binding(0) var<storage, read_write> rw: i32;
@group(0) @binding(1) var<storage> ro: array<i32>;
@group(0) @binding(2) var<uniform> u: i32;
var<private> own: i32;
var<workgroup> wg: i32;
`;

class BodyBuilder {
  readonly #pick: Pick;
  readonly #helpers: readonly Helper[];
  readonly #pointers: readonly string[];
  readonly #parameters: readonly string[];
  readonly #returns: boolean;
  /** Builtin values, for the entry point only. */
  readonly #inputs: readonly string[];
  #locals: string[] = [];
  #count = 0;
  #loops = 0;
  #continuing = 0;
  #calls = true;

  constructor(pick: Pick, helpers: readonly Helper[], self: Helper | null) {
    this.#pick = pick;
    this.#helpers = helpers;
    this.#pointers = Array.from({ length: self?.pointers ?? 0 }, (_, i) => `p${i}`);
    this.#parameters = Array.from({ length: self?.values ?? 0 }, (_, i) => `x${i}`);
    this.#returns = self?.returns ?? false;
    this.#inputs = self ? [] : ['lid.x', 'lid.y', 'wid.x'];
  }

  #one<T>(items: readonly T[]): T {
    return items[this.#pick(items.length)];
  }

  body(): string {
    let text = '';
    for (let i = 2 + this.#pick(4); i > 0; i--) text += `  ${this.#statement(3)}\n`;
    return this.#returns ? `${text}  return ${this.#value()};\n` : text;
  }

  #value(): string {
    const r = this.#pick(12);
    if (r < 4 && this.#locals.length > 0) return this.#one(this.#locals);
    if (r === 4 && this.#parameters.length > 0) return this.#one(this.#parameters);
    if (r === 5 && this.#pointers.length > 0) return `*${this.#one(this.#pointers)}`;
    if (r === 6) return this.#one(['rw', 'own', 'wg', 'ro[own]']);
    if (r === 7 && this.#inputs.length > 0) return this.#one(this.#inputs);
    if (r === 8) return `(${this.#value()} + ${this.#value()})`;
    const returning = this.#helpers.filter((helper) => helper.returns);
    if (r === 9 && this.#calls && returning.length > 0) return this.#call(this.#one(returning));
    return this.#one(['u', 'ro[1]', '1', '2', '0']);
  }

  /** A call whose pointers are all different, or a plain value when there are not enough. */
  #call({ name, pointers, values }: Helper): string {
    const free = [...this.#pointers, ...this.#locals.map((local) => `&${local}`)];
    if (free.length < pointers) return '1';
    const args: string[] = [];
    for (let i = 0; i < pointers; i++) args.push(...free.splice(this.#pick(free.length), 1));
    for (let i = 0; i < values; i++) args.push(this.#value());
    return `${name}(${args.join(', ')})`;
  }

  #condition(): string {
    if (this.#pick(6) > 0) return `${this.#value()} ${this.#one(['<', '=='])} ${this.#value()}`;
    return `(${this.#value()} > 1) ${this.#one(['&&', '||'])} (${this.#value()} < 2)`;
  }

  #block(depth: number): string {
    const known = this.#locals.length;
    let text = '';
    for (let i = 1 + this.#pick(3); i > 0; i--) text += `${this.#statement(depth)} `;
    this.#locals.length = known;
    return `{ ${text}}`;
  }

  #statement(depth: number): string {
    switch (this.#pick(depth > 0 ? 13 : 6)) {
      case 0: {
        const value = this.#value();
        const name = `v${this.#count++}`;
        this.#locals.push(name);
        return `var ${name} = ${value};`;
      }
      case 1:
      case 2:
        return this.#locals.length
          ? `${this.#one(this.#locals)} ${this.#one(['=', '=', '+='])} ${this.#value()};`
          : '';
      case 3:
        return this.#pointers.length
          ? `*${this.#one(this.#pointers)} ${this.#one(['=', '+='])} ${this.#value()};`
          : '';
      case 4:
        return this.#pick(3) ? '' : 'workgroupBarrier();';
      case 5: {
        if (this.#helpers.length === 0 || this.#pick(2))
          return `${this.#one(['own', '_'])} = ${this.#value()};`;
        const call = this.#call(this.#one(this.#helpers));
        return call === '1' ? '' : `${call};`;
      }
      case 6:
      case 7: {
        const condition = this.#condition();
        const then = this.#block(depth - 1);
        return `if ${condition} ${then}${this.#pick(2) ? ` else ${this.#block(depth - 1)}` : ''}`;
      }
      case 8: {
        this.#calls = false;
        const condition = this.#condition();
        this.#calls = true;
        this.#loops++;
        const body = this.#block(depth - 1);
        this.#loops--;
        const name = `i${this.#count++}`;
        return `for (var ${name} = 0; ${condition}; ${name}++) ${body}`;
      }
      case 9:
        return this.#loop(depth);
      case 10:
        if (this.#loops === 0) return '';
        return this.#pick(4)
          ? `if ${this.#condition()} { ${this.#one(['break', 'continue'])}; }`
          : this.#one(['break;', '']);
      case 11:
        if (this.#continuing > 0 || this.#pick(3)) return '';
        return `if ${this.#condition()} { return${this.#returns ? ` ${this.#value()}` : ''}; }`;
      default: {
        const selector = this.#value();
        const jump = `${this.#pick(3) ? '' : 'break;'} ${this.#pick(2) && this.#loops > 0 ? 'continue;' : ''}`;
        return `switch ${selector} { case 0 ${this.#block(0)} case 1, 2 { ${jump} } default ${this.#block(0)} }`;
      }
    }
  }

  #loop(depth: number): string {
    const known = this.#locals.length;
    this.#loops++;
    let body = '';
    for (let i = 1 + this.#pick(3); i > 0; i--) body += `${this.#statement(depth - 1)} `;
    const loops = this.#loops;
    this.#loops = 0;
    this.#continuing++;
    const continuing = this.#pick(2) ? this.#statement(0) : '';
    const text = `loop { ${body} continuing { ${continuing} break if ${this.#condition()}; } }`;
    this.#continuing--;
    this.#loops = loops - 1;
    this.#locals.length = known;
    return text;
  }
}

function generate(pick: Pick): string {
  const helpers: Helper[] = [];
  let text = GLOBALS;
  for (let k = pick(4); k > 0; k--) {
    const self: Helper = { name: `f${k}`, pointers: pick(3), values: pick(3), returns: pick(2) === 0 };
    const pointers = Array.from({ length: self.pointers }, (_, i) => `p${i}: ptr<function, i32>`);
    const values = Array.from({ length: self.values }, (_, i) => `x${i}: i32`);
    const result = self.returns ? ' -> i32' : '';
    const body = new BodyBuilder(pick, helpers, self).body();
    text += `fn ${self.name}(${[...pointers, ...values].join(', ')})${result} {\n${body}}\n`;
    helpers.push(self);
  }
  const inputs = '@builtin(local_invocation_id) l: vec3u, @builtin(workgroup_id) w: vec3u';
  const start = '  let lid = vec3i(l); let wid = vec3i(w);\n';
  return (
    `${text}@compute @workgroup_size(8) fn main(${inputs}) {\n` +
    `${start}${new BodyBuilder(pick, helpers, null).body()}}`
  );
}

export const uniformityPrograms: fc.Arbitrary<string> = fc
  .array(fc.nat(0xffff), { minLength: 300, maxLength: 300 })
  .map((entropy) => {
    let next = 0;
    return generate((n) => entropy[next++ % entropy.length] % n);
  });
