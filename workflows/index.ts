/** Every workflow type of Etude. Their names are durable API: an incompatible change gets `patched()` or a new name. */
export { composeCorpus } from './compose-corpus.ts';
export { composeShard } from './compose-shard.ts';
export { composeTexts } from './compose-texts.ts';
export { evaluateCell } from './evaluate-cell.ts';
export { evaluateShard } from './evaluate-shard.ts';
export { evaluateTexts } from './evaluate-texts.ts';
export { evaluateStudent } from './evaluate-student.ts';
export { runStudy } from './run-study.ts';
export { tuneStudent } from './tune-student.ts';
