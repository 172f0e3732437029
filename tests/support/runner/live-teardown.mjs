/** After the last live test of a run: ends what live-setup.mjs began. */
export default () => globalThis.endLiveRun();
