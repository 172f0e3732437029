/** From a Vega-Lite specification to SVG text: the same bytes on every machine, no fonts and no canvas. */
import { html, raw } from 'hono/html';
import type { TopLevelSpec } from 'vega-lite';
import type { Html } from './markup.ts';

const INK = 'currentColor';
const FAINT = 'var(--rule)';

const CONFIG = {
  background: 'transparent',
  font: 'inherit',
  view: { stroke: null },
  axis: {
    labelColor: INK,
    titleColor: INK,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 12,
    gridColor: FAINT,
    domainColor: FAINT,
    tickColor: FAINT,
  },
  header: { labelColor: INK, labelFontSize: 12, labelFontWeight: 600, title: null },
} as const;

export interface Drawing {
  /** Letters and digits only: the ids of title and description are made from it. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly spec: TopLevelSpec;
}

/** Imported with the first figure: Vega is half of what a command would load, and most commands draw nothing. */
let loading: ReturnType<typeof importVega> | undefined;

/** One after the other: module loaders that link both at once, as Jest's does, trip over what they share. */
async function importVega() {
  const vega = await import('vega');
  const { compile } = await import('vega-lite');
  // Where a canvas package is installed, Vega would measure text with that machine's fonts.
  (vega as unknown as { textMetrics: { canvas(use: boolean): void } }).textMetrics.canvas(false);
  return { vega, compile };
}

/** Inline SVG with a title and a description for those who cannot see it. */
export async function draw({ id, title, description, spec }: Drawing): Promise<Html> {
  const { vega, compile } = await (loading ??= importVega());
  const compiled = compile({ ...spec, config: CONFIG } as TopLevelSpec).spec;
  const svg = await new vega.View(vega.parse(compiled), { renderer: 'none' }).toSVG();
  const labels = html`<title id="${id}-title">${title}</title> <desc id="${id}-desc">${description}</desc>`;
  const [, attributes = '', content = ''] = /^<svg([^>]*)>(.*)<\/svg>$/s.exec(svg) ?? [];
  return html`<svg${raw(attributes)} role="img" aria-labelledby="${id}-title ${id}-desc">${labels}${raw(content)}</svg>`;
}
