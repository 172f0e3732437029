// Puts messages and stacks of failures into a payload, so that the codec encrypts them too. CommonJS, because the SDK
// loads this module with `require` and bundles it with the workflows.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
