/** Tables and sections of the page. `html` escapes every value: texts and names that come from models are hostile. */
import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;
export type Content = Html | string | number;

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => Content;
  /** `name` heads its row; `text` is set flush left; figures are the default. */
  readonly kind?: 'name' | 'text';
}

export interface RowGroup<Row> {
  readonly title?: string;
  readonly rows: readonly Row[];
}

export interface Table<Row> {
  readonly caption: Content;
  readonly columns: readonly Column<Row>[];
  readonly groups: readonly RowGroup<Row>[];
  /** What to say instead of a table without rows. */
  readonly empty?: string;
  /** For many columns: the table may be wider than the page's text. */
  readonly wide?: boolean;
}

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** A table in a frame that scrolls sideways and can be reached by keyboard. */
export function renderTable<Row>({ caption, columns, groups, empty, wide }: Table<Row>): Html {
  if (groups.every(({ rows }) => rows.length === 0)) return html`<p class="empty">${empty ?? 'None.'}</p>`;
  const heads = columns.map(({ head, kind }) => html`<th scope="col" class="${kind ?? 'figure'}">${head}</th>`);
  return html`<div class="${wide ? 'frame wide' : 'frame'}" tabindex="0" role="group" aria-label="Table">
    <table>
      <caption>
        <span>${caption}</span>
      </caption>
      <thead>
        <tr>
          ${heads}
        </tr>
      </thead>
      ${groups.map((group) => renderGroup(group, columns))}
    </table>
  </div>`;
}

function renderGroup<Row>({ title, rows }: RowGroup<Row>, columns: readonly Column<Row>[]): Html {
  const head = title
    ? html`<tr class="group">
        <th scope="rowgroup" colspan="${columns.length}">${title}</th>
      </tr>`
    : '';
  return html`<tbody>
    ${head}
    ${rows.map(
      (row) =>
        html`<tr>
          ${columns.map((column) => renderCell(row, column))}
        </tr> `,
    )}
  </tbody>`;
}

function renderCell<Row>(row: Row, { kind, cell }: Column<Row>): Html {
  const content = cell(row);
  if (kind === 'name') return html`<th scope="row" class="name">${content}</th>`;
  return html`<td class="${kind ?? 'figure'}">${content}</td>`;
}

export interface Section {
  readonly title: string;
  readonly body: Content | readonly Content[];
}

export const renderSection = ({ title, body }: Section): Html =>
  html`<section aria-labelledby="${slug(title)}">
    <h2 id="${slug(title)}">${title}</h2>
    ${body}
  </section>`;

export const renderContents = (sections: readonly Section[]): Html =>
  html`<nav aria-label="Contents">
    <ol>
      ${sections.map(({ title }) => html`<li><a href="#${slug(title)}">${title}</a></li>`)}
    </ol>
  </nav>`;

export const renderList = (items: readonly Content[]): Html =>
  html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;

export const renderDetails = (summary: string, body: Content | readonly Content[]): Html =>
  html`<details>
    <summary>${summary}</summary>
    ${body}
  </details>`;
