/** What a model thought aloud in its reply is no part of it: neither read, nor graded, nor trained on. */

export interface SplitReply {
  /** The reply without its thoughts. */
  readonly text: string;
  /** A thought has no end: the reply was cut in it, and whatever follows is a draft. */
  readonly open: boolean;
}

const MARK = /<(\/?)think(?:ing)?>|\[(\/?)THINK\]/gi;

/**
 * Removes `<think>...</think>`, and its kin, nested too. A mark that ends what none has begun ends what stands before it:
 * some servers begin the thought in the prompt.
 */
export function splitThoughts(reply: string): SplitReply {
  let [text, depth, from] = ['', 0, 0];
  for (const match of reply.matchAll(MARK)) {
    const closes = match[1] === '/' || match[2] === '/';
    if (depth === 0) text = closes ? '' : text + reply.slice(from, match.index);
    depth = Math.max(0, depth + (closes ? -1 : 1));
    from = match.index + match[0].length;
  }
  if (from === 0) return { text: reply, open: false };
  return { text: (depth === 0 ? text + reply.slice(from) : text).trim(), open: depth > 0 };
}
