/** Text for terminals: aligned columns and wrapped paragraphs. */

const MIN_WIDTH = 80;
const MAX_WIDTH = 120;

/** The width to fill, in characters: that of the terminal between 80 and 120, or 110 without a terminal. */
export const outputWidth = (columns: number | undefined): number =>
  Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns ?? 110));

/** One line per row with columns aligned, two blanks between them; `right` lists the columns to align at the right. */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd());
}

/** A paragraph in lines of at most `width`; lines after the first are indented. Words are never cut. */
export function wrap(text: string, width: number, indent = 0): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const start = lines.length === 0 ? '' : ' '.repeat(indent);
    const longer = line === '' ? start + word : `${line} ${word}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}
