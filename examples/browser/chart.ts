/** Lines over epochs, drawn anew for every point: enough for a few dozen of them. */
export interface Line {
  readonly name: string;
  readonly color: string;
  readonly values: readonly number[];
}

const margin = { left: 48, right: 96, top: 16, bottom: 36 };

/** Draws the lines from epoch 1 to `epochs`, the value axis from 0. */
export function drawChart(canvas: HTMLCanvasElement, lines: readonly Line[], epochs: number): void {
  const scale = globalThis.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d')!;
  context.scale(scale, scale);
  context.font = '13px system-ui, sans-serif';
  const highest = Math.max(0.1, ...lines.flatMap(({ values }) => values)) * 1.05;
  const x = (epoch: number) =>
    margin.left + ((width - margin.left - margin.right) * (epoch - 1)) / Math.max(1, epochs - 1);
  const y = (value: number) =>
    height - margin.bottom - (height - margin.top - margin.bottom) * (value / highest);

  context.strokeStyle = '#d8dde3';
  context.fillStyle = '#5b6570';
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (let tick = 0; tick <= 4; tick++) {
    const value = (highest * tick) / 4;
    context.beginPath();
    context.moveTo(margin.left, y(value));
    context.lineTo(width - margin.right, y(value));
    context.stroke();
    context.fillText(value.toFixed(2), margin.left - 8, y(value));
  }
  context.textAlign = 'center';
  const step = Math.max(1, Math.ceil(epochs / 8));
  for (let epoch = step; epoch <= epochs; epoch += step) {
    context.fillText(String(epoch), x(epoch), height - margin.bottom + 14);
  }
  context.fillText('epoch', (margin.left + width - margin.right) / 2, height - 8);

  const ends = lines.map(({ values }) => (values.length > 0 ? y(values.at(-1)!) : 0));
  context.textAlign = 'left';
  context.lineWidth = 2;
  lines.forEach(({ name, color, values }, index) => {
    if (values.length === 0) return;
    context.strokeStyle = color;
    context.fillStyle = color;
    context.beginPath();
    for (const [i, value] of values.entries()) context.lineTo(x(i + 1), y(value));
    context.stroke();
    // Names stand at the ends of their lines, moved apart where those meet.
    const other = ends[1 - index] ?? Number.NEGATIVE_INFINITY;
    const push = Math.max(0, 16 - Math.abs(ends[index] - other)) / 2;
    const below = ends[index] > other || (ends[index] === other && index > 0);
    context.fillText(name, x(values.length) + 8, ends[index] + (below ? push : -push));
  });
}
