/** The page: starts the Worker and shows what it tells. */
import { drawChart } from './chart.ts';
import type { News, Start } from './messages.ts';

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const status = find('status');
const chart = find<HTMLCanvasElement>('chart');
const tiles = find('tiles');
const device = find<HTMLSelectElement>('device');

/** Epochs to train: `?epochs=N` in the address, else 20. */
const epochs = Number(new URLSearchParams(location.search).get('epochs')) || 20;
const trainLoss: number[] = [];
const valLoss: number[] = [];
let worker: Worker | undefined;
let opened = '';

function draw(): void {
  const lines = [
    { name: 'training', color: '#b3541e', values: trainLoss },
    { name: 'validation', color: '#1e5fb3', values: valLoss },
  ];
  drawChart(chart, lines, epochs);
  const latest = lines.flatMap(({ name, values }) =>
    values.length > 0 ? `${name} ${values.at(-1)!.toFixed(3)}` : [],
  );
  chart.setAttribute(
    'aria-label',
    latest.length > 0
      ? `Cross-entropy loss over ${trainLoss.length} of ${epochs} epochs, now ${latest.join(', ')}`
      : `Cross-entropy loss over ${epochs} epochs: nothing yet`,
  );
}

function start(): void {
  worker?.terminate();
  delete document.body.dataset.done;
  trainLoss.length = 0;
  valLoss.length = 0;
  status.textContent = 'Opening the device …';
  draw();
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<News>) => show(data);
  worker.onerror = (event) =>
    show({ kind: 'failed', reason: event.message || 'the Worker could not be loaded' });
  const order: Start = { device: device.value as Start['device'], epochs };
  worker.postMessage(order);
}

function show(news: News): void {
  if (news.kind === 'failed') {
    status.textContent = `Failed: ${news.reason}`;
    document.body.dataset.done = 'failed';
  }
  if (news.kind === 'opened') {
    opened = news.device;
    status.textContent = `${opened}. Compiling, then training on ${news.images} generated images …`;
  }
  if (news.kind === 'epoch') {
    trainLoss.push(news.trainLoss);
    valLoss.push(news.valLoss);
    const speed = Math.round(news.imagesPerSecond).toLocaleString('en');
    status.textContent =
      `${opened}. Epoch ${news.epoch} of ${epochs}: ${percent(news.valAccuracy)} ` +
      `of the validation images right, ${speed} images/s`;
    draw();
    markTiles(news.probabilities);
  }
  if (news.kind === 'done') {
    status.textContent =
      `${opened}. Epoch ${news.bestEpoch} was best on validation; ${percent(news.accuracy)} ` +
      'of the test images right';
    markTiles(news.probabilities);
    document.body.dataset.done = 'yes';
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** One canvas for each of the first test images; a border says whether the net is right, and how sure it is. */
let labels: Uint8Array = new Uint8Array();

async function makeTiles(): Promise<void> {
  const [images, all] = await Promise.all(
    ['images', 'labels'].map(
      async (kind) => new Uint8Array(await (await fetch(`/data/test/${kind}`)).arrayBuffer()),
    ),
  );
  labels = all.subarray(0, 32);
  for (const [n, label] of labels.entries()) {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 28;
    const pixels = new ImageData(28, 28);
    for (let i = 0; i < 784; i++) pixels.data.set([...Array(3).fill(images[n * 784 + i]), 255], 4 * i);
    canvas.getContext('2d')!.putImageData(pixels, 0, 0);
    const figure = document.createElement('figure');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `Test image ${n + 1}: ${label ? 'pneumonia' : 'normal'}`);
    figure.append(canvas, document.createElement('figcaption'));
    figure.title = label ? 'pneumonia' : 'normal';
    tiles.append(figure);
  }
}

function markTiles(probabilities: readonly number[]): void {
  for (const [n, probability] of probabilities.entries()) {
    const figure = tiles.children[n] as HTMLElement | undefined;
    if (!figure) return;
    const right = Number(probability > 0.5) === labels[n];
    figure.dataset.right = String(right);
    figure.querySelector('figcaption')!.textContent =
      `${right ? '✓' : '✗'} ${Math.round(100 * probability)} %`;
  }
}

find('again').onclick = start;
device.onchange = start;
globalThis.onresize = draw;
await makeTiles();
start();
