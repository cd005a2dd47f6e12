/** Invocations of a subgroup. */
export const SUBGROUP_SIZE = 8;
