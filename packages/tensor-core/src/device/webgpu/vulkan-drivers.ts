import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * True unless this is a Linux machine without any Vulkan driver: Dawn would find nothing there and print warnings.
 * Looks where the Vulkan loader looks for driver manifests.
 */
export function mayHaveGpuDriver(): boolean {
  if (process.platform !== 'linux') return true;
  if (process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES || process.env.VK_ADD_DRIVER_FILES)
    return true;
  const data = process.env.XDG_DATA_DIRS?.split(':') ?? ['/usr/local/share', '/usr/share'];
  const config = process.env.XDG_CONFIG_DIRS?.split(':') ?? ['/etc/xdg'];
  const home = process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share');
  return [...config, '/etc', ...data, home].some((folder) => {
    const manifests = join(folder, 'vulkan', 'icd.d');
    return existsSync(manifests) && readdirSync(manifests).some((file) => file.endsWith('.json'));
  });
}
