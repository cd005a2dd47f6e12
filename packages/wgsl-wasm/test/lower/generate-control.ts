/**
 * Random control flow over integers: loops as Tint prints them (`loop`, a negated `break` first, everything else in
 * `continuing`), `continuing` that uses what the body declares before its `continue`s, jumps out of branches,
 * switches and nested loops, returns from inside of loops, and loops around barriers. Variables are scalars, vectors,
 * arrays, structures and pointers.
 *
 * All invocations of a workgroup take the same way, those of different workgroups others: what stands at a barrier is
 * uniform then.
 */
import { INPUT_WORDS, type Pick, RESULT_WORDS, WORKGROUP_SIZE } from '../dawn/generate-kernel.ts';

type Kind = 'i32' | 'vec' | 'array' | 'struct' | 'pointer' | 'let';
interface Name {
  readonly name: string;
  readonly kind: Kind;
}

const TYPES: Record<'i32' | 'vec' | 'array' | 'struct', string> = {
  i32: 'i32',
  vec: 'vec3<i32>',
  array: 'array<i32, 4>',
  struct: 'S',
};

export function generateControl(pick: Pick): string {
  let counter = 0;
  let scope: Name[] = [];
  let lines: string[] = [];
  let budget = 40;
  /** What a jump may do here. */
  let inLoop = false;
  let inSwitch = false;
  let inFunction = false;
  let inContinuing = false;
  /** Also in a loop inside of `continuing`: nothing returns from there. */
  let everContinuing = false;
  /** The same for every invocation: barriers may stand here. */
  let uniform = true;

  const one = <T>(items: readonly T[]): T => items[pick(items.length)];
  const emit = (text: string) => lines.push(text);
  const fresh = (prefix: string) => `${prefix}${counter++}`;

  function read(): string {
    if (pick(5) === 0)
      return inFunction ? `(a ^ ${pick(9)}i)` : `src[(l * 5u + ${pick(60)}u) % ${INPUT_WORDS}u]`;
    if (scope.length === 0 || pick(8) === 0) return `${pick(20) - 5}i`;
    const { name, kind } = one(scope);
    return place(name, kind);
  }

  /** A number in the variable, at an index that is constant or not. */
  function place(name: string, kind: Kind): string {
    const at = (n: number) =>
      pick(2) ? `${pick(n)}` : `u32(${scope.find((v) => v.kind === 'i32')?.name ?? '1i'}) % ${n}u`;
    switch (kind) {
      case 'vec':
        return pick(2) ? `${name}.${one(['x', 'y', 'z'])}` : `${name}[${at(3)}]`;
      case 'array':
        return `${name}[${at(4)}]`;
      case 'struct':
        return one([`${name}.a`, `${name}.v.y`, `${name}.b[${at(3)}]`]);
      case 'pointer':
        return `(*${name})`;
      default:
        return name;
    }
  }

  const value = (): string =>
    one([
      () => `(${read()} ${one(['+', '-', '*', '^'])} ${read()})`,
      () => `select(${read()}, ${read()}, ${condition()})`,
      () => `((${read()} >> 1u) + ${read()})`,
      () => (inFunction ? read() : `${one(['early', 'deep'])}(${read()})`),
      read,
    ])();
  const condition = (): string => `(${read()} ${one(['<', '>', '==', '!='])} ${read()})`;

  function declare(): unknown {
    const kind = one(['i32', 'i32', 'vec', 'array', 'struct', 'let', 'pointer'] as const);
    const writable = scope.filter((v) => v.kind !== 'let' && v.kind !== 'pointer' && v.kind !== 'vec');
    const name = fresh(`${kind[0]}_`);
    if (kind === 'let') emit(`let ${name} = ${value()};`);
    else if (kind === 'pointer') {
      // A pointer made here would be used on both sides of a barrier, which is not supported.
      if (uniform || writable.length === 0) return null;
      const to = one(writable);
      emit(`let ${name} = &${place(to.name, to.kind).replace('.v.y', '.a')};`);
    } else if (kind === 'i32') emit(`var ${name} = ${value()};`);
    else {
      const args = {
        vec: 'i32(l), 2i, 3i',
        array: '1i, 2i, i32(l), 4i',
        struct: '5i, vec2(1i, i32(l)), array<i32, 3>()',
      }[kind];
      if (pick(3) === 0) emit(`var ${name}: ${TYPES[kind]};`);
      else emit(`var ${name} = ${TYPES[kind]}(${args});`);
    }
    scope.push({ name, kind });
  }

  function assign(): unknown {
    const targets = scope.filter((v) => v.kind !== 'let' && !v.name.startsWith('k'));
    if (targets.length === 0) return declare();
    const { name, kind } = one(targets);
    if (pick(4) === 0) return emit(`${place(name, kind)} ${one(['+=', '^=', '-='])} ${value()};`);
    emit(pick(9) === 0 ? `_ = ${value()};` : `${place(name, kind)} = ${value()};`);
  }

  function inside(statements: number, body: () => void = () => {}): void {
    const outer = scope;
    scope = [...scope];
    for (let i = 0; i < statements; i++) statement();
    body();
    scope = outer;
  }

  function diverging(run: () => void): void {
    const before = uniform;
    uniform = false;
    run();
    uniform = before;
  }

  function jump(): unknown {
    const jumps: string[] = [];
    if (inLoop && !inContinuing) jumps.push('continue;', 'continue;');
    if ((inLoop && !inContinuing) || inSwitch) jumps.push('break;');
    if (inFunction && !everContinuing) jumps.push(`return ${read()};`);
    if (jumps.length === 0) return assign();
    if (pick(3) > 0) emit(`if ${condition()} { ${one(jumps)} }`);
    else emit(`if (${condition()}) { ${one(jumps)} } else { ${pick(2) ? one(jumps) : ''} }`);
  }

  function loop(): void {
    const saved = { inLoop, inSwitch, inContinuing, everContinuing };
    inLoop = true;
    inSwitch = false;
    inContinuing = false;
    const k = fresh('k');
    const limit = 1 + pick(5);
    const outer = scope;
    scope = [...scope];
    const body = (statements: number) => inside(statements);
    switch (pick(7)) {
      case 1:
        // As Tint prints `for`.
        emit(`{ var ${k} = 0i; loop { if !((${k} < ${limit}i)) { break; } {`);
        scope.push({ name: k, kind: 'let' });
        body(2 + pick(2));
        emit(`} continuing { ${k} = (${k} + 1i); } } }`);
        break;
      case 2:
        emit(`for (var ${k} = 0i; (${k} < ${limit}i) && ${condition()}; ${k}++) {`);
        scope.push({ name: k, kind: 'let' });
        body(2 + pick(2));
        emit('}');
        break;
      case 4: {
        // What decides about the iterations may be changed by the body: a count apart from it makes an end.
        const [n, d] = [fresh('i_'), fresh('i_')];
        const v = fresh('i_');
        emit(`var ${k} = 0i; var ${n} = ${limit}i; var ${d} = ${1 + pick(2)}i;`);
        if (pick(2)) {
          const pointer = fresh('q_');
          emit(`let ${pointer} = &${pick(2) ? n : d};`);
          scope.push({ name: pointer, kind: 'pointer' });
        }
        emit(
          `for (var ${v} = 0i; ${v} < ${n}; ${v} += ${pick(2) ? d : '1i'}) { if (${k} > 6i) { break; } ${k} += 1i;`,
        );
        scope.push(
          { name: k, kind: 'let' },
          { name: n, kind: 'i32' },
          { name: d, kind: 'i32' },
          { name: v, kind: 'i32' },
        );
        body(2 + pick(2));
        emit('}');
        outer.push({ name: k, kind: 'let' });
        break;
      }
      case 3:
        emit(`var ${k} = 0i; while (${k} < ${limit}i) { ${k} += 1i;`);
        scope.push({ name: k, kind: 'let' });
        body(2 + pick(2));
        emit('}');
        outer.push({ name: k, kind: 'let' });
        break;
      default:
        // What the body declares before any jump is seen by `continuing`.
        emit(`var ${k} = 0i; loop {`);
        scope.push({ name: k, kind: 'let' });
        for (let i = 0; i <= pick(3); i++) declare();
        body(1 + pick(3));
        jump();
        body(pick(3));
        emit('continuing {');
        inContinuing = true;
        everContinuing = true;
        inLoop = false;
        for (let i = 0; i <= pick(2); i++) assign();
        if (pick(3) === 0) statement();
        emit(`${k} += 1i;`);
        if (pick(2)) declare();
        emit(`break if (${k} >= ${limit}i)${pick(2) ? ` || ${condition()}` : ''}; } }`);
        outer.push({ name: k, kind: 'let' });
    }
    scope = outer;
    ({ inLoop, inSwitch, inContinuing, everContinuing } = saved);
  }

  function choose(): void {
    const saved = inSwitch;
    inSwitch = true;
    emit(`switch (${read()} & 3i) {`);
    for (const label of pick(2)
      ? ['case 0i, default:', 'case 1i, 2i:']
      : ['case 3i', 'default', 'case 0i, 1i']) {
      emit(`${label} {`);
      inside(1 + pick(2));
      if (pick(3) === 0) jump();
      emit('}');
    }
    emit('}');
    inSwitch = saved;
  }

  function statement(): unknown {
    if (budget-- <= 0) return assign();
    switch (pick(9)) {
      case 0:
      case 1:
        return declare();
      case 2:
        return diverging(() => {
          emit(`if ${condition()} {`);
          inside(1 + pick(2));
          emit(pick(2) ? '} else {' : `} else if ${condition()} {`);
          inside(pick(3));
          emit('}');
        });
      case 3:
      case 4:
        return diverging(loop);
      case 5:
        return diverging(choose);
      case 6:
        return jump();
      default:
        return assign();
    }
  }

  /** A loop that all invocations take together, with barriers, whose variables live on both sides of them. */
  function barrierLoop(): void {
    const k = fresh('k');
    const limit = 1 + pick(4);
    const outer = scope;
    scope = [...scope];
    emit(`var ${k} = 0i; loop {`);
    for (let i = 0; i <= pick(3); i++) declare();
    emit(`tile[local] = ${read()}; workgroupBarrier();`);
    const seen = fresh('i_');
    emit(`var ${seen} = tile[(local + ${pick(4)}u) % ${WORKGROUP_SIZE}u]; workgroupBarrier();`);
    scope.push({ name: seen, kind: 'i32' });
    if (pick(2))
      emit(`if (${k} == ${pick(3)}i) { ${one(['continue;', 'break;', `${k} += 1i; continue;`])} }`);
    inside(1 + pick(2));
    if (pick(2))
      emit(`if (${k} > ${pick(3)}i) { tile[local] = 3i; workgroupBarrier(); ${one(['continue;', ''])} }`);
    inside(pick(2));
    emit('continuing {');
    inContinuing = true;
    assign();
    if (pick(2)) emit('workgroupBarrier();');
    assign();
    inContinuing = false;
    emit(`${k} += 1i; break if ${k} >= ${limit}i; } }`);
    scope = outer;
    scope.push({ name: k, kind: 'let' });
  }

  const functions = ['early', 'deep'].map((name) => {
    inFunction = true;
    uniform = false;
    budget = 14;
    scope = [{ name: 'a', kind: 'let' }];
    lines = ['let l = u32(a) % 7u;'];
    declare();
    if (name === 'deep') loop();
    for (let i = 0; i < 3; i++) statement();
    emit(`return ${read()};`);
    return `fn ${name}(a: i32) -> i32 {\n${lines.join('\n')}\n}`;
  });
  inFunction = false;
  uniform = true;
  budget = 30;
  scope = [];
  lines = [];
  for (let i = 0; i < 2; i++) declare();
  const phases = 3 + pick(3);
  for (let i = 0; i < phases; i++) {
    if (pick(4) === 0) barrierLoop();
    else if (pick(2)) diverging(loop);
    else statement();
  }
  scope.push({ name: 'first', kind: 'let' });
  const words = scope.slice(-6).map(({ name, kind }) => {
    if (kind === 'vec') return `${name}.x ^ (${name}.y * 3i) ^ (${name}.z * 5i)`;
    if (kind === 'array') return `${name}[0] ^ (${name}[1] * 3i) ^ (${name}[2] * 5i) ^ (${name}[3] * 7i)`;
    if (kind === 'struct')
      return (
        `${name}.a ^ (${name}.v.x * 3i) ^ (${name}.v.y * 5i) ^ ${name}.b[0] ^ (${name}.b[1] * 7i) ` +
        `^ (${name}.b[2] * 9i)`
      );
    return kind === 'pointer' ? `*${name}` : name;
  });
  return `struct S { a: i32, v: vec2<i32>, b: array<i32, 3> }
@group(0) @binding(0) var<storage, read> src: array<i32>;
@group(0) @binding(1) var<storage, read_write> dst: array<i32>;
var<workgroup> tile: array<i32, ${WORKGROUP_SIZE}>;
${functions.join('\n')}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>) {
let l = group.x;
let first = src[l];
${lines.join('\n')}
let at = (group.x * ${WORKGROUP_SIZE}u + local) * ${RESULT_WORDS}u;
${words.map((word, i) => `dst[at + ${i}u] = ${word};`).join('\n')}
}
`;
}
