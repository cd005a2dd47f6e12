import { fontFile } from '../platform/node.ts';
import { toBase64 } from './base64.ts';
import { FONT_FAMILY, fontWeights } from './font-names.ts';

/** `@font-face` rules with the typeface inside, for a self-contained page. */
export function fontFaceCss(): string {
  return fontWeights
    .map(
      (weight) =>
        `@font-face{font-family:'${FONT_FAMILY}';font-weight:${weight};font-style:normal;font-display:swap;` +
        `src:url(data:font/woff2;base64,${toBase64(fontFile(weight, 'woff2'))}) format('woff2')}`,
    )
    .join('\n');
}
