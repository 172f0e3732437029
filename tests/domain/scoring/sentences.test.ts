import { describe, expect, it } from '@jest/globals';
import { countSentences } from '../../../domain/scoring/sentences.ts';

describe('countSentences', () => {
  it.each([
    ['One.', 1],
    ['One. Two! Three? Four', 4],
    ['Mr. Smith met Mrs. Jones, Ms. Lee, Dr. Who and Prof. Higgins. They left.', 2],
    ['"Stop!" He stopped.', 2],
    ['He said "Stop." "Why?" she asked.', 2],
    ['"Stop!" "Go!" They went.', 3],
    ["'Stop!' 'Go!' They went.", 3],
    // The published pattern knows straight quotes and the letters A to Z alone.
    ['“Stop!” “Go!” They went.', 1],
    ['“Stop!” "Go!" They went.', 2],
    ['It cost 3.50 in all. and that was it.', 1],
    ['One.Two', 1],
    ['One.  Two spaces part nothing.', 1],
    ['One.\nA line break parts nothing.', 1],
    ['Wait... What?', 2],
    ['Etc. and so on.', 1],
    ['Really? Dr. von Braun came.', 2],
    ['Élan. Évian. Elan.', 2],
    ['Plan A. B. C. Done.', 4],
    ['', 1],
  ])('%j has %i', (text, count) => {
    expect(countSentences(text)).toBe(count);
  });
});

describe('countSentences beyond Latin letters', () => {
  it.each([
    ['他走了。她留下了。', 2],
    ['他走了！她呢？她留下了。', 3],
    ['他说：“好。”她笑了。', 2],
    ['“停！”他喊道。', 1],
    ['「止まれ！」と彼は言った。', 1],
    ['彼は「止まれ！」と言った。雨が降った。', 2],
    ['雨が降る。\n風が吹く。', 2],
    ['ｱｱ｡ｲｲ｡', 2],
    ['我来了.他走了.', 2],
    ['你好!我很好.', 2],
    ['价格是3.50元。', 1],
    ['价格是３．５元。', 1],
    ['Привет. Как дела?', 2],
    ['А. С. Пушкин родился.', 1],
    ['Живу в г. Москва. Да.', 2],
    ['สวัสดีครับ! วันนี้อากาศดีไหม? ดีมาก', 3],
    ['ฉันไป เขามา', 1],
    ['ខ្ញុំទៅ។ គាត់មក។', 2],
    ['ကျွန်တော်သွားတယ်။ သူလာတယ်။', 2],
    ['मैं गया। वह आया।', 2],
    ['ذهبت. هل جاء؟ نعم.', 3],
    ['안녕하세요. 반갑습니다!', 2],
    ['1. 园丁来了。2. 他走了。', 2],
    ['Γεια σου. Τι κάνεις; Καλά.', 3],
    ['ສະບາຍດີ! ເຈົ້າເປັນແນວໃດ?', 2],
    ['（他笑了。）我走了。', 2],
    ['等等……然后呢？', 1],
    ['Ես գնացի։ Նա եկավ։', 2],
    ['ተመለስኩ። ሄደ።', 2],
    ['他走了。', 1],
    ['他走了。”', 1],
    ['One. Two 我。', 2],
    ['בוא. הוא הלך.', 2],
    ['他说“好。”然后走了。', 1],
    ['བོད་ཡིག། བོད་སྐད།', 2],
  ])('%j has %i', (text, count) => {
    expect(countSentences(text)).toBe(count);
  });
});

describe('countSentences by Unicode', () => {
  it.each([
    ['One.', 1],
    ['One. Two! Three? Four', 4],
    ['Dr. Who and Prof. Higgins met. They left.', 2],
    ['One.  Two.', 2],
    ['One.\nTwo.', 2],
    // Marks alone are none.
    ['One.\n\n---\n\nTwo.', 2],
    // A question within a sentence ends one by these rules.
    ['She asked "Why?" and left.', 2],
    ['It cost 3.50 in all.', 1],
    ['“Stop!” “Go!” They went.', 3],
    ['Élan. Évian.', 2],
    ['...', 1],
    ['', 1],
  ])('%j has %i', (text, count) => {
    expect(countSentences(text, 'segmenter')).toBe(count);
  });
});
