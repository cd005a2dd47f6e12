/** Opens a data set on the disk, says so, and waits to be killed: `open-and-wait.ts FILE SCRATCH`. */
import { openDataset } from '../../src/index.ts';

const [file, scratch] = process.argv.slice(2);
const set = await openDataset({ file, scratch, maxResident: 0 });
console.log(set.streamed ? 'open' : 'in memory');
setInterval(() => {}, 1000);
