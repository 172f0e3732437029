/** What a table of measured figures owes its reader, in its caption, its heads or the titles of its groups of rows. */
import { textOf } from './read-html.ts';

export interface TableFault {
  readonly table: string;
  readonly lacks: string;
}

interface ReadTable {
  readonly caption: string;
  readonly heads: string;
  readonly groups: string;
  readonly body: string;
}

function readTable(markup: string): ReadTable {
  const table = markup.split('</table>')[0] ?? '';
  const part = (pattern: RegExp): string => textOf([...table.matchAll(pattern)].map(([whole]) => whole).join(' '));
  return {
    caption: part(/<caption>.*?<\/caption>/gs),
    heads: part(/<th scope="col".*?<\/th>/gs),
    groups: part(/<tr class="group">.*?<\/tr>/gs),
    body: part(/<td.*?<\/td>/gs),
  };
}

const ERROR = /±/;
const INTERVAL = /\[−?\d\.\d+, −?\d\.\d+\]/;
const MEASURED = /\b(raw|kappa|lift|correlation|unseen|difference)\b/;

/** Tables that hold figures made of scores: counts, names and settings are not. */
export const measuredTables = (page: string): ReadTable[] =>
  page
    .split('<table>')
    .slice(1)
    .map(readTable)
    .filter(({ heads, body }) => ERROR.test(body) || INTERVAL.test(body) || MEASURED.test(heads));

export const faultsOf = (page: string): TableFault[] =>
  measuredTables(page).flatMap(({ caption, heads, groups, body }) => {
    const said = `${caption} ${heads} ${groups}`;
    const rules: [string, boolean][] = [
      ['the grader', /grader|judges/.test(said)],
      ['what is counted', /combinations|pairs|texts/.test(said)],
      ['what ± is', !ERROR.test(body) || caption.includes('standard error')],
      ['the level of its intervals', !INTERVAL.test(body) || /95.%|bounds/.test(said)],
    ];
    return rules.filter(([, holds]) => !holds).map(([lacks]) => ({ table: caption.slice(0, 60), lacks }));
  });
