/** Observable Plot, drawn without a browser, as pieces of a figure. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { SIZE } from './style.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/**
 * Draws one plot and places it at x, y of the figure. Axis arrows are off (the typeface has none), text is in the
 * figure's own typeface and colour.
 */
export function panel(x: number, y: number, options: Plot.PlotOptions): string {
  const drawn = Plot.plot({
    document: document as unknown as Document,
    style: { fontSize: `${SIZE.tick}px`, background: 'transparent' },
    ...options,
    x: options.x ? { labelArrow: 'none', ...options.x } : { labelArrow: 'none' },
    y: options.y ? { labelArrow: 'none', ...options.y } : { labelArrow: 'none' },
  });
  if (drawn.tagName.toLowerCase() !== 'svg') {
    throw new Error('panel: a plot with a legend or title is not one SVG; draw those in the figure itself');
  }
  for (const style of Array.from(drawn.querySelectorAll('style'))) style.remove();
  // Names of marks say nothing to a listener, and groups without a role may have none. Dots are found by their class.
  for (const group of Array.from(drawn.querySelectorAll('[aria-label]'))) {
    if (group.getAttribute('aria-label') === 'dot') group.setAttribute('class', 'dots');
    group.removeAttribute('aria-label');
  }
  for (const attribute of ['class', 'style', 'font-family']) drawn.removeAttribute(attribute);
  drawn.setAttribute('font-size', String(SIZE.tick));
  drawn.setAttribute('x', String(x));
  drawn.setAttribute('y', String(y));
  drawn.setAttribute('overflow', 'visible');
  return drawn.outerHTML;
}

export { Plot };
