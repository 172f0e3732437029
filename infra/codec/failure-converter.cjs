// Failures keep their messages and stacks in a payload, so that the codec seals them too. CommonJS: the SDK loads it with
// `require`, and bundles it with the workflows.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
