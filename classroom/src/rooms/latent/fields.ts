/** What the room keeps in the page's address, under `latent.`. */
import { type Problem, testImages } from '../../playground/spec.ts';
import type { RoomFields } from '../address.ts';

export const projections = ['pca', 'tsne'] as const;
export type Projection = (typeof projections)[number];

/** Most epochs that are trained. */
export const maxEpochs = 60;

export interface Fields {
  /** Epochs that are trained. */
  readonly epochs: number;
  /** The epoch that is shown; undefined for the last one. */
  readonly epoch: number | undefined;
  readonly projection: Projection;
  /** The image that is chosen. */
  readonly image: number | undefined;
  /** A probability from which on an image counts as pneumonia. */
  readonly threshold: number;
}

export const defaults: Fields = {
  epochs: 12,
  epoch: undefined,
  projection: 'pca',
  image: undefined,
  threshold: 0.5,
};

const numberForm = /^\d{1,4}(\.\d{1,4})?$/;

/** What is right of the room's part of an address, and what is wrong with the rest. */
export function readFields(fields: RoomFields): { readonly fields: Fields; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const say = (kind: Problem['kind'], name: string, value: string, expected = '') =>
    problems.push({ kind, name: name.slice(0, 40), value: value.slice(0, 40), expected });
  const number = (key: string, value: string, low: number, high: number, whole = true) => {
    const read = Number(value);
    if (numberForm.test(value) && read >= low && read <= high && (!whole || Number.isInteger(read)))
      return read;
    say('range', `latent.${key}`, value, `${low} – ${high}`);
    return undefined;
  };
  const read: { -readonly [Key in keyof Fields]?: Fields[Key] } = {};
  for (const [name, value] of Object.entries(fields)) {
    if (!name.startsWith('latent.')) continue;
    const key = name.slice('latent.'.length);
    if (key === 'epochs') read.epochs = number(key, value, 1, maxEpochs);
    else if (key === 'epoch') read.epoch = number(key, value, 0, maxEpochs);
    else if (key === 'image') read.image = number(key, value, 0, testImages - 1);
    else if (key === 'threshold') read.threshold = number(key, value, 0, 1, false);
    else if (key === 'projection') {
      read.projection = projections.find((each) => each === value);
      if (!read.projection) say('choice', name, value, projections.join(', '));
    } else say('unknown', name, value);
  }
  const known = Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
  const found: Fields = { ...defaults, ...known };
  if (found.epoch !== undefined && found.epoch > found.epochs) {
    say('range', 'latent.epoch', String(found.epoch), `0 – ${found.epochs}`);
    return { fields: { ...found, epoch: undefined }, problems };
  }
  return { fields: found, problems };
}

/** As texts for the address; what is as by default is not there. */
export function writeFields(fields: Fields): Record<keyof Fields, string | undefined> {
  const keys = Object.keys(defaults) as (keyof Fields)[];
  return Object.fromEntries(
    keys.map((key) => [key, fields[key] === defaults[key] ? undefined : String(fields[key])]),
  ) as Record<keyof Fields, string | undefined>;
}
