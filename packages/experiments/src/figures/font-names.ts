/** The one typeface of all figures and of the report: Source Sans 3 (SIL Open Font License). */
export const FONT_FAMILY = 'Source Sans 3';

/** Family stacks. The semibold cut has a family name of its own in its TrueType name table. */
export const FONT = `'${FONT_FAMILY}', 'Helvetica Neue', Arial, sans-serif`;
export const FONT_BOLD = `'${FONT_FAMILY} SemiBold', ${FONT}`;

/** The cuts that are used. */
export const fontWeights = [400, 600] as const;
export type FontWeight = (typeof fontWeights)[number];
