/**
 * What a terminal or a reader would act on instead of showing: control characters other than line breaks and tabs, and marks
 * that turn the direction of text. Texts of models may hold any of them.
 */
const INVISIBLE =
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\uFEFF]/g;

/** Shows them as `\u{1B}`; lone halves of characters as the replacement character. */
export const visibleText = (text: string): string =>
  Buffer.from(text)
    .toString()
    .replace(/\r\n/g, '\n')
    .replace(INVISIBLE, (odd) => `\\u{${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`);
