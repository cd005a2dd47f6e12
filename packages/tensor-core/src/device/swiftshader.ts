import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parseTar } from 'nanotar';

const RTLD_NODELETE = 0x1000; // glibc's value; node:os does not list it

/** The npm package brings Linux on x64 only. */
const supported = process.platform === 'linux' && process.arch === 'x64';

/**
 * Makes Dawn find a software Vulkan driver without a system package: SwiftShader, as the npm package
 * `@sparticuz/chromium` carries it. Call it before the Dawn instance that shall use it is created.
 * @throws Error on anything but Linux on x64, or if the driver cannot be unpacked.
 */
export function useSwiftShader(): void {
  if (!supported) {
    throw new Error(
      `The software adapter exists for Linux on x64 only (this is ${process.platform} on ${process.arch}); ` +
        'use --adapter hardware',
    );
  }
  process.env.VK_ICD_FILENAMES = join(unpack(), 'vk_swiftshader_icd.json');
  loadVulkanLoader();
}

const systemLoaders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/lib64'].map((folder) =>
  join(folder, 'libvulkan.so.1'),
);

/**
 * Loads the packaged Vulkan loader (`libvulkan.so.1`) into the process. Dawn opens it by name, and having it already
 * makes that succeed on machines that have no loader of their own (a driver may well be there without one).
 */
export function loadVulkanLoader(): void {
  if (!supported || systemLoaders.some((file) => existsSync(file))) return;
  try {
    // It is no Node addon, so Node closes it again: NODELETE keeps it.
    const flags = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;
    process.dlopen({ exports: {} }, join(unpack(), 'libvulkan.so.1'), flags);
  } catch (error) {
    if (!(error as Error).message.includes('did not self-register')) throw error;
  }
}

/** Unpacks the driver into the user's cache once; several processes may do so at the same time. */
function unpack(): string {
  const require = createRequire(import.meta.url);
  const packageFolder = dirname(dirname(require.resolve('@sparticuz/chromium')));
  const root = packageRoot(packageFolder);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  for (const parent of [join(cache, 'glassbox'), join(tmpdir(), 'glassbox')]) {
    const folder = join(parent, `swiftshader-${version}`);
    if (existsSync(join(folder, 'libvulkan.so.1'))) return folder;
    try {
      mkdirSync(parent, { recursive: true });
      const aside = mkdtempSync(`${folder}-`);
      const archive = brotliDecompressSync(readFileSync(join(root, 'bin', 'swiftshader.tar.br')));
      for (const { name, data } of parseTar(archive)) {
        if (data && /^(libvk_swiftshader\.so|libvulkan\.so\.1|vk_swiftshader_icd\.json)$/.test(name)) {
          writeFileSync(join(aside, name), data);
        }
      }
      try {
        renameSync(aside, folder);
      } catch {
        rmSync(aside, { recursive: true, force: true }); // another process was faster
      }
      if (existsSync(join(folder, 'libvulkan.so.1'))) return folder;
    } catch {
      // Not writable: try the next place.
    }
  }
  throw new Error(
    `Cannot unpack the software adapter: neither ${cache} nor ${tmpdir()} is writable (set XDG_CACHE_HOME to a ` +
      'folder that is)',
  );
}

function packageRoot(folder: string): string {
  let current = folder;
  while (!existsSync(join(current, 'bin', 'swiftshader.tar.br'))) {
    const parent = dirname(current);
    if (parent === current)
      throw new Error(
        '@sparticuz/chromium is installed without its bin/swiftshader.tar.br; reinstall the dependencies',
      );
    current = parent;
  }
  return current;
}
