/** Numbers and images as the room says them. */

import { images, language, strings as page } from '../../store.ts';
import { formatNumber } from '../../strings/index.ts';
import { useStrings } from '../../strings/room.ts';
import { strings } from './strings.ts';

/** A share in percent; a dash for none. */
export function percent(share: number | undefined, digits = 1): string {
  return share === undefined || Number.isNaN(share)
    ? '–'
    : `${formatNumber(language.value, 100 * share, digits)} %`;
}

/** A difference of shares in points of percent, with its sign. */
export function points(difference: number): string {
  const text = formatNumber(language.value, Math.abs(100 * difference), 1);
  return `${difference < 0 ? '−' : '+'}${text}`;
}

export function className(label: number | undefined): string {
  return label === undefined ? useStrings(strings).unknown : page.value.classes[label];
}

/** The name of an image: of its file, or its number. */
export function imageName(number: number): string {
  return images.value[number]?.name ?? useStrings(strings).imageName(number + 1);
}
