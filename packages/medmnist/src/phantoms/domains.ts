import type { KeyedRandom } from '../random.ts';
import { type Build, drawAnatomy } from './anatomy.ts';
import { consolidation, findingTable, infiltration, pneumonia } from './findings.ts';
import { drawFindings, findingCount } from './label-sets.ts';
import { type Exposure, type Foreign, noDisease, type Scene, type Tissue } from './scene.ts';

/** A kind of image: how labels are drawn, and how a scene follows from them. */
export interface Domain {
  /** Catalogue set whose arrays and splits it imitates. */
  readonly imitates: 'chestmnist' | 'pneumoniamnist';
  readonly labelCount: number;
  /** Draws the labels of one image and the scene that shows them. */
  draw(random: KeyedRandom, labels: Uint8Array): Scene;
}

/**
 * Share of images in each class of PneumoniaMNIST's splits that has pneumonia: 3,494 of 4,708, 389 of 524, 390 of
 * 624.
 */
export const pneumoniaShare = { train: 3494 / 4708, val: 389 / 524, test: 390 / 624 } as const;

const adult: Build = {
  shoulders: 0.52,
  torso: 0.46,
  shoulderY: 0.1,
  apexY: 0.15,
  domeY: 0.7,
  side: 0.37,
  cardiothoracic: 0.46,
  ribSpacing: 0.085,
  ribContrast: 0.03,
  variety: 1,
};

/** Taken lying in bed, from the front: shallow breath, a heart that looks larger. */
const adultInBed: Build = {
  ...adult,
  domeY: 0.64,
  cardiothoracic: 0.53,
  ribContrast: 0.025,
  apexY: 0.17,
  variety: 1.25,
};

const child: Build = {
  shoulders: 0.6,
  torso: 0.53,
  shoulderY: 0.02,
  apexY: 0.08,
  domeY: 0.79,
  side: 0.45,
  cardiothoracic: 0.46,
  ribSpacing: 0.1,
  ribContrast: 0.035,
  variety: 1,
};

const adultTissue: Tissue = { outside: 0, soft: 0.72, abdomen: 0.95, mediastinum: 0.98, air: 0.5 };
const childTissue: Tissue = { outside: 0.1, soft: 0.68, abdomen: 0.82, mediastinum: 0.82, air: 0.36 };

/** Strength of a finding: mostly slight, sometimes plain. */
function drawStrength(random: KeyedRandom): number {
  const u = random.uniform();
  return 0.1 + 0.9 * u * u;
}

/** Adults with any of 14 findings, as in ChestMNIST. */
export const chestDomain: Domain = {
  imitates: 'chestmnist',
  labelCount: findingCount,
  draw(random, labels) {
    const findings = drawFindings(random);
    // The sicker, the more often the picture is taken in bed: a hint that real data hold too.
    const inBed = random.chance(findings === 0 ? 0.25 : 0.55);
    const scene: Scene = {
      anatomy: drawAnatomy(random, inBed ? adultInBed : adult),
      disease: noDisease(),
      exposure: adultExposure(random, inBed),
      tissue: adultTissue,
      foreign: markersAndLeads(random, inBed),
    };
    for (let i = 0; i < findingCount; i++) {
      labels[i] = (findings >> i) & 1;
      if (labels[i]) findingTable[i].apply(scene, drawStrength(random), random);
    }
    // What no report mentions: old scars, crowded vessels, overlapping shadows, in healthy people too.
    if (random.chance(0.4)) infiltration(scene, 0.25 * random.uniform(), random);
    if (random.chance(0.08))
      findingTable[random.below(findingCount)].apply(scene, 0.5 * random.uniform(), random);
    return scene;
  },
};

function adultExposure(random: KeyedRandom, inBed: boolean): Exposure {
  const spread = inBed ? 1.4 : 1;
  const edgeStrip = () => (random.chance(0.06) ? random.between(0.02, 0.08) : 0);
  return {
    shiftX: 0.025 * spread * random.normal(),
    shiftY: 0.025 * spread * random.normal(),
    zoom: 1 + 0.06 * random.normal(),
    rotation: 0.015 * spread * random.normal(),
    level: 0.47 + 0.05 * random.normal(),
    contrast: Math.max(0.45, (inBed ? 0.8 : 0.95) + 0.12 * random.normal()),
    bend: 0.25 * random.normal(),
    haze: Math.min(0.6, Math.max(0, (inBed ? 0.18 : 0.06) + 0.13 * random.normal())),
    blur: random.between(1, inBed ? 2 : 1.5),
    noise: random.between(0.3, 2),
    unevenness: 0.025,
    border: [edgeStrip(), edgeStrip(), edgeStrip(), edgeStrip()],
  };
}

function markersAndLeads(random: KeyedRandom, inBed: boolean): Foreign[] {
  const foreign: Foreign[] = [];
  if (random.chance(0.5)) {
    const u = random.chance(0.5) ? 0.06 : 0.93;
    const v = random.between(0.04, 0.2);
    foreign.push({ x0: u, y0: v, x1: u, y1: v + 0.02, width: 0.018, brightness: 1 });
  }
  const leads = inBed && random.chance(0.6) ? 1 + random.below(3) : 0;
  for (let i = 0; i < leads; i++) {
    const x0 = random.between(0.15, 0.85);
    const y0 = random.between(0, 0.35);
    foreign.push({
      x0,
      y0,
      x1: x0 + random.between(-0.25, 0.25),
      y1: y0 + random.between(0.2, 0.5),
      width: 0.006,
      brightness: random.between(0.9, 1.05),
    });
  }
  return foreign;
}

/** Children with and without pneumonia, as in PneumoniaMNIST. `share` of the images has it. */
export function pneumoniaDomain(share: number): Domain {
  return {
    imitates: 'pneumoniamnist',
    labelCount: 1,
    draw(random, labels) {
      const sick = random.chance(share);
      labels[0] = sick ? 1 : 0;
      const scene: Scene = {
        anatomy: drawAnatomy(random, child),
        disease: noDisease(),
        exposure: childExposure(random, sick),
        tissue: childTissue,
        foreign: [],
      };
      if (sick) drawPneumonia(scene, random);
      else if (random.chance(0.3)) infiltration(scene, 0.3 * random.uniform(), random);
      return scene;
    },
  };
}

/** Bacterial: a lobe filled, with patches. Viral: haze, crowded vessels and patches in both lungs. */
function drawPneumonia(scene: Scene, random: KeyedRandom): void {
  const strength = random.between(0.1, 1);
  const { disease, exposure } = scene;
  if (random.chance(0.55)) {
    pneumonia(scene, strength, random);
    consolidation(scene, 0.6 * strength, random);
  } else {
    disease.vessels += 0.8 + 1.4 * strength;
    infiltration(scene, 0.7 * strength, random);
    infiltration(scene, 0.7 * strength, random);
  }
  exposure.haze += 0.03 + 0.22 * strength;
}

function childExposure(random: KeyedRandom, sick: boolean): Exposure {
  const spread = sick ? 1.5 : 1;
  return {
    shiftX: 0.02 * spread * random.normal(),
    shiftY: 0.02 * spread * random.normal(),
    zoom: 1.04 + 0.07 * spread * random.normal(),
    rotation: 0.02 * spread * random.normal(),
    level: 0.52 + 0.06 * random.normal(),
    contrast: Math.max(0.45, 0.85 + 0.13 * random.normal()),
    bend: 0.2 * random.normal(),
    haze: Math.max(0, 0.06 + 0.06 * random.normal()),
    blur: random.between(1, sick ? 1.8 : 1.5),
    noise: random.between(0.3, 2),
    unevenness: 0.03,
    border: [0, 0, 0, 0],
  };
}
