/**
 * A type of the platform by its name (`AbortSignal`, `GPUDevice`), where a program has it: from the DOM's types, from
 * `@types/node`, from `@webgpu/types`. Elsewhere it is unknown. So our declarations ask nobody to install types.
 */
export type PlatformType<Name extends string> = typeof globalThis extends {
  readonly [Each in Name]: { readonly prototype: infer T };
}
  ? T
  : unknown;
