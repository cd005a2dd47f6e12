/** Figures of a training on own images: any number of classes. */
import { logOddsAgainstRest } from '@glassbox/metrics';
import type { Figure } from '../figures/figure.ts';
import {
  calibrationFigure,
  confusionFigure,
  learningFigure,
  MISTAKES_SHOWN,
  MOST_IN_MATRIX,
  rocFigure,
  wrongAnswersFigure,
} from '../figures/judged.ts';
import { type OwnResults, wrongAnswers } from './results.ts';

/** Every figure of a run. @param picture the pixels of a test image, by its place among the answers */
export function ownFigures(results: OwnResults, picture: (index: number) => Uint8Array): Figure[] {
  const { classes, answers, test } = results;
  const { confusion, calibrationError, brier } = test.scores;
  const width = classes.length;
  const logits = answers.flatMap((answer) => answer.logits);
  // With two classes the second curve is the mirror image of the first.
  const curves = (width === 2 ? [1] : [...classes.keys()]).map((k) => ({
    name: classes[k],
    auc: test.scores.classes[k].auc,
    scores: logOddsAgainstRest({ logits, width }, k),
    labels: answers.map(({ label }) => Number(label === k)),
  }));
  const wrong = wrongAnswers(results)
    .slice(0, MISTAKES_SHOWN)
    .map(({ label, answer, sure, index }) => ({
      is: classes[label],
      said: classes[answer],
      sure,
      pixels: picture(index),
    }));
  return [
    learningFigure([results], 'The epoch with the highest validation AUC is kept'),
    ...(width > MOST_IN_MATRIX ? [] : [confusionFigure(classes, confusion)]),
    rocFigure(
      width === 2 ? 'ROC curve' : 'ROC curves of each class against the rest',
      answers.length,
      curves,
    ),
    calibrationFigure(answers.map(answerAndTruth), {
      calibrationError,
      brier,
      x: 'probability of the answer',
      y: 'share of right answers',
    }),
    ...wrongAnswersFigure(wrong, results),
  ];
}

function answerAndTruth({ label, logits }: OwnResults['answers'][number]): [number, number] {
  const largest = Math.max(...logits);
  const sure = 1 / logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
  return [sure, Number(logits.indexOf(largest) === label)];
}
