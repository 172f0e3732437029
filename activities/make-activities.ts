import type { JobBackend } from '../infra/jobs/backend.ts';
import type { ActivityContext } from './activity-context.ts';
import { makeAmendmentActivities } from './amend-activities.ts';
import { makeBatchActivities } from './batches/batch-activities.ts';
import { makeControlActivities } from './control.ts';
import { makeHandActivities } from './hand-activities.ts';
import { makeCorpusActivities } from './corpus.ts';
import { makeServingActivities } from './serving.ts';
import { makeTextActivities } from './texts.ts';
import { makeTrainingActivities } from './training.ts';

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
