/** Which kernel the room shows, at which shapes: as a value, and as fields of the address. */
import { kernelEntries, type Wanted } from '@glassbox/benchmarks/kernel';
import { conv2dLadder, matmulLadder } from '@glassbox/benchmarks/ladder';
import { imageSize, type Spec, sizesOf } from '../../playground/spec.ts';
import type { RoomFields } from '../address.ts';
import { packText, unpackText } from './packed-text.ts';

export const ladders = { matmul: matmulLadder, conv2d: conv2dLadder } as const;
export type LadderName = keyof typeof ladders;
export const ladderNames = Object.keys(ladders) as LadderName[];

/** A kernel of the project, or a version of a ladder at its own shapes. */
export type Target =
  | (Wanted & { readonly kind: 'kernel' })
  | { readonly kind: 'ladder'; readonly ladder: LadderName; readonly version: number };

/** What the room has in the address. */
export interface RoomState {
  readonly target: Target;
  /** The text in place of the built-in kernel's; undefined where nothing was changed. */
  readonly text: string | undefined;
  /** Workgroups of that text, as `XxYxZ`; empty for as many as the kernel needs. */
  readonly grid: string;
}

/** Something of the address that cannot be used. */
export interface FieldProblem {
  readonly field: string;
  readonly value: string;
}

export const defaultTarget: Target = { kind: 'kernel', name: 'conv2dForward' };

const ladderTargets = (name: LadderName): readonly Target[] =>
  ladders[name].versions.map((_, version) => ({ kind: 'ladder', ladder: name, version }));

/** All versions of all ladders. */
export const ladderVersions: readonly Target[] = ladderNames.flatMap(ladderTargets);

/** `conv2dForward`, `ladder-matmul-3`: what the address and lists call it. */
export const targetName = (target: Target): string =>
  target.kind === 'kernel' ? target.name : `ladder-${target.ladder}-${target.version + 1}`;

/** The target of this name at its usual shapes; undefined if there is none. */
export function targetNamed(name: string): Target | undefined {
  if (Object.hasOwn(kernelEntries, name)) return { kind: 'kernel', name };
  return ladderVersions.find((target) => targetName(target) === name);
}

/** The name of a ladder's version, `3 unrolled`. */
export function versionName(ladder: LadderName, version: number): string {
  return ladders[ladder].versions[version].name;
}

/** A kernel of the net that is trained, at the net's own shapes. */
export interface NetKernel {
  readonly layer: 'conv' | 'relu' | 'norm' | 'linear';
  /** Counts the layers of its kind from 1. */
  readonly number: number;
  readonly part: 'forward' | 'inputGradient' | 'weightGradient';
  readonly target: Target & { readonly kind: 'kernel' };
}

/** The kernels of the net, layer by layer. */
export function kernelsOfNet({ blocks, batch, batchNorm }: Spec): NetKernel[] {
  const sizes = sizesOf(blocks);
  const found: NetKernel[] = [];
  let [channels, size] = [1, imageSize];
  const add = (
    layer: NetKernel['layer'],
    number: number,
    part: NetKernel['part'],
    name: string,
    shape: readonly number[],
    choices?: Wanted['choices'],
  ) =>
    found.push({ layer, number, part, target: { kind: 'kernel', name, shape, ...(choices && { choices }) } });
  for (const [n, { channels: outChannels, stride, padding }] of blocks.entries()) {
    const input = [batch, channels, size, size];
    const choices = { outChannels, kernelSize: 3, stride, padding };
    add('conv', n + 1, 'forward', 'conv2dForward', input, choices);
    if (n > 0) add('conv', n + 1, 'inputGradient', 'conv2dInputGradient', input, choices);
    add('conv', n + 1, 'weightGradient', 'conv2dWeightGradient', input, choices);
    [channels, size] = [outChannels, sizes[n]];
    const output = [batch, channels, size, size];
    add('relu', n + 1, 'forward', 'reluForward', output);
    if (batchNorm) add('norm', n + 1, 'forward', 'batchNormForward', output);
  }
  add('linear', 1, 'forward', 'matmulBiasRelu', [batch, channels * size * size, 2]);
  return found;
}

/** `64x16x14x14` as numbers; undefined if it is none. Whether they fit the kernel, the kernel says. */
export function parseSizes(text: string): number[] | undefined {
  return /^\d{1,9}([x×,]\d{1,9}){0,7}$/.test(text.replaceAll(' ', ''))
    ? text.replaceAll(' ', '').split(/[x×,]/).map(Number)
    : undefined;
}

const prefix = 'time.';

/** The fields of the address. */
export function toFields({ target, text, grid }: RoomState): Record<string, string | undefined> {
  const { shape, choices = {}, part } = target.kind === 'kernel' ? target : ({} as Partial<Wanted>);
  const chosen = Object.entries(choices).map(([name, value]) => `${name}:${value}`);
  return {
    kernel: targetName(target) === targetName(defaultTarget) ? undefined : targetName(target),
    shape: shape?.join('x'),
    choices: chosen.length > 0 ? chosen.join(',') : undefined,
    part: part === undefined ? undefined : String(part),
    grid: grid || undefined,
    text: text === undefined ? undefined : packText(text),
  };
}

/** Reads what `toFields` wrote, or somebody made up: what can be used, and what cannot. */
export function fromFields(fields: RoomFields): RoomState & { readonly problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const read = <T>(name: string, parse: (value: string) => T | undefined): T | undefined => {
    const value = fields[`${prefix}${name}`];
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) problems.push({ field: `${prefix}${name}`, value: value.slice(0, 40) });
    return parsed;
  };
  const named = read('kernel', targetNamed) ?? defaultTarget;
  const shape = read('shape', parseSizes);
  const choices = read('choices', parseChoices);
  const part = read('part', (value) => (/^[1-9]\d?$/.test(value) ? Number(value) : undefined));
  const grid = read('grid', (value) => (parseSizes(value)?.length === 3 ? value : undefined)) ?? '';
  const text = read('text', unpackText);
  const given = { ...(shape && { shape }), ...(choices && { choices }), ...(part && { part }) };
  return { target: named.kind === 'kernel' ? { ...named, ...given } : named, text, grid, problems };
}

function parseChoices(value: string): Wanted['choices'] | undefined {
  const pairs = value
    .split(',')
    .map((pair) => pair.match(/^(outChannels|kernelSize|stride|padding):(\d{1,6})$/));
  return pairs.every((pair) => pair !== null)
    ? Object.fromEntries(pairs.map((pair) => [pair![1], Number(pair![2])]))
    : undefined;
}
