/** Just enough of an HTML reader to see whether a page is whole: tags that open and close, ids, and what a reader sees. */
const VOID = new Set(['meta', 'br', 'img', 'link', 'hr', 'input']);
const TAG = /<(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s"'>/=]+(?:="[^"]*")?)*)\s*(\/?)>/g;

/** The first fault of the page, or undefined: a stray `<`, a tag that does not close where it should. */
export function findFault(page: string): string | undefined {
  const content = page.replace(/^<!doctype html>/, '').replace(/<style>[^<]*<\/style>/, '');
  if (content.replace(TAG, '').includes('<')) return 'a "<" that begins no tag';
  const open: string[] = [];
  for (const [tag, slash, name = '', , selfClosed] of content.matchAll(TAG)) {
    if (selfClosed || VOID.has(name)) continue;
    if (!slash) open.push(name);
    else if (open.pop() !== name) return `${tag} closes another element`;
  }
  return open.length > 0 ? `${open.join(', ')} left open` : undefined;
}

export const idsOf = (page: string): string[] => [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id ?? '');

/** Text without tags, entities resolved, blanks made one. */
export const textOf = (markup: string): string =>
  markup
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&')
    .replace(/[ \n]+/g, ' ')
    .trim();

/** A table's rows as the texts of their cells, found by the beginning of its caption. */
export function rowsOf(page: string, caption: string): string[][] {
  const tables = page.split('<table>').slice(1);
  const table = tables.find((candidate) => textOf(candidate).startsWith(caption));
  if (!table) throw new Error(`no table is captioned "${caption}..."`);
  const rows = (table.split('</table>')[0] ?? '').split('<tr').slice(1);
  return rows.map((row) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => textOf(cell ?? '')));
}
