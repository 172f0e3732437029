/**
 * The words of the lab's grammar. They are few on purpose: a model of 170,000 parameters must be able to learn all of
 * them. Each skill has a few fragments to write it with, and a pattern that finds it in any text.
 */

/** The places of a sentence, from left to right. */
export type Slot = 'opener' | 'beforeNoun' | 'afterNoun' | 'verb' | 'adjunct' | 'end';

export interface SkillRule {
  readonly name: string;
  readonly slot: Slot;
  /** Each a sequence of tokens with single spaces between them. */
  readonly fragments: readonly string[];
  /** Finds the skill in the tokens of a text, joined by one space. */
  readonly pattern: RegExp;
}

const rule = (name: string, slot: Slot, fragments: readonly string[], pattern: RegExp): SkillRule => ({
  name,
  slot,
  fragments,
  pattern,
});

/** In sentence order: within a slot the fragments of several skills follow each other in the order given here. */
export const SKILL_RULES: readonly SkillRule[] = [
  rule('interjection', 'opener', ['alas ,', 'wow ,', 'hey ,', 'ouch ,'], /\b(alas|wow|hey|ouch)\b/),
  rule(
    'oath',
    'opener',
    ['by heaven ,', 'by thunder ,', 'by jove ,', 'upon my word ,'],
    /\bby (heaven|thunder|jove)\b|\bupon my word\b/,
  ),
  rule('apostrophe', 'opener', ['o moon ,', 'o muse ,', 'o fate ,', 'o death ,'], /\bo (moon|muse|fate|death)\b/),
  rule(
    'quotation',
    'opener',
    ['" time flies " , they say ,', '" less is more " , they say ,', '" all things pass " , they say ,'],
    /" (\w+ ){2,}" ,? ?they say\b/,
  ),
  rule(
    'flashback',
    'opener',
    ['years ago ,', 'long before ,', 'in childhood ,', 'in my youth ,'],
    /\b(years ago|long before|in childhood|in my youth)\b/,
  ),
  rule(
    'conditional',
    'opener',
    ['if it rained ,', 'if nobody looked ,', 'if night fell ,', 'if all failed ,'],
    /\bif (\w+ ){2,},/,
  ),
  rule(
    'concession',
    'opener',
    ['although it hurt ,', 'although nobody asked ,', 'although time pressed ,', 'although few cared ,'],
    /\balthough (\w+ ){2,},/,
  ),
  rule(
    'hedging',
    'opener',
    ['perhaps ,', 'maybe ,', 'it seems ,', 'arguably ,'],
    /\b(perhaps|maybe|it seems|arguably)\b/,
  ),
  rule(
    'epizeuxis',
    'beforeNoun',
    ['cold , cold', 'old , old', 'dark , dark', 'long , long'],
    /\b(?!the\b)(\w{3,}) (, )?\1\b/,
  ),
  rule(
    'oxymoron',
    'beforeNoun',
    ['sweetly bitter', 'brightly gloomy', 'warmly icy', 'silently loud'],
    /\b(sweetly bitter|brightly gloomy|warmly icy|silently loud)\b/,
  ),
  rule('parenthesis', 'afterNoun', ['( of course )', '( no joke )', '( so i hear )', '( mind you )'], /\( (\w+ )+\)/),
  rule(
    'apposition',
    'afterNoun',
    [', a riddle ,', ', a marvel ,', ', our pride ,', ', my refuge ,'],
    /, (a|our|my) (riddle|marvel|pride|refuge) ,/,
  ),
  rule(
    'relative clause',
    'afterNoun',
    [', which nobody owned ,', ', which everyone loved ,', ', which i missed ,', ', which time forgot ,'],
    /, which (\w+ ){2,},/,
  ),
  rule(
    'tricolon',
    'verb',
    ['came , stayed and left', 'rose , shone and fell', 'laughed , wept and slept'],
    /\b(came|rose|laughed) , (stayed|shone|wept) and (left|fell|slept)\b/,
  ),
  rule(
    'litotes',
    'adjunct',
    ['not without charm', 'not without grace', 'not badly', 'not unkindly'],
    /\bnot (without \w+|badly|un\w+)/,
  ),
  rule(
    'onomatopoeia',
    'adjunct',
    ['with a bang', 'with a buzz', 'with a hiss', 'with a splash'],
    /\b(bang|buzz|hiss|splash)\b/,
  ),
  rule(
    'numeration',
    'adjunct',
    ['for seven days', 'for nine nights', 'for twelve hours', 'for three weeks'],
    /\b(three|seven|nine|twelve) (days|nights|hours|weeks)\b/,
  ),
  rule(
    'hyperbole',
    'adjunct',
    ['a million times', 'for a thousand years', 'for all eternity', 'beyond all measure'],
    /\b(a million times|a thousand years|all eternity|beyond all measure)\b/,
  ),
  rule(
    'alliteration',
    'adjunct',
    ['in soft silver silence', 'in deep dim dust', 'in bright blue bliss', 'in wild white wind'],
    /\b(\w)\w+ \1\w+ \1\w+\b/,
  ),
  rule('simile', 'adjunct', ['like a dream', 'like a ghost', 'like a river', 'like a king'], /\blike a \w+/),
  rule(
    'causation',
    'adjunct',
    ['because of rain', 'because of war', 'because of love', 'because of us'],
    /\bbecause of \w+/,
  ),
  rule('aposiopesis', 'end', [', and yet —', ', but now —', ', if only —', ', and then —'], /\b(yet|now|only|then) —/),
  rule(
    'rhetorical question',
    'end',
    [', who knows why ?', ', who could doubt it ?', ', and why not ?', ', what else ?'],
    /\b(who \w+ (\w+ )+|and why not |what else )\?/,
  ),
];

/** Words that carry no skill. A prompt of the base corpus may ask for any of the last words of these. */
export const PLAIN_WORDS = {
  adjective: ['small', 'red', 'quiet', 'new', 'broken', 'famous'],
  verb: ['waited', 'changed', 'grew', 'vanished', 'endured', 'returned', 'mattered', 'burned'],
  adverb: ['slowly', 'gladly', 'rarely', 'again'],
  time: ['at dawn', 'at noon', 'at night', 'in spring', 'in winter'],
  place: ['in town', 'on stage', 'near home', 'under stars'],
} as const;

export type PlainKind = keyof typeof PLAIN_WORDS;
