import type { JobBackend } from '../infra/jobs/backend.ts';
import type { ActivityContext } from './shared/activity-context.ts';
import { makeAmendmentActivities } from './operator/amend-activities.ts';
import { makeBatchActivities } from './batches/batch-activities.ts';
import { makeControlActivities } from './analysis/control.ts';
import { makeHandActivities } from './operator/hand-activities.ts';
import { makeCorpusActivities } from './corpus/corpus.ts';
import { makeServingActivities } from './jobs/serving.ts';
import { makeTextActivities } from './calls/texts.ts';
import { makeTrainingActivities } from './jobs/training.ts';

/** Every activity of Etude, over one home. Their names are durable API. */
export const makeActivities = (context: ActivityContext, backend: JobBackend) => ({
  ...makeTextActivities(context),
  ...makeBatchActivities(context),
  ...makeCorpusActivities(context),
  ...makeTrainingActivities(context, backend),
  ...makeServingActivities(context, backend),
  ...makeControlActivities(context),
  ...makeHandActivities(context),
  ...makeAmendmentActivities(context),
});
export type Activities = ReturnType<typeof makeActivities>;
