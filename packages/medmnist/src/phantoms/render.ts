import type { KeyedRandom } from '../random.ts';
import type { Anatomy, Lung } from './anatomy.ts';
import { bell, latticeNoise, softStep, wave } from './curves.ts';
import type { Exposure, Foreign, Opacity, Scene } from './scene.ts';

/** Coarse and fine noise of a picture, reused from one picture to the next. */
const coarseCells = 5;
const fineCells = 12;
const coarse = new Float32Array(coarseCells * coarseCells);
const fine = new Float32Array(fineCells * fineCells);

/**
 * Draws a scene into `out`, size x size gray values.
 *
 * For each pixel: soft tissue by the body's outline, less the air of the lungs where heart, vessels, ribs and disease
 * leave any, then the exposure. Edges are at least a pixel wide, so one sample a pixel is enough and the same scene
 * can be drawn at any size.
 */
export function renderScene(scene: Scene, size: number, random: KeyedRandom, out: Uint8Array): void {
  const { anatomy, exposure, tissue } = scene;
  for (let i = 0; i < coarse.length; i++) coarse[i] = random.uniform() * 2 - 1;
  for (let i = 0; i < fine.length; i++) fine[i] = random.uniform() * 2 - 1;
  const edge = exposure.blur * Math.max(0.014, 0.8 / size);
  const { rotation, zoom, shiftX, shiftY } = exposure;
  const cos = (1 - rotation * rotation) / (1 + rotation * rotation) / zoom;
  const sin = (2 * rotation) / (1 + rotation * rotation) / zoom;
  for (let row = 0; row < size; row++) {
    const v = (row + 0.5) / size;
    for (let column = 0; column < size; column++) {
      const u = (column + 0.5) / size;
      const du = u - 0.5 - shiftX;
      const dv = v - 0.5 - shiftY;
      const x = du * cos + dv * sin;
      const y = 0.5 + dv * cos - du * sin;
      const body = bodyAt(anatomy, x, y, edge);
      let density = tissue.outside;
      if (body > 0) {
        const heart = heartAt(anatomy, x, y, edge);
        density += body * (softTissue(scene, x, y, heart) - tissue.outside);
        const side = x < 0 ? 0 : 1;
        const away = x < 0 ? -x : x;
        const inLung = lungAt(anatomy.lungs[side], away, y, edge) * (1 - heart);
        if (inLung > 0) density -= inLung * airAt(scene, side, x, away, y, edge);
        density += ribsAt(anatomy, away, y, inLung) * body;
      }
      density += exposure.unevenness * latticeNoise(coarse, coarseCells, u, v) * body;
      density = withForeign(scene.foreign, density, u, v, edge);
      out[row * size + column] = develop(exposure, density, u, v, random);
    }
  }
}

/** 1 inside the body's outline. */
function bodyAt(anatomy: Anatomy, x: number, y: number, edge: number): number {
  const away = x < 0 ? -x : x;
  const shoulder = softStep(y - anatomy.shoulderY, 0.1);
  const below = softStep(y - anatomy.shoulderY - 0.24, 0.14);
  const half =
    anatomy.neck +
    (anatomy.shoulders - anatomy.neck) * shoulder +
    (anatomy.torso - anatomy.shoulders) * below;
  return softStep(half - away, 1.4 * edge);
}

/** Density where there is no air: brighter in the middle and in the abdomen, with spine, heart and great vessels. */
function softTissue(scene: Scene, x: number, y: number, heart: number): number {
  const { anatomy, tissue } = scene;
  const away = x < 0 ? -x : x;
  const depth = Math.min(1, away / (anatomy.torso + 0.02));
  const round = Math.sqrt(1 - 0.75 * depth * depth);
  const belly = softStep(y - anatomy.lungs[0].domeY + 0.02, 0.16);
  const spine = bell(x / 0.16);
  let density = tissue.soft * (0.6 + 0.4 * round) + (tissue.abdomen - tissue.soft) * belly * round;
  density += (tissue.mediastinum - tissue.soft) * 0.6 * spine * (1 - 0.6 * belly);
  density += (tissue.mediastinum - tissue.soft) * 0.4 * heart * (1 - belly);
  if (anatomy.stomachAir > 0) {
    const dx = (x - 0.17) / 0.1;
    const dy = (y - anatomy.lungs[1].domeY - 0.08) / 0.05;
    density -= anatomy.stomachAir * bell(Math.sqrt(dx * dx + dy * dy));
  }
  return density;
}

/** 1 inside heart and great vessels. */
function heartAt(anatomy: Anatomy, x: number, y: number, edge: number): number {
  if (x < -0.3 || x > 0.45) return 0;
  const dy = (y - anatomy.heartY) / anatomy.heartRy;
  const dx = (x - anatomy.heartX - anatomy.heartSlant * (y - anatomy.heartY)) / anatomy.heartRx;
  const heart = softStep((1 - Math.sqrt(dx * dx + dy * dy)) * anatomy.heartRx, 1.6 * edge);
  const bulge = x > 0 ? anatomy.aorta * bell((y - anatomy.aortaY) / 0.07) : anatomy.aorta * 0.4;
  const widening = 0.05 * softStep(y - anatomy.aortaY - 0.1, 0.2);
  const vessels = softStep(anatomy.mediastinum + bulge + widening - (x < 0 ? -x : x), 0.02 + 1.5 * edge);
  return Math.max(heart, vessels);
}

/** 1 inside the lung's outline: a dome below, a rounded apex, the chest wall outside. */
function lungAt(lung: Lung, away: number, y: number, edge: number): number {
  if (y < lung.apexY - edge) return 0;
  const offset = away - lung.domeX;
  const floor = lung.domeY + lung.domeCurve * offset * offset * (offset > 0 ? 1.5 : 0.6);
  const above = softStep(floor - y, 1.2 * edge);
  if (above === 0) return 0;
  const t = Math.min(1, Math.max(0, (y - lung.apexY) / (lung.domeY - lung.apexY)));
  // Outer border: from the apex out to the widest at the base, nearly a quarter of an ellipse.
  const up = 1 - t;
  const reach = 0.75 * Math.sqrt(1 - up * up) + 0.25 * t;
  const outer = lung.apexX + (lung.side - lung.apexX) * reach;
  const outside = softStep(outer - away, 1.6 * edge);
  // Inner border: at the apex in the middle of the lung, soon along the mediastinum, which covers the rest.
  const down = Math.max(0, 1 - t / 0.22);
  const inner = softStep(away - lung.apexX * (1 - Math.sqrt(1 - down * down)), edge);
  return above * outside * inner * softStep(y - lung.apexY, edge);
}

/** How much density the air of a lung takes away at this point. */
function airAt(scene: Scene, side: 0 | 1, x: number, away: number, y: number, edge: number): number {
  const { anatomy, disease, exposure, tissue } = scene;
  const lung = anatomy.lungs[side];
  const across = (away - 0.52 * lung.side) / (0.7 * lung.side);
  const depth = 0.6 + 0.4 * bell(across);
  let air = depth * (1 + disease.trapped) * (1 - exposure.haze);
  // Breasts or muscles in front of the lower half.
  air *= 1 - anatomy.softTissueShadow * softStep(y - lung.apexY - 0.3, 0.15);
  // Vessels: fine structure, dense at the lung's root, sparse outside.
  const rootX = (away - 0.1) / 0.22;
  const rootY = (y - anatomy.aortaY - 0.13) / 0.3;
  const root = bell(Math.sqrt(rootX * rootX + rootY * rootY));
  const texture = latticeNoise(fine, fineCells, x + 0.5, y);
  let filled = disease.vessels * (0.1 * anatomy.hila * root + (0.05 + 0.16 * root) * texture);
  filled += basesAndRims(scene, lung, side, away, y, edge, texture);
  for (const opacity of disease.opacities) filled += opacityAt(opacity, x, y);
  if (disease.freeAir[side] > 0) {
    // Free air has no vessels, and the lung behind it is a little denser.
    const wall = outerDistance(lung, away, y);
    const free = softStep(disease.freeAir[side] - wall, edge);
    filled = filled * (1 - free) - 0.3 * free + 0.12 * (1 - free);
  }
  air *= 1 - Math.min(0.97, Math.max(-0.45, filled));
  return air * tissue.air;
}

/** Fluid, thick pleura and fibrosis: what follows the lung's outline. Share of the air that they replace. */
function basesAndRims(
  scene: Scene,
  lung: Lung,
  side: 0 | 1,
  away: number,
  y: number,
  edge: number,
  texture: number,
): number {
  const { disease } = scene;
  let filled = 0;
  if (disease.fluid[side] > 0) {
    // The surface rises towards the chest wall (meniscus), so it is highest where the lung is widest.
    const outward = Math.max(0, away / lung.side - 0.35);
    const surface = lung.domeY + 0.05 - disease.fluid[side] * (0.35 + 1.1 * outward * outward);
    filled += 0.9 * softStep(y - surface, 0.03 + edge);
  }
  if (disease.pleura[side] > 0) {
    filled += 0.6 * softStep(disease.pleura[side] - outerDistance(lung, away, y), 0.02 + edge);
  }
  if (disease.reticulation > 0) {
    const base = softStep(y - lung.apexY - 0.28, 0.25);
    filled += disease.reticulation * (0.25 + 0.75 * base) * (0.35 + 1.1 * texture);
  }
  return filled;
}

/** Rough distance from the chest wall and the apex. */
function outerDistance(lung: Lung, away: number, y: number): number {
  const t = Math.min(1, Math.max(0, (y - lung.apexY) / (lung.domeY - lung.apexY)));
  const outer = lung.apexX + (lung.side - lung.apexX) * (0.75 * Math.sqrt(1 - (1 - t) * (1 - t)) + 0.25 * t);
  return Math.min(outer - away, (y - lung.apexY) * 1.2);
}

function opacityAt(opacity: Opacity, x: number, y: number): number {
  const dx = x - opacity.x;
  const dy = y - opacity.y;
  const a = (dx + opacity.tilt * dy) / opacity.rx;
  const b = (dy - opacity.tilt * dx) / opacity.ry;
  const square = a * a + b * b;
  if (square >= 1) return 0;
  const faded = (1 - square) * (1 - square);
  const even = Math.min(1, 3 * (1 - square));
  return opacity.amount * (faded + opacity.sharp * (even - faded));
}

/** Ribs (falling outwards behind, rising in front) and clavicles. */
function ribsAt(anatomy: Anatomy, away: number, y: number, inLung: number): number {
  const cage = softStep(anatomy.lungs[0].side + 0.03 - away, 0.05);
  if (cage === 0) return 0;
  const clavicle = bell((y - anatomy.clavicleY - 0.25 * (0.2 - away)) / 0.03) * softStep(away - 0.04, 0.03);
  const bone = cage * anatomy.clavicleContrast * clavicle;
  const low = 1 - softStep(y - anatomy.lungs[0].domeY - 0.02, 0.08);
  if (low === 0) return bone;
  const visible = 0.12 + 0.88 * inLung;
  const fall = anatomy.ribSlope * (away - 1.4 * away * away);
  const behind = wave((y - fall) / anatomy.ribSpacing + anatomy.ribPhase);
  const front = wave((y + 0.8 * fall) / (1.25 * anatomy.ribSpacing) - anatomy.ribPhase);
  const high = softStep(y - anatomy.lungs[0].apexY, 0.04);
  const ribs = anatomy.ribContrast * (behind + 0.4 * front) * visible * low * high;
  return cage * ribs + bone;
}

/** Lines run downwards: y1 >= y0. */
function withForeign(
  foreign: readonly Foreign[],
  density: number,
  u: number,
  v: number,
  edge: number,
): number {
  for (const line of foreign) {
    const reach = line.width + edge;
    if (v < line.y0 - reach || v > line.y1 + reach) continue;
    const dx = line.x1 - line.x0;
    const dy = line.y1 - line.y0;
    const length = dx * dx + dy * dy;
    const along =
      length === 0 ? 0 : Math.min(1, Math.max(0, ((u - line.x0) * dx + (v - line.y0) * dy) / length));
    const ex = u - line.x0 - along * dx;
    const ey = v - line.y0 - along * dy;
    const near = softStep(line.width - Math.sqrt(ex * ex + ey * ey), edge);
    density += (line.brightness - density) * near * 0.8;
  }
  return density;
}

/** From density to a gray value: contrast, tone curve, collimator, noise. */
function develop(exposure: Exposure, density: number, u: number, v: number, random: KeyedRandom): number {
  const { border } = exposure;
  if (u < border[0] || u > 1 - border[1] || v < border[2] || v > 1 - border[3]) return random.below(4);
  let value = exposure.level + exposure.contrast * (density - 0.5);
  value = Math.min(1, Math.max(0, value));
  value += exposure.bend * value * (1 - value);
  // Three uniforms of ten bits each from one draw: their sum is close to normal, with a deviation of 512.
  const bits = random.next();
  const noise =
    (exposure.noise / 512) * ((bits & 1023) + ((bits >>> 10) & 1023) + ((bits >>> 20) & 1023) - 1534.5);
  return Math.min(255, Math.max(0, Math.round(value * 255 + noise)));
}
