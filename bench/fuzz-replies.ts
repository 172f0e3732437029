/**
 * Reads mutated replies of writers and graders: `node --import tsx bench/fuzz-replies.ts [count] [seed]`. Prints one
 * JSON line; exits 1 at the first reading that crashes, invents a point or has neither points nor a reason.
 */
import { performance } from 'node:perf_hooks';
import { readAnswer } from '../domain/requests/read-answer.ts';
import { readGrading } from '../domain/requests/read-grading.ts';
import { findFault, FORMS, labelsFor, makeDice, mutate, writeGrading } from '../tests/support/mutate-replies.ts';

const count = Number(process.argv[2] ?? 100_000);
const dice = makeDice(Number(process.argv[3] ?? 1));
const ends: Record<string, number> = { graded: 0, changed: 0, unparsable: 0, answers: 0 };
const reasons: Record<string, number> = {};

const MARKS = ['Answer:', '**Answer:**', 'Explanation:', '"', '“', '”', '**', '\n', 'The kettle sang.', 'answer', '# '];

function fuzzGrading(): void {
  const size = 4 + dice(5);
  const given = Array.from({ length: size }, () => dice(2));
  const labels = labelsFor(size);
  const form = FORMS[dice(FORMS.length)] ?? 'table';
  const reply = mutate(writeGrading(given, form, labels), dice);
  const shape = { points: size, format: FORMS[dice(FORMS.length)] ?? 'table', ...(dice(2) === 0 && { labels }) };
  const read = readGrading(reply, shape);
  const fault = findFault(reply, read, size);
  if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify({ reply, shape, read })}`);
  if (read.end === 'unparsable') {
    const kind = read.reason.replace(/"[^]*"/g, '"..."').replace(/\d+(\.\d+)?/g, 'n');
    reasons[kind] = (reasons[kind] ?? 0) + 1;
  }
  const same = read.end === 'graded' && read.points.join() === given.join();
  ends[read.end === 'graded' && !same ? 'changed' : read.end] =
    (ends[read.end === 'graded' && !same ? 'changed' : read.end] ?? 0) + 1;
}

function fuzzAnswer(): void {
  const pieces = Array.from({ length: 2 + dice(7) }, () => MARKS[dice(MARKS.length)] ?? '');
  const reply = mutate(pieces.join(dice(2) === 0 ? ' ' : ''), dice);
  const { text } = readAnswer(reply, dice(5) === 0 ? 'plain' : 'labelled');
  if (!reply.includes(text)) throw new Error(`the text is not in the reply: ${JSON.stringify({ reply, text })}`);
  ends['answers'] = (ends['answers'] ?? 0) + 1;
}

const started = performance.now();
for (let done = 0; done < count; done += 1) {
  if (done % 5 === 4) fuzzAnswer();
  else fuzzGrading();
}
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ replies: count, seconds: Number(seconds.toFixed(1)), ...ends, reasons })}\n`);
