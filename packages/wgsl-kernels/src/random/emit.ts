import { coordinates } from '../elementwise/coordinates.ts';
import {
  indent,
  type Kernel,
  type KernelBinding,
  type KernelText,
  linearKernel,
  reads,
  repeat,
} from '../kernel.ts';
import type { Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { isNumberedInOrder, numberingLayout } from './numbering.ts';
import { checkWord, philoxWgsl } from './philox.ts';

interface RandomKernel {
  readonly name: string;
  readonly about: string;
  readonly layout: Layout;
  readonly stream: number;
  readonly constants?: KernelText['constants'];
  /** After `counter`. */
  readonly bindings: readonly KernelBinding[];
  /** Functions that `write` calls. */
  readonly declarations?: string;
  /**
   * What `write` gets: `word`, the elements' own words, or also those that elements 2k and 2k + 1 share:
   * their words are `first` and `second`, and `odd` tells them apart.
   */
  readonly words: 'own' | 'pairs';
  /** Body of `fn write(v: u32, …)`, which stores vec4 number v. */
  readonly write: string;
  readonly flop: number;
  readonly bytes: number;
}

/** A kernel that gives every element of a tensor its random word, by the numbering of numbering.ts. */
export function randomKernel(text: RandomKernel, { workgroupSize }: Machine): Kernel {
  const { layout } = text;
  checkWord('stream', text.stream);
  const vectors = layout.size / 4;
  const inOrder = isNumberedInOrder(layout);
  return linearKernel({
    name: text.name,
    about: `${text.about.trim()}
counter: (seed low, seed high, step, 0); stream ${text.stream}
Random word of element number e: word e mod 4 of Philox's block e div 4; e is the offset in ${
      inOrder ? 'this layout' : `order ${numberingLayout(layout.shape).order}`
    }.
One invocation writes ${inOrder ? 'four vec4' : 'one vec4'}.`,
    bindings: [reads('counter', 'array<u32>'), ...text.bindings],
    invocations: inOrder ? Math.ceil(vectors / 4) : vectors,
    workgroupSize,
    constants: { ...text.constants, STREAM: text.stream, VECTORS: vectors },
    declarations: `${philoxWgsl.trim()}
${text.declarations ? `\n${text.declarations.trim()}\n` : ''}
fn write(v: u32, ${text.words === 'own' ? 'word: vec4<u32>' : 'first: vec4<u32>, second: vec4<u32>, odd: vec4<bool>'}) {
${indent(text.write.trim())}
}`,
    body: inOrder ? fourBlocks(vectors, text) : anyOrder(text),
    flop: text.flop,
    bytes: text.bytes,
  });
}

function draw(block: string): string {
  return `let words = philox(${block}, STREAM, counter[2], vec2<u32>(counter[0], counter[1]));`;
}

/** Numbers are offsets: four blocks are four neighbouring vec4. */
function fourBlocks(vectors: number, { words }: RandomKernel): string {
  const write = (b: number) => {
    const [w0, w1, w2, w3] = ['a', 'b', 'c', 'd'].map((word) => `words.${word}.${'xyzw'[b]}`);
    const given =
      words === 'own'
        ? `vec4<u32>(${w0}, ${w1}, ${w2}, ${w3})`
        : `vec4<u32>(${w0}, ${w0}, ${w2}, ${w2}), vec4<u32>(${w1}, ${w1}, ${w3}, ${w3}), odd`;
    const call = `write(i * 4u + ${b}u, ${given});`;
    return vectors % 4 === 0 || b === 0 ? call : `if (i * 4u + ${b}u < VECTORS) { ${call} }`;
  };
  return `
${draw('i * 4u + vec4<u32>(0u, 1u, 2u, 3u)')}
${words === 'pairs' ? 'let odd = vec4<bool>(false, true, false, true);\n' : ''}${repeat(4, write)}`;
}

/** Any other layout: each lane of a vec4 lies in a block of its own. */
function anyOrder({ layout, words }: RandomKernel): string {
  const { strides } = numberingLayout(layout.shape);
  const { inner, name, declare } = coordinates(layout);
  const terms = layout.shape.flatMap((_, dim) => (name(dim) ? [`${name(dim)} * ${strides[dim]}u`] : []));
  return `
let v = i;
${declare(layout.shape.keys()).join('\n')}
let number = ${[...terms, '0u'].join(' + ')} + ${strides[inner]}u * vec4<u32>(0u, 1u, 2u, 3u);
${draw('number >> vec4<u32>(2u)')}
let upper = (number & vec4<u32>(2u)) != vec4<u32>(0u);
let odd = (number & vec4<u32>(1u)) != vec4<u32>(0u);
let first = select(words.a, words.c, upper);
let second = select(words.b, words.d, upper);
write(v, ${words === 'own' ? 'select(first, second, odd)' : 'first, second, odd'});`;
}
