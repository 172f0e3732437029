import { workflowInfo } from '@temporalio/workflow';
import type { Sizes } from '../contracts/workflows.ts';

/** Whether this run should take no new item, and continue as new. */
export const historyIsLong = ({ eventsPerRun }: Sizes): boolean => {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= eventsPerRun;
};
