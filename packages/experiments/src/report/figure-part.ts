/** A figure within a page. */
import { type Figure, inlineSvg } from '../figures/figure.ts';
import { Html, html } from './html.ts';

/** The figure with its title below it; it scrolls where the page is narrow. */
export function figurePart(drawn: Figure): Html {
  return html`<figure id="fig-${drawn.id}"${drawn.points ? html` data-points="${drawn.points}"` : ''}><div
  class="plot scroll" role="group" tabindex="0"
  aria-label="Figure: ${drawn.title}">${new Html(inlineSvg(drawn))}</div>
<figcaption><b>${drawn.title}.</b> ${drawn.subtitle ? `${drawn.subtitle}.` : ''}</figcaption></figure>`;
}
