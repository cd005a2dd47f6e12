/** `npm run stand-in`: writes files of the shapes of published data sets, with generated images. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { integer, oneOfWords, parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import {
  datasetFileName,
  datasetInfo,
  datasetNames,
  formatBytes,
  type ImageSize,
  imageSizes,
  unpackedBytes,
  writeStandIn,
} from '@glassbox/medmnist';

const help = `
npm run stand-in -- SET… [options]

Writes files that have the exact shape of published MedMNIST files, with images that are generated: to try what a data
set asks of memory, disk and time. Figures measured on them say nothing about patients. Every reader of this project
says that they are synthetic.

SET: ${datasetNames.slice(0, 6).join(', ')},
     ${datasetNames.slice(6).join(', ')}, or all

  --size PIXELS   ${imageSizes.join(', ')} (default 28)
  --stored        do not compress the arrays: written and opened faster, for training from the disk
  --percent N     of the published number of images, 1 to 100 (default 100)
  --seed N        other images (default 0)
  --out DIR       the folder (default stand-ins)
`.trim();

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), {
    size: { type: 'string', default: '28' },
    stored: { type: 'boolean', default: false },
    percent: { type: 'string', default: '100' },
    seed: { type: 'string', default: '0' },
    out: { type: 'string', default: 'stand-ins' },
  });
  if (positionals.length === 0)
    throw new UsageError(`Which data set? Choose ${datasetNames.join(', ')}, or all.`);
  const names = positionals.includes('all')
    ? datasetNames
    : positionals.map((name) => oneOfWords('SET', name, datasetNames));
  const size = Number(oneOfWords('--size', values.size, imageSizes.map(String))) as ImageSize;
  const fraction = integer('--percent', values.percent, 1, 100) / 100;
  const seed = integer('--seed', values.seed, 0);
  mkdirSync(values.out, { recursive: true });
  for (const name of names) {
    const file = join(values.out, datasetFileName(name, size));
    const bytes = unpackedBytes(datasetInfo(name), size) * fraction;
    console.error(`${file}: ${formatBytes(bytes)} of images and labels`);
    await writeStandIn(file, { name, size, compress: !values.stored, fraction, seed });
    console.log(`${file}: ${formatBytes(statSync(file).size)}`);
  }
  return 0;
});
