/**
 * What devices need of this package, without its kernels. Devices are loaded when they are opened; a bundler that does
 * not split what is loaded later (esbuild) keeps all of a module that such code imports.
 */
export * from './join.ts';
export * from './limits.ts';
export * from './machine.ts';
