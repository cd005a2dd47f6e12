/**
 * The images behind the dots of PCA and t-SNE: a bar above each such figure, driven by hovering over a dot or by a
 * slider (keyboard, screen reader), and a copy of the image beside the dot that the mouse is on. Everything lies in
 * the page: one picture of all images, one list of points for each target, and the script below. Without scripts the
 * figures are what they were.
 */
import { toBase64 } from '../figures/base64.ts';
import { CLASS_NAMES, drawingOrder } from '../figures/embeddings.ts';
import { Html, html } from '../report/html.ts';
import { sprite } from '../report/images.ts';
import { type RunResults, TARGETS } from '../report/results.ts';

/** Side by side in the picture of all images. */
const COLUMNS = 25;
/** Sizes on the page in px: four screen pixels for each of a 28 by 28 image. */
const SHOWN = 112;
/** How far from a dot the mouse or a finger may be, px. */
const REACH = 12;

/** Style, data and script of the viewers; undefined where the run kept no images of embedded points. */
export function viewers(results: RunResults): Html | undefined {
  const targets = TARGETS.flatMap((target) => {
    const images = results.testImages?.[target];
    const points = results.embeddedPoints[target];
    if (!images || !points) return [];
    const places = new Map(images.rows.map((row, place) => [row, place]));
    const place = points.indices.map((row) => places.get(row));
    if (place.includes(undefined)) return [];
    const { indices: rows, labels, split } = points;
    const data = {
      place,
      rows,
      labels,
      split,
      order: drawingOrder(labels.length),
      names: CLASS_NAMES[target],
    };
    return [{ target, data, picture: sprite(images, COLUMNS) }];
  });
  if (targets.length === 0) return undefined;
  const css = targets.map(
    ({ target, picture }) =>
      `.xray-${target}{background-image:url(data:image/png;base64,${toBase64(picture)})}`,
  );
  const json = JSON.stringify(Object.fromEntries(targets.map(({ target, data }) => [target, data])));
  return html`<style>${new Html(css.join('\n'))}</style>
<script type="application/json" id="points">${new Html(json.replaceAll('<', '\\u003c'))}</script>
<script>${new Html(SCRIPT)}</script>`;
}

/** CSS of the viewers. */
export const viewerCss = `
.viewer {
  display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 1rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px; padding: .5rem .8rem; margin-bottom: .8rem;
}
.viewer label { display: flex; align-items: center; gap: .6rem; flex: 1 1 12rem; font-size: .93rem; }
.viewer input { flex: 1 1 8rem; min-width: 6rem; accent-color: var(--accent); }
.viewer output { flex: 2 1 14rem; font-size: .93rem; }
.xray {
  width: ${SHOWN}px; height: ${SHOWN}px; flex: none; image-rendering: pixelated;
  background-size: ${COLUMNS * SHOWN}px auto; border-radius: 4px; background-color: #000;
}
.beside {
  position: fixed; z-index: 2; pointer-events: none; padding: 4px; background: var(--page);
  border: 1px solid var(--line); border-radius: 6px; font-size: .85rem; text-align: center;
}
[data-points] .plot > svg { cursor: crosshair; }
@media print {
  .viewer, .beside { display: none; }
}`;

const SCRIPT = `'use strict';
for (const scroller of document.querySelectorAll('.scroll')) {
  const check = () => {
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0;
    else scroller.removeAttribute('tabindex');
  };
  check();
  addEventListener('resize', check);
  scroller.closest('details')?.addEventListener('toggle', check);
}
const sets = JSON.parse(document.getElementById('points').textContent);
const beside = document.createElement('div');
beside.className = 'beside';
beside.hidden = true;
beside.setAttribute('aria-hidden', 'true');
beside.innerHTML = '<div class="xray"></div><span></span>';
document.body.append(beside);
addEventListener('keydown', (event) => { if (event.key === 'Escape') beside.hidden = true; });
addEventListener('scroll', () => { beside.hidden = true; }, { passive: true });
document.querySelectorAll('[data-points]').forEach((figure, number) => {
  const target = figure.dataset.points;
  const set = sets[target];
  if (!set) return;
  const panels = [...figure.querySelectorAll('g.dots')].filter((g) => g.children.length === set.order.length);
  if (panels.length === 0) return;
  const dots = panels.map((panel) => {
    const own = [];
    [...panel.children].forEach((circle, drawn) => { own[set.order[drawn]] = circle; });
    return own;
  });
  const center = (circle) => ['cx', 'cy'].map((name) => Number(circle.getAttribute(name)));
  const places = dots.map((own) => own.map(center));
  const rings = panels.map((panel) => {
    const ring = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    const looks = {
      r: 7, fill: 'none', stroke: 'currentColor', 'stroke-width': 2.5, 'pointer-events': 'none', visibility: 'hidden',
    };
    for (const name in looks) ring.setAttribute(name, looks[name]);
    panel.parentNode.append(ring);
    return ring;
  });
  const viewer = document.createElement('div');
  viewer.className = 'viewer';
  const id = 'dot-' + number;
  viewer.innerHTML = '<div class="xray" role="img"></div><label for="' + id + '">Image ' +
    '<input type="range" id="' + id + '" min="0" step="1" value="0"></label><output for="' + id + '"></output>';
  const [image, slider, output] = ['.xray', 'input', 'output'].map((name) => viewer.querySelector(name));
  slider.max = set.labels.length - 1;
  figure.prepend(viewer);
  const words = (i) => set.names[set.labels[i]] + ', row ' + set.rows[i] + ' of the ' + set.split + ' split';
  const put = (element, i) => {
    element.className = 'xray xray-' + target;
    const [column, row] = [set.place[i] % ${COLUMNS}, Math.floor(set.place[i] / ${COLUMNS})];
    element.style.backgroundPosition = -column * ${SHOWN} + 'px ' + -row * ${SHOWN} + 'px';
  };
  const show = (i, visible) => {
    slider.value = i;
    slider.setAttribute('aria-valuetext', words(i));
    put(image, i);
    image.setAttribute('aria-label', 'X-ray: ' + words(i));
    output.textContent = words(i) + (panels.length > 1 ? '; ringed in each panel' : '; ringed below');
    dots.forEach((own, p) => {
      for (const name of ['cx', 'cy', 'transform']) {
        const value = own[i].getAttribute(name);
        if (value !== null) rings[p].setAttribute(name, value);
      }
      if (visible) rings[p].setAttribute('visibility', 'visible');
    });
  };
  show(0, false);
  slider.addEventListener('input', () => show(Number(slider.value), true));
  slider.addEventListener('focus', () => show(Number(slider.value), true));
  // The nearest dot within a finger's breadth: a dot alone is too small to hit.
  const nearest = ({ clientX, clientY }) => {
    let best = ${REACH} ** 2;
    let found;
    panels.forEach((panel, p) => {
      const matrix = panel.getScreenCTM();
      const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
      const scale = matrix.a ** 2 + matrix.b ** 2;
      places[p].forEach(([left, top], i) => {
        const distance = ((left - x) ** 2 + (top - y) ** 2) * scale;
        if (distance < best) [best, found] = [distance, dots[p][i]];
      });
    });
    return found;
  };
  const indexOf = new Map(dots.flatMap((own) => own.map((circle, i) => [circle, i])));
  const drawing = figure.querySelector('.plot > svg');
  for (const kind of ['pointermove', 'pointerdown']) {
    drawing.addEventListener(kind, (event) => {
      const circle = nearest(event);
      beside.hidden = circle === undefined;
      if (circle === undefined) return;
      const i = indexOf.get(circle);
      show(i, true);
      put(beside.firstChild, i);
      beside.lastChild.textContent = set.names[set.labels[i]];
      const box = circle.getBoundingClientRect();
      const size = beside.getBoundingClientRect();
      beside.style.left = Math.max(4, Math.min(box.right + 8, innerWidth - size.width - 4)) + 'px';
      beside.style.top = Math.max(4, box.top - size.height - 8) + 'px';
    });
  }
  drawing.addEventListener('pointerleave', () => { beside.hidden = true; });
});`;
