/** The autoencoder's inputs above its reconstructions. */
import type { AutoencoderResult } from '../report/results.ts';
import { type Figure, text } from './figure.ts';
import { greyImage } from './image.ts';
import { SIZE } from './style.ts';

/**
 * @param data what the images are called
 * @param most images shown at most; the first ones
 */
export function reconstructionsFigure(result: AutoencoderResult, data: string, most = 8): Figure {
  const shown = result.examples.slice(0, most);
  const left = 108;
  const side = 88;
  const gap = 10;
  const width = left + shown.length * (side + gap) - gap;
  let body = text(left - 12, side / 2 + 4, 'input', { anchor: 'end', bold: true });
  body += text(left - 12, side * 1.5 + gap + 4, 'reconstruction', { anchor: 'end', bold: true });
  const lower = 2 * side + gap;
  body += text(left - 12, lower + 18, 'PSNR', { anchor: 'end', size: SIZE.tick, opacity: 0.8 });
  body += text(left - 12, lower + 34, 'SSIM', { anchor: 'end', size: SIZE.tick, opacity: 0.8 });
  shown.forEach((example, i) => {
    const x = left + i * (side + gap);
    body += greyImage(example.input, result.size, { x, y: 0, width: side });
    body += greyImage(example.reconstruction, result.size, { x, y: side + gap, width: side });
    body += text(x + side / 2, lower + 18, `${example.psnr.toFixed(1)} dB`, {
      anchor: 'middle',
      size: SIZE.tick,
    });
    body += text(x + side / 2, lower + 34, example.ssim.toFixed(3), { anchor: 'middle', size: SIZE.tick });
  });
  return {
    id: 'autoencoder-reconstructions',
    title: `Test images of ${data} and their reconstructions`,
    subtitle:
      `Over the whole test set: PSNR ${result.psnr.toFixed(1)} dB, SSIM ${result.ssim.toFixed(3)}; the ` +
      `mean training image alone reaches ${result.meanImage.psnr.toFixed(1)} dB and ` +
      `${result.meanImage.ssim.toFixed(3)}`,
    alt:
      `${shown.length} images of ${data} above their reconstructions, PSNR ` +
      `${shown.map((e) => e.psnr.toFixed(1)).join(', ')} dB`,
    width,
    height: lower + 42,
    body,
  };
}
