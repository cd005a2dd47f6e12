/** What a classifier makes of pictures: node examples/predict.ts CHECKPOINT IMAGE… */
import { openClassifier, predict } from '@glassbox/classifier';
import { readPictures } from '@glassbox/images/files';
import { openRuntime } from 'glassbox';

const [checkpoint, ...paths] = process.argv.slice(2);
const runtime = await openRuntime();
const classifier = await openClassifier(runtime, checkpoint);
for (const path of paths) {
  const pictures = (await readPictures(path)).map(({ picture }) => picture);
  for (const { class: name, probabilities } of await predict(classifier, pictures)) {
    const percent = classifier.classes.map((each, k) => `${each} ${(100 * probabilities[k]).toFixed(1)} %`);
    console.log(`${path}: ${name} (${percent.join(', ')})`);
  }
}
await runtime.destroy();
