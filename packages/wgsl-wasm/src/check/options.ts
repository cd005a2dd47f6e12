/** What a check is told. */
export interface CheckOptions {
  /** Values by `@id` (in decimal) or by name; booleans as 0 and 1. */
  readonly overrides?: Readonly<Record<string, number | boolean>>;
  /**
   * WGSL's original rule for uniform buffers: array strides and structure members of structure type at multiples of
   * 16 bytes. Off by default, as Tint has the language feature `uniform_buffer_standard_layout`; turn it on for
   * shaders that must also run on implementations without it.
   */
  readonly portableUniformLayout?: boolean;
  /** The entry point that counts: what override values make invalid elsewhere does not matter. Default: all count. */
  readonly entryPoint?: string;
  /** Names that `enable` may have. Default: all that WGSL knows. */
  readonly extensions?: readonly string[];
}
