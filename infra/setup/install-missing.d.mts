export interface SetUpWanted {
  nodeModules?: boolean;
  temporal?: boolean;
  python?: boolean;
}

type Path<Wanted, Part extends keyof SetUpWanted> = Wanted extends Record<Part, true> ? string : undefined;

export interface SetUpResult<Wanted extends SetUpWanted> {
  /** A Temporal CLI of server 1.29 or newer. */
  temporalBinary: Path<Wanted, 'temporal'>;
  /** The interpreter of `.venv/`. */
  python: Path<Wanted, 'python'>;
}

export function installMissing<const Wanted extends SetUpWanted>(
  wanted: Wanted,
  report: (line: string) => void,
  options?: { root?: string; env?: NodeJS.ProcessEnv },
): Promise<SetUpResult<Wanted>>;
