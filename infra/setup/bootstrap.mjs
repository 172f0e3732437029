// `node bootstrap.mjs [all]` installs what is missing. It must run on any version of Node, before any package is
// installed, to tell people that their Node is too old: so this file keeps to old syntax, and imports what needs a
// recent Node only after the version check.
const MINIMUM = [20, 11];

const [major, minor] = process.versions.node.split('.').map(Number);
const recent = major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);

if (process.platform === 'win32') {
  fail('Etude needs Linux or macOS. On Windows, run it in WSL (the Windows Subsystem for Linux).');
} else if (!recent) {
  const wanted = MINIMUM.join('.');
  fail(
    'Node.js ' +
      wanted +
      ' or newer is needed; this is ' +
      process.version +
      '. Install a newer version and run the same command again.',
  );
} else {
  const all = process.argv[2] === 'all';
  import('./install-missing.mjs')
    .then((module) => module.installMissing({ nodeModules: true, temporal: all, python: all }, report))
    .catch((error) => fail(explain(error)));
}

function explain(error) {
  if (error.name === 'UserError') return error.message + ' ' + error.remedy;
  return error.stack;
}

function report(line) {
  process.stderr.write(line + '\n');
}

function fail(message) {
  process.stderr.write('etude: ' + message + '\n');
  process.exitCode = 1;
}
