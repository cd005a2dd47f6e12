/** The model of the classroom: a training step in four parts, and where each of its numbers comes from. No DOM. */
export { explain } from './explain.ts';
export { Lesson, type LessonOptions, openLesson } from './lesson.ts';
export type {
  Constant,
  Element,
  Explanation,
  Expression,
  LayerInfo,
  Operation,
  Place,
  Product,
  Stage,
  StepTensor,
  Sum,
  TensorKind,
  Term,
} from './types.ts';
