/** `npm run doctor [-- --json]`: what this machine offers, what `--device auto` chooses, and why. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { type DeviceSurvey, surveyDevices } from '@glassbox/tensor-core';
import { parseCommandLine, runProgram } from './args.ts';

const help = `
npm run doctor [-- --json]

Lists the adapters found, the features and limits that matter, what --device auto chooses and why,
and what to do when there is none.
`.trim();

await runProgram(help, async () => {
  const { values } = parseCommandLine(process.argv.slice(2), { json: { type: 'boolean', default: false } });
  const survey = await surveyDevices();
  const machine = {
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
  if (values.json) console.log(JSON.stringify({ machine, ...survey }, null, 2));
  else print(machine, survey);
  return survey.choice ? 0 : 1;
});

function print(
  machine: Record<string, string | number>,
  { devices, choice, reason, advice }: DeviceSurvey,
): void {
  for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(12)}${value}`);
  for (const { kind, title, found, detail, features, limits } of devices) {
    console.log(`\n${kind}: ${title}`);
    console.log(`  ${found ? 'found' : 'not found'}: ${detail}`);
    if (features?.length) console.log(`  features  ${features.join(', ')}`);
    for (const [name, value] of Object.entries(limits ?? {})) console.log(`  ${name.padEnd(36)}${value}`);
  }
  console.log(`\n--device auto chooses: ${choice ?? 'nothing'}\n  ${reason}`);
  for (const line of advice) console.log(`  ${line}`);
}
