/** Language features that are part of the subset, so that a module may require them. */
export const FEATURES: ReadonlySet<string> = new Set([
  'buffer_view',
  'immediate_address_space',
  'linear_indexing',
  'packed_4x8_integer_dot_product',
  'pointer_composite_access',
  'readonly_and_readwrite_storage_textures',
  'subgroup_id',
  'swizzle_assignment',
  'texture_and_sampler_let',
  'uniform_buffer_standard_layout',
  'unrestricted_pointer_parameters',
]);
