import type { Lesson } from './lesson.ts';
import type { Explanation, Place } from './types.ts';

/**
 * Where one number of a lesson comes from: what the running net's kernels did to compute it, in their order.
 * @throws RangeError if there is no such element.
 */
export declare function explain(lesson: Lesson, place: Place): Promise<Explanation>;
