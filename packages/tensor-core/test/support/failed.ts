import { afterEach, beforeEach } from 'vitest';
import type { Device } from '../../src/device/device.ts';

interface Suite {
  readonly name: string;
  readonly suite?: Suite;
}

const fullName = ({ name, suite }: Suite): string => (suite ? `${fullName(suite)} ${name}` : name);

/**
 * The tests of a file share its devices, and a device that failed throws its first failure at every call. So the tests
 * after that one fail with the reason, not with counterexamples of their own.
 * @param devices by the name that their tests have in their titles
 */
export function blameFirstFailure(
  devices: readonly { readonly name: string; readonly device: Device }[],
): void {
  const failed = new Map<string, string>();
  afterEach(async ({ task }) => {
    for (const { name, device } of devices) {
      if (failed.has(name)) continue;
      await device.synchronize().catch(({ message }: Error) => {
        failed.set(name, `${name} failed in "${task.name}" before this test: ${message}`);
      });
    }
  });
  beforeEach(({ task }) => {
    for (const [name, message] of failed) if (fullName(task).includes(name)) throw new Error(message);
  });
}
