/** What WebGPU guarantees on every adapter. No kernel needs more. */
export const guaranteed = {
  /** Storage buffers of one kernel. */
  buffersPerKernel: 8,
  invocationsPerWorkgroup: 256,
  /** In each dimension of a dispatch. */
  workgroupsPerDimension: 65535,
} as const;
