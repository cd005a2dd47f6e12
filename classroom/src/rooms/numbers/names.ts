/** What the room calls layers, tensors and places. */
import type { Place } from '../../model/index.ts';
import { nameOf } from '../../view/names.ts';
import { isStatistic } from './statistics.ts';
import type { RoomStrings } from './strings.ts';
import type { LessonView } from './types.ts';

type Axis = keyof RoomStrings['axes'];

export class Names {
  readonly #t: RoomStrings;
  readonly #layers: LessonView['layers'];

  constructor(t: RoomStrings, { layers }: LessonView) {
    this.#t = t;
    this.#layers = layers;
  }

  layer(name: string): string {
    const layer = this.#layers.find((each) => each.name === name);
    if (!layer || layer.kind === 'loss') return this.#t.lossName;
    return nameOf({ kind: layer.kind, number: layer.number });
  }

  tensor(layer: string, what: string): string {
    const t = this.#t;
    const [, own, suffix] = what.match(/^(.*?)(Gradient|After|Change)?$/)!;
    const base = this.#base(layer, own);
    if (suffix === 'Gradient') return t.gradientOf(base);
    if (suffix === 'After') return t.afterOf(base);
    if (suffix === 'Change') return t.changeOf(base);
    return base;
  }

  #base(layer: string, own: string): string {
    const { tensors, lossName, xray } = this.#t;
    const kind = this.#kind(layer);
    if (layer === '0' && own === 'input') return xray;
    if (kind === 'norm' && own === 'weight') return tensors.normWeight;
    if (kind === 'norm' && own === 'bias') return tensors.normBias;
    if (kind === 'loss' && own === 'input') return tensors.lossInput;
    if (kind === 'loss' && own === 'output') return lossName;
    return tensors[own] ?? own;
  }

  #kind = (layer: string) => this.#layers.find(({ name }) => name === layer)?.kind;

  /** `conv 2, output`. */
  whole(layer: string, what: string): string {
    const [own, tensor] = [this.layer(layer), this.tensor(layer, what)];
    return own === tensor ? own : `${own}, ${tensor}`;
  }

  /** `conv 2, output, image 3, channel 5, row 4, column 7`. */
  place({ layer, what, index }: Place): string {
    const axes = this.axes(layer, what, index.length);
    return [this.whole(layer, what), ...index.map((at, dim) => `${this.#t.axes[axes[dim]]} ${at}`)].join(
      ', ',
    );
  }

  /** What the dimensions of a tensor are. */
  axes(layer: string, what: string, dimensions: number): readonly Axis[] {
    const kind = this.#kind(layer);
    const isWeight = /^(weight|bias)/.test(what);
    if (dimensions === 4) return [isWeight ? 'filter' : 'image', 'channel', 'row', 'column'];
    if (dimensions === 2)
      return isWeight ? ['output', 'feature'] : ['image', this.#isLast(layer, what) ? 'output' : 'feature'];
    if (dimensions === 0) return [];
    if (what === 'labels' || what === 'losses') return ['image'];
    if (isStatistic(what)) return ['channel'];
    if (isWeight) return [kind === 'linear' ? 'output' : kind === 'conv' ? 'filter' : 'channel'];
    return ['element'];
  }

  #isLast(layer: string, what: string): boolean {
    const kind = this.#kind(layer);
    return kind === 'loss' || (kind === 'linear' && what.startsWith('output'));
  }

  /** As a formula writes it: `dw[3, 0, 1, 1]`. */
  symbol({ layer, what, index }: Place): string {
    return `${this.letter(layer, what)}${index.length > 0 ? `[${index.join(',')}]` : ''}`;
  }

  letter(layer: string, what: string): string {
    const [, own, suffix] = what.match(/^(.*?)(Gradient|After|Change)?$/)!;
    const norm = this.#kind(layer) === 'norm';
    const loss = this.#kind(layer) === 'loss';
    const letters: Record<string, string> = {
      input: loss ? 'z' : 'x',
      output: loss ? 'L' : 'y',
      weight: norm ? 'γ' : 'w',
      bias: norm ? 'β' : 'b',
      labels: 't',
      mean: 'μ',
      deviation: '1/σ',
    };
    const letter = letters[own] ?? own;
    if (suffix === 'Gradient') return `d${letter}`;
    if (suffix === 'After') return `${letter}′`;
    return suffix === 'Change' ? `Δ${letter}` : letter;
  }
}
