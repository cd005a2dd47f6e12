import type { KeyedRandom } from '../random.ts';
import type { Lung } from './anatomy.ts';
import type { Opacity, Scene } from './scene.ts';

/**
 * What each finding does to a scene. `strength` runs from 0 (cannot be seen) to 1 (cannot be missed); most cases lie
 * low, as they do in practice. Where a finding lies, and on which side, is drawn anew for each image.
 */
type Finding = (scene: Scene, strength: number, random: KeyedRandom) => void;

/** In the catalogue's order. */
export const findingTable: readonly { readonly name: string; readonly apply: Finding }[] = [
  { name: 'atelectasis', apply: atelectasis },
  { name: 'cardiomegaly', apply: cardiomegaly },
  { name: 'effusion', apply: effusion },
  { name: 'infiltration', apply: infiltration },
  { name: 'mass', apply: mass },
  { name: 'nodule', apply: nodule },
  { name: 'pneumonia', apply: pneumonia },
  { name: 'pneumothorax', apply: pneumothorax },
  { name: 'consolidation', apply: consolidation },
  { name: 'edema', apply: edema },
  { name: 'emphysema', apply: emphysema },
  { name: 'fibrosis', apply: fibrosis },
  { name: 'pleural', apply: pleuralThickening },
  { name: 'hernia', apply: hernia },
];

function drawSide(random: KeyedRandom): 0 | 1 {
  return random.chance(0.5) ? 1 : 0;
}

/** A point inside a lung: `low` to `high` from apex (0) to diaphragm (1), anywhere across. */
function pointIn(
  scene: Scene,
  side: 0 | 1,
  low: number,
  high: number,
  random: KeyedRandom,
): { x: number; y: number } {
  const lung = scene.anatomy.lungs[side];
  const t = random.between(low, high);
  const away = random.between(0.12, 0.85) * lung.side * (0.65 + 0.35 * t);
  return { x: side === 0 ? -away : away, y: lung.apexY + t * (lung.domeY - lung.apexY) };
}

function blob(
  scene: Scene,
  at: { x: number; y: number },
  radius: number,
  amount: number,
  sharp: number,
  random: KeyedRandom,
): void {
  const opacity: Opacity = {
    x: at.x,
    y: at.y,
    rx: radius * random.between(0.8, 1.25),
    ry: radius * random.between(0.8, 1.25),
    tilt: random.between(-0.3, 0.3),
    amount,
    sharp,
  };
  scene.disease.opacities.push(opacity);
}

/** Collapsed lung tissue: plate-like shadows above a raised diaphragm, the lung smaller. */
export function atelectasis(scene: Scene, strength: number, random: KeyedRandom): void {
  const side = drawSide(random);
  const lung = scene.anatomy.lungs[side];
  lung.domeY -= 0.075 * strength;
  lung.side -= 0.015 * strength;
  const plates = 1 + random.below(3);
  for (let i = 0; i < plates; i++) {
    const at = pointIn(scene, side, 0.65, 0.98, random);
    scene.disease.opacities.push({
      ...at,
      rx: random.between(0.08, 0.15),
      ry: random.between(0.018, 0.04),
      tilt: random.between(-0.35, 0.35),
      amount: 0.2 + 0.5 * strength,
      sharp: 0.4,
    });
  }
}

/** Enlarged heart: a cardiothoracic ratio above one half. */
export function cardiomegaly(scene: Scene, strength: number, _random: KeyedRandom): void {
  const { anatomy } = scene;
  anatomy.heartRx *= 1.06 + 0.42 * strength;
  anatomy.heartX *= 1 + 0.25 * strength;
  anatomy.heartRy *= 1 + 0.18 * strength;
  scene.disease.vessels += 0.35 * strength;
}

/** Fluid that fills the angle between diaphragm and chest wall, in a third of the cases on both sides. */
export function effusion(scene: Scene, strength: number, random: KeyedRandom): void {
  const side = drawSide(random);
  const both = random.chance(0.35);
  const height = 0.05 + 0.3 * strength;
  const { fluid } = scene.disease;
  fluid[side] = Math.max(fluid[side], height);
  if (both) fluid[1 - side] = Math.max(fluid[1 - side], height * random.between(0.4, 1));
}

/** Ill-defined patches in one or both lungs. */
export function infiltration(scene: Scene, strength: number, random: KeyedRandom): void {
  const patches = 2 + random.below(4);
  const first = drawSide(random);
  for (let i = 0; i < patches; i++) {
    const side = random.chance(0.65) ? first : ((1 - first) as 0 | 1);
    const at = pointIn(scene, side, 0.3, 0.95, random);
    blob(scene, at, random.between(0.06, 0.14), (0.1 + 0.4 * strength) * random.between(0.6, 1.2), 0, random);
  }
  scene.disease.vessels += 0.4 * strength;
}

/** One round shadow of 3 cm or more. */
export function mass(scene: Scene, strength: number, random: KeyedRandom): void {
  const at = pointIn(scene, drawSide(random), 0.15, 0.85, random);
  blob(scene, at, 0.05 + 0.06 * strength, 0.4 + 0.45 * strength, 0.8, random);
}

/** One or a few round shadows below 3 cm: often less than a pixel at 28 x 28. */
export function nodule(scene: Scene, strength: number, random: KeyedRandom): void {
  const nodules = random.chance(0.3) ? 2 + random.below(3) : 1;
  for (let i = 0; i < nodules; i++) {
    const at = pointIn(scene, drawSide(random), 0.12, 0.9, random);
    blob(scene, at, 0.022 + 0.022 * strength, 0.35 + 0.45 * strength, 0.7, random);
  }
}

/** A segment or lobe filled, with patches about it. */
export function pneumonia(scene: Scene, strength: number, random: KeyedRandom): void {
  const side = drawSide(random);
  const at = pointIn(scene, side, 0.3, 0.95, random);
  blob(scene, at, 0.1 + 0.09 * strength, 0.25 + 0.5 * strength, 0.25, random);
  infiltration(scene, 0.5 * strength, random);
}

/** Air between lung and chest wall: a dark rim without vessels, widest at the apex. */
export function pneumothorax(scene: Scene, strength: number, random: KeyedRandom): void {
  const side = drawSide(random);
  scene.disease.freeAir[side] = 0.025 + 0.12 * strength;
  scene.anatomy.lungs[side].domeY += 0.03 * strength;
}

/** Air spaces filled evenly, with clearer borders than an infiltration. */
export function consolidation(scene: Scene, strength: number, random: KeyedRandom): void {
  const side = drawSide(random);
  const at = pointIn(scene, side, 0.25, 0.95, random);
  blob(scene, at, 0.11 + 0.1 * strength, 0.35 + 0.5 * strength, 0.5, random);
}

/** Fluid in the lungs from the heart: haze about both lung roots, a larger heart, wide vessels. */
export function edema(scene: Scene, strength: number, random: KeyedRandom): void {
  const { anatomy, disease } = scene;
  for (const sign of [-1, 1]) {
    disease.opacities.push({
      x: sign * random.between(0.13, 0.17),
      y: anatomy.aortaY + random.between(0.14, 0.22),
      rx: 0.2,
      ry: 0.28,
      tilt: 0,
      amount: 0.2 + 0.45 * strength,
      sharp: 0.1,
    });
  }
  disease.vessels += 0.5 + 1.2 * strength;
  anatomy.heartRx *= 1 + 0.15 * strength;
}

/** Overinflated lungs: dark, long, over a flat diaphragm, with a narrow heart. */
export function emphysema(scene: Scene, strength: number, _random: KeyedRandom): void {
  const { anatomy, disease } = scene;
  disease.trapped += 0.06 + 0.16 * strength;
  disease.vessels *= 1 - 0.5 * strength;
  anatomy.heartRx *= 1 - 0.15 * strength;
  const flatten = (lung: Lung) => {
    lung.domeY += 0.02 + 0.05 * strength;
    lung.domeCurve *= 1 - 0.55 * strength;
    lung.side += 0.012 * strength;
  };
  anatomy.lungs.forEach(flatten);
}

/** Scarring: a net of lines, mostly at the bases of shrunken lungs. */
export function fibrosis(scene: Scene, strength: number, _random: KeyedRandom): void {
  scene.disease.reticulation += 0.15 + 0.4 * strength;
  for (const lung of scene.anatomy.lungs) lung.domeY -= 0.03 * strength;
}

/** A bright rim along the chest wall, mostly on one side. */
function pleuralThickening(scene: Scene, strength: number, random: KeyedRandom): void {
  const side = drawSide(random);
  const both = random.chance(0.3);
  const { pleura } = scene.disease;
  pleura[side] = 0.012 + 0.04 * strength;
  if (both) pleura[1 - side] = pleura[side] * random.between(0.5, 1);
}

/** Part of the stomach above the diaphragm: a round shadow behind the heart, often with air in it. */
export function hernia(scene: Scene, strength: number, random: KeyedRandom): void {
  const { anatomy, disease } = scene;
  const at = { x: random.between(-0.03, 0.12), y: anatomy.lungs[1].domeY - random.between(0.02, 0.07) };
  anatomy.mediastinum += 0.02 * strength;
  disease.opacities.push({ ...at, rx: 0.15, ry: 0.1, tilt: 0, amount: 0.5 + 0.4 * strength, sharp: 0.8 });
  disease.opacities.push({ ...at, rx: 0.06, ry: 0.04, tilt: 0, amount: -0.5 * strength, sharp: 0.6 });
}
