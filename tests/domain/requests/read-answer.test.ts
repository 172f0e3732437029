import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readAnswer } from '../../../domain/requests/read-answer.ts';

describe('readAnswer', () => {
  it('takes the text after the last "Answer:" and before "Explanation"', () => {
    const reply = 'Answer: a draft.\nExplanation: no.\nAnswer: The kettle sang.\nExplanation: it sings.';
    expect(readAnswer(reply, 'labelled')).toEqual({ text: 'The kettle sang.', labelled: true });
  });

  it.each([
    ['**Answer:** The kettle sang.\n\n**Explanation:** it sings.'],
    ['**Answer**: The kettle sang.\n**Explanation**: it sings.'],
    ['ANSWER : "The kettle sang."\nEXPLANATION\nit sings.'],
    ['### Answer:\n“The kettle sang.”\n### Explanation\nit sings.'],
    ['answer: **The kettle sang.**\nexplanation: it sings.'],
    ['My final answer: The kettle sang.'],
  ])('tolerates case, bold and quotation marks: %j', (reply) => {
    expect(readAnswer(reply, 'labelled')).toEqual({ text: 'The kettle sang.', labelled: true });
  });

  it.each([
    ['Answer：园丁在唱歌。\nExplanation：他唱歌。', '园丁在唱歌。'],
    ['最终Answer: 「園丁が歌う。」\nExplanation: x', '園丁が歌う。'],
  ])('reads labels among characters without blanks: %j', (reply, text) => {
    expect(readAnswer(reply, 'labelled')).toEqual({ text, labelled: true });
  });

  it('leaves the ordinary word "explanation" in the text', () => {
    expect(readAnswer('Answer: His explanation failed.\nExplanation: none.', 'labelled').text).toBe(
      'His explanation failed.',
    );
  });

  it('does not take the end of another word for the label', () => {
    expect(readAnswer('Nonanswer: no', 'labelled').labelled).toBe(false);
  });

  it('keeps quotation marks that do not enclose the whole text', () => {
    expect(readAnswer('Answer: "Time flies", they say, "always"', 'labelled').text).toBe(
      '"Time flies", they say, "always"',
    );
  });

  it.each(['**note', 'note**', '***', '"', '"note', 'It is undefined', '“a ” b”', '“a “ b”'])(
    'keeps marks that enclose nothing: %s',
    (text) => {
      expect(readAnswer(`Answer: ${text}`, 'labelled').text).toBe(text);
    },
  );

  it.each(['""', '****'])('has no text in marks alone: %s', (marks) => {
    expect(readAnswer(`Answer: ${marks}`, 'labelled').text).toBe('');
  });

  it('gives the whole reply without a label, and says so', () => {
    expect(readAnswer('  The kettle sang. ', 'labelled')).toEqual({ text: 'The kettle sang.', labelled: false });
  });

  it('takes no label inside the explanation for another answer', () => {
    const reply = 'Answer: It sang.\nExplanation: the answer: a kettle sings.\nSo my answer: yes.';
    expect(readAnswer(reply, 'labelled').text).toBe('It sang.');
    expect(readAnswer('Answer: One. Final answer: It sang.\nExplanation: x', 'labelled').text).toBe('It sang.');
  });

  it('takes a label after the last explanation that counts for another answer', () => {
    const text = (reply: string) => readAnswer(reply, 'labelled').text;
    const draft = 'Answer: a draft.\nExplanation: no.\n';
    expect(text(`${draft}Answer: One. Final answer: It sang.\nExplanation: x`)).toBe('It sang.');
    expect(text(`${draft}Answer: It sang.\nExplanation: the answer: no`)).toBe('It sang.');
    expect(text(`${draft}\n> **Answer:** It sang.`)).toBe('It sang.');
    expect(text(draft.replaceAll('\n', '\r') + '- Answer: It sang.')).toBe('It sang.');
    expect(text('Explanation: it sings, hence my answer: It sang.')).toBe('It sang.');
  });

  it('leaves an explanation out that follows no label of an answer', () => {
    expect(readAnswer('The kettle sang.\n**Explanation:** it sings.', 'labelled')).toEqual({
      text: 'The kettle sang.',
      labelled: false,
    });
  });

  it.each([
    ['stars', '*'.repeat(1_000_000)],
    ['headings', `Answer: ${'#'.repeat(500_000)}${' '.repeat(500_000)}`],
    ['labels', 'Answer: '.repeat(125_000)],
    ['explanations', 'Explanation Answer: '.repeat(50_000)],
    ['quotes', `Answer: ${'"\''.repeat(500_000)}`],
  ])('reads a million %s in time', (_, reply) => {
    expect(reply).toContain(readAnswer(reply, 'labelled').text);
  });

  it('gives an empty text, not the explanation, when nothing stands between the labels', () => {
    expect(readAnswer('Answer:\nExplanation: sorry', 'labelled')).toEqual({ text: '', labelled: true });
    expect(readAnswer('Answer:Explanation: the answer: none', 'labelled')).toEqual({ text: '', labelled: true });
    expect(readAnswer('**Explanation:** sorry', 'labelled')).toEqual({ text: '', labelled: false });
  });

  it('reads a plain reply as it is', () => {
    expect(readAnswer(' Answer: "a" \n', 'plain')).toEqual({ text: 'Answer: "a"', labelled: false });
  });

  it('gives back any text that holds no mark of the layout', () => {
    const text = fc.stringMatching(/^[a-z][a-z ,.]{0,60}[a-z.]$/).filter((one) => !/answer|explanation/.test(one));
    fc.assert(
      fc.property(text, text, (body, remark) => {
        const reply = `Answer: ${body}\nExplanation: ${remark}`;
        expect(readAnswer(reply, 'labelled')).toEqual({ text: body, labelled: true });
      }),
    );
  });
});
