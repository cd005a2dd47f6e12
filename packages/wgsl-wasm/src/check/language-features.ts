/** Language features that are part of the subset, so that a module may require them. */
export const FEATURES: ReadonlySet<string> = new Set([
  'buffer_view',
  'immediate_address_space',
  'linear_indexing',
  'packed_4x8_integer_dot_product',
  'pointer_composite_access',
  'subgroup_id',
  'swizzle_assignment',
  'uniform_buffer_standard_layout',
  'unrestricted_pointer_parameters',
]);
