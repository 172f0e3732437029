import { workflowInfo } from '@temporalio/workflow';
import type { Sizes } from '../contracts/workflows.ts';

/** Whether this run should start no new item, and continue as new instead. */
export const historyIsLong = ({ eventsPerRun }: Sizes): boolean => {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= eventsPerRun;
};
