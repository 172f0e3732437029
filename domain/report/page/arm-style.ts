/** How each arm is drawn. Colour, dash and mark all differ, so arms can be told apart without colour too. */
import { html } from 'hono/html';
import type { Html } from './markup.ts';

export interface ArmStyle {
  readonly colour: string;
  readonly dash: readonly number[];
  readonly mark: string;
}

/** Okabe and Ito's palette, as variables of the page: light and dark have shades of their own. */
const COLOURS = 8;
const DASHES = [
  [4, 3],
  [1, 0],
  [8, 2, 2, 2],
  [10, 4],
  [2, 2],
] as const;
/** Marks of 10 x 10 around the origin, for the figures and for the legend alike. */
const MARKS = [
  'M-4.5,0C-4.5,-6 4.5,-6 4.5,0C4.5,6 -4.5,6 -4.5,0Z',
  'M-4,-4H4V4H-4Z',
  'M0,-5L5,4H-5Z',
  'M0,-5.5L5.5,0L0,5.5L-5.5,0Z',
  'M0,5L5,-4H-5Z',
  'M-1.6,-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z',
  'M-5,-2.5H5V2.5H-5Z',
] as const;

const pick = <T>(values: readonly T[], index: number): T => values[index % values.length] as T;

export const styleOf = (index: number): ArmStyle => ({
  colour: `var(--arm-${index % COLOURS})`,
  dash: pick(DASHES, index),
  mark: pick(MARKS, index),
});

/** Vega's custom marks fill a square of side 2, here ours of side 10. */
export const scaleMark = (mark: string): string => mark.replace(/-?\d+(\.\d+)?/g, (value) => String(Number(value) / 5));

export function renderLegend(names: readonly string[]): Html {
  const entries = names.map((name, index) => {
    const { colour, dash, mark } = styleOf(index);
    return html`<li>
      <svg width="40" height="14" viewBox="-20 -7 40 14" aria-hidden="true">
        <path d="M-20,0H20" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash.join(' ')}" />
        <path d="${mark}" fill="${colour}" /></svg
      >${name}
    </li>`;
  });
  return html`<ul class="legend">
    ${entries}
  </ul>`;
}
