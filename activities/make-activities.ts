import type { MisplacedActivities } from '../contracts/queues.ts';
import type { JobBackend } from '../infra/jobs/backend.ts';
import { makeAnalysisActivities } from './analysis/analysis-activities.ts';
import { makeBatchActivities } from './batches/batch-activities.ts';
import { makeTextActivities } from './calls/texts.ts';
import { makeCorpusActivities } from './corpus/corpus.ts';
import { makeServingActivities } from './jobs/serving.ts';
import { makeTrainingActivities } from './jobs/training.ts';
import { makeOperatorActivities } from './operator/operator-activities.ts';
import type { ActivityContext } from './shared/activity-context.ts';

/** Every activity of Etude, over one home. Their names are durable API. */
export const makeActivities = (context: ActivityContext, backend: JobBackend) => ({
  ...makeTextActivities(context),
  ...makeBatchActivities(context),
  ...makeCorpusActivities(context),
  ...makeTrainingActivities(context, backend),
  ...makeServingActivities(context, backend),
  ...makeAnalysisActivities(context),
  ...makeOperatorActivities(context),
});
export type Activities = ReturnType<typeof makeActivities>;

type NoneOf<Names extends never> = Names;
/** An error here names activities that `contracts/queues.ts` puts on no queue or on two, and names there without activity. */
export type Misplaced = NoneOf<MisplacedActivities<keyof Activities>>;
