import type { KeyedRandom } from '../random.ts';

/**
 * A patient as numbers, in patient coordinates: x from -0.5 (the patient's right, on the left of the picture) to 0.5,
 * y from 0 (neck) to 1 (upper abdomen). Lengths are fractions of the field of view.
 */
export interface Anatomy {
  /** Outline of the body: half widths at neck, shoulders and torso, and the height of the shoulders. */
  neck: number;
  shoulders: number;
  torso: number;
  shoulderY: number;
  /** Per side (0 = patient's right, 1 = left). */
  lungs: [Lung, Lung];
  /** Heart: centre, half axes, and slant of its long axis (tangent). */
  heartX: number;
  heartY: number;
  heartRx: number;
  heartRy: number;
  heartSlant: number;
  /** Half width of the mediastinum above the heart, and of the aortic arch's bulge to the left. */
  mediastinum: number;
  aorta: number;
  aortaY: number;
  /** Size of the vessels' shadows at the lung roots. */
  hila: number;
  /** Ribs: distance between two, position of the first, how steeply they fall towards the side, how bright. */
  ribSpacing: number;
  ribPhase: number;
  ribSlope: number;
  ribContrast: number;
  clavicleY: number;
  clavicleContrast: number;
  /** Air in the stomach below the left diaphragm: 0 = none. */
  stomachAir: number;
  /** Breast or muscle shadow over the lower lungs, as a share of the air's contrast. */
  softTissueShadow: number;
}

/** One lung. */
export interface Lung {
  /** Height of its apex and of the top of the diaphragm under it. */
  apexY: number;
  domeY: number;
  /** Where the dome's top is (distance from the midline) and how curved the diaphragm is. */
  domeX: number;
  domeCurve: number;
  /** Distance of its outer border from the midline, at the widest. */
  side: number;
  /** Distance of the apex's middle from the midline. */
  apexX: number;
}

/** Typical proportions of a kind of patient; single patients vary about them. */
export interface Build {
  readonly shoulders: number;
  readonly torso: number;
  readonly shoulderY: number;
  readonly apexY: number;
  readonly domeY: number;
  readonly side: number;
  /** Heart's width over the chest's inner width (the cardiothoracic ratio). */
  readonly cardiothoracic: number;
  readonly ribSpacing: number;
  readonly ribContrast: number;
  /** Standard deviation of the proportions, as a multiple of the usual. */
  readonly variety: number;
}

/** Draws a patient. The number of draws does not depend on the values, so that later draws stay in step. */
export function drawAnatomy(random: KeyedRandom, build: Build): Anatomy {
  const vary = (mean: number, deviation: number) => mean + deviation * build.variety * random.normal();
  const apexY = vary(build.apexY, 0.022);
  const domeY = vary(build.domeY, 0.04);
  const side = vary(build.side, 0.022);
  const lung = (lift: number): Lung => ({
    apexY: apexY + 0.008 * random.normal(),
    domeY: domeY + lift + 0.012 * random.normal(),
    domeX: side * vary(0.48, 0.05),
    domeCurve: Math.max(0.4, vary(3.2, 0.8)),
    side: side + 0.01 * random.normal(),
    apexX: side * vary(0.43, 0.03),
  });
  const ratio = vary(build.cardiothoracic, 0.035);
  const heartRx = ratio * side;
  return {
    neck: vary(0.13, 0.02),
    shoulders: vary(build.shoulders, 0.05),
    torso: Math.max(side + 0.03, vary(build.torso, 0.045)),
    shoulderY: vary(build.shoulderY, 0.03),
    // The liver pushes the right diaphragm up.
    lungs: [lung(-0.012), lung(0.012)],
    heartX: vary(0.33, 0.07) * heartRx,
    heartY: domeY - vary(0.07, 0.02),
    heartRx,
    heartRy: vary(0.19, 0.015),
    heartSlant: vary(0.35, 0.12),
    mediastinum: Math.max(0.035, vary(0.062, 0.01)),
    aorta: Math.max(0, vary(0.03, 0.015)),
    aortaY: apexY + vary(0.17, 0.02),
    hila: Math.max(0.2, vary(1, 0.25)),
    ribSpacing: Math.max(0.06, vary(build.ribSpacing, 0.008)),
    ribPhase: random.uniform(),
    ribSlope: vary(0.45, 0.12),
    ribContrast: Math.max(0, vary(build.ribContrast, build.ribContrast * 0.35)),
    clavicleY: apexY + vary(0.05, 0.02),
    clavicleContrast: Math.max(0, vary(0.09, 0.04)),
    stomachAir: Math.max(0, random.normal()) * 0.12,
    softTissueShadow: Math.max(0, vary(0.08, 0.1)),
  };
}
