/** What a running study can be told and asked. Their names are durable API. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  ChangeRatesInput,
  ChangeRatesResult,
  PauseResult,
  RaiseBudgetInput,
  RaiseBudgetResult,
  RedoInput,
  RedoResult,
  ResumeProviderInput,
  ResumeProviderResult,
  SkipInput,
  SkipResult,
} from '../contracts/messages.ts';

/** Answered when nothing is in flight any more; from then on nothing is sent. */
export const pause = defineUpdate<PauseResult>('pause');
export const resume = defineUpdate<PauseResult>('resume');
export const resumeProvider = defineUpdate<ResumeProviderResult, [ResumeProviderInput]>('resumeProvider');
export const raiseBudget = defineUpdate<RaiseBudgetResult, [RaiseBudgetInput]>('raiseBudget');
export const changeRates = defineUpdate<ChangeRatesResult, [ChangeRatesInput]>('changeRates');

/** Gives a cell up, or takes it back. Refused while the study is analysed. */
export const skip = defineUpdate<SkipResult, [SkipInput]>('skip');
/** Has failed calls and arms tried once more before the study is analysed. Refused while it is analysed. */
export const redo = defineUpdate<RedoResult, [RedoInput]>('redo');

/** As the updates, without an answer. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');

/** What waits for a person, in markdown; empty when nothing does. */
export const waiting = defineQuery<string>('waiting');
