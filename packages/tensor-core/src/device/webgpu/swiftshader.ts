import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { DeviceError } from '../device.ts';

const RTLD_NODELETE = 0x1000; // glibc's value; node:os does not list it

/** The npm package brings Linux on x64 only. */
const supported = process.platform === 'linux' && process.arch === 'x64';

/**
 * The npm package that brings the driver: 67 MB that only tests and measurements without a GPU need. So users of this
 * package install it themselves if they want it; in this repository it is there.
 */
const carrier = '@sparticuz/chromium';

/** Where the carrier may be installed: beside this package, or in the project that the process was started in. */
const places = [import.meta.url, join(process.cwd(), 'package.json')];

/** The carrier's folder; undefined if it is not installed. */
export function findCarrier(from: readonly string[] = places): string | undefined {
  for (const place of from) {
    try {
      return carrierRoot(dirname(createRequire(place).resolve(carrier)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/**
 * Makes Dawn find a software Vulkan driver without a system package: SwiftShader, as the npm package
 * `@sparticuz/chromium` carries it. Call it before the Dawn instance that uses it is made.
 * @throws DeviceError on anything but Linux on x64, or if the package is not installed or cannot be unpacked.
 */
export function useSwiftShader(from = places): void {
  if (!supported) {
    throw new DeviceError(
      `The software adapter exists for Linux on x64 only (this is ${process.platform} on ${process.arch}); ` +
        'use --adapter hardware',
    );
  }
  const root = findCarrier(from);
  if (!root) {
    throw new DeviceError(
      `The software adapter needs the npm package ${carrier}, which brings SwiftShader and is not installed here: ` +
        `run \`npm install --save-dev ${carrier}\`, or use --device wasm`,
    );
  }
  const folder = unpack(root);
  const driver = join(folder, 'vk_swiftshader_icd.json');
  if (process.env.VK_ICD_FILENAMES !== driver) {
    if (!loadsLibraries) {
      throw new DeviceError(
        'Only Node can load the software adapter into a process that runs. Start this one with it: ' +
          `LD_LIBRARY_PATH=${folder} VK_ICD_FILENAMES=${driver}`,
      );
    }
    process.env.VK_ICD_FILENAMES = driver;
  }
  loadVulkanLoader();
}

/** Bun and Deno close at once again what is none of Node's addons. */
const loadsLibraries = !process.versions.bun && !process.versions.deno;

const systemLoaders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib', '/lib64'].map((folder) =>
  join(folder, 'libvulkan.so.1'),
);

/**
 * Loads the packaged Vulkan loader (`libvulkan.so.1`), if it is installed, into the process. Dawn opens it by name, and
 * having it already makes that succeed on machines that have no loader of their own (a driver may well be there without
 * one).
 */
export function loadVulkanLoader(): void {
  if (!supported || !loadsLibraries || systemLoaders.some((file) => existsSync(file))) return;
  const root = findCarrier();
  if (!root) return;
  try {
    // It is no Node addon, so Node closes it again: NODELETE keeps it.
    const flags = constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE;
    process.dlopen({ exports: {} }, join(unpack(root), 'libvulkan.so.1'), flags);
  } catch (error) {
    if (!(error as Error).message.includes('did not self-register')) throw error;
  }
}

/** Unpacks the driver into the user's cache once; several processes may do so at the same time. */
function unpack(root: string): string {
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
  throw new DeviceError(
    `Cannot unpack the software adapter: neither ${cache} nor ${tmpdir()} is writable ` +
      '(set XDG_CACHE_HOME to a folder that is)',
  );
}

function carrierRoot(folder: string): string {
  let current = folder;
  while (!existsSync(join(current, 'bin', 'swiftshader.tar.br'))) {
    const parent = dirname(current);
    if (parent === current)
      throw new DeviceError(
        `${carrier} is installed without its bin/swiftshader.tar.br; reinstall the dependencies`,
      );
    current = parent;
  }
  return current;
}
