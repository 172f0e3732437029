import type { TrainResult } from '../contracts/activities.ts';
import type { TuneInput } from '../contracts/workflows.ts';
import { trainingActivities } from './call-activities.ts';

/** Builds the certified training file of one arm and fine-tunes the student on it. */
export async function tuneStudent({ plan, outline, tuned }: TuneInput): Promise<TrainResult> {
  return trainingActivities(outline.queues.training).tuneStudent({ plan, ...tuned });
}
