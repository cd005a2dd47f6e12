import type { Anatomy } from './anatomy.ts';

/** A soft-edged ellipse in patient coordinates that fills lung with something denser than air. */
export interface Opacity {
  x: number;
  y: number;
  rx: number;
  ry: number;
  /** Tangent of its tilt. */
  tilt: number;
  /** Share of the air that it replaces at its centre; negative = more air. */
  amount: number;
  /** 0 = fades from the centre, 1 = even with a sharp border. */
  sharp: number;
}

/** Changes that are not ellipses, per side (0 = patient's right, 1 = left) where there are two. */
export interface Disease {
  opacities: Opacity[];
  /** Height of a pleural fluid's surface above the diaphragm. */
  fluid: [number, number];
  /** Width of the air between lung and chest wall. */
  freeAir: [number, number];
  /** Thickness of the pleura's bright rim. */
  pleura: [number, number];
  /** Strength of a net of fine lines, strongest at the base. */
  reticulation: number;
  /** Strength of the vessels' shadows, 1 = usual. */
  vessels: number;
  /** Additional air, as a share: emphysema. */
  trapped: number;
}

/** How the picture was taken. */
export interface Exposure {
  /** Shift, zoom and rotation (half-angle tangent) of the patient in the field. */
  shiftX: number;
  shiftY: number;
  zoom: number;
  rotation: number;
  /** Picture value = level + contrast * (density - 0.5), bent by `bend`. */
  level: number;
  contrast: number;
  bend: number;
  /** Scattered light: share of the air's contrast that is lost. */
  haze: number;
  /** Width of all edges, 1 = sharp. */
  blur: number;
  /** Standard deviation of the pixel noise, in gray values. */
  noise: number;
  /** Large-scale unevenness. */
  unevenness: number;
  /** Black border left by the collimator, as a share of the field, on each side: left, right, top, bottom. */
  border: [number, number, number, number];
}

/** Bright lines that belong to neither patient nor disease: markers, leads. Field coordinates, 0 to 1; y1 >= y0. */
export interface Foreign {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  width: number;
  brightness: number;
}

/** Densities of the tissues, between 0 (black) and 1 (white) before the exposure. */
export interface Tissue {
  readonly outside: number;
  readonly soft: number;
  readonly abdomen: number;
  readonly mediastinum: number;
  /** What a full depth of air takes away. */
  readonly air: number;
}

/** Everything that decides a picture, apart from its pixels' noise. */
export interface Scene {
  anatomy: Anatomy;
  disease: Disease;
  exposure: Exposure;
  tissue: Tissue;
  foreign: Foreign[];
}

export function noDisease(): Disease {
  return {
    opacities: [],
    fluid: [0, 0],
    freeAir: [0, 0],
    pleura: [0, 0],
    reticulation: 0,
    vessels: 1,
    trapped: 0,
  };
}
