/** How a command is declared: its usage, its options and its handler, whose parameters must fit them. */
import type { MessageName } from '../contracts/messages.ts';
import type { Terminal } from './terminal/terminal.ts';

/** `Always`: the handler gets a value also when the option was not given. Its name is the key it is declared under. */
export interface Option<Value, Always extends boolean> {
  readonly description: string;
  /** The name of its value in the help, as `<n>`; a flag has none. */
  readonly of?: string;
  readonly always: Always;
  readonly required?: true;
  readonly standard?: Value;
  /** Throws `InvalidArgumentError` of commander. */
  readonly parse?: (given: string) => Value;
}

export const text = (of: string, description: string): Option<string, false> => ({ of, description, always: false });
export const textOr = (of: string, description: string, standard: string): Option<string, true> => ({
  of,
  description,
  always: true,
  standard,
});
export const required = (of: string, description: string): Option<string, true> => ({
  of,
  description,
  always: true,
  required: true,
});
export const flag = (description: string): Option<boolean, true> => ({ description, always: true, standard: false });
export const parsed = <Value>(
  of: string,
  description: string,
  parse: (given: string) => Value,
): Option<Value, false> => ({ of, description, always: false, parse });
export const parsedOr = <Value>(
  of: string,
  description: string,
  { parse, standard }: { readonly parse: (given: string) => Value; readonly standard: Value },
): Option<Value, true> => ({ of, description, always: true, parse, standard });

type Options = Readonly<Record<string, Option<unknown, boolean>>>;
type ValueOf<One> = One extends Option<infer Value, boolean> ? Value : never;
type Chosen<All extends Options> = {
  readonly [Name in keyof All as All[Name]['always'] extends true ? Name : never]: ValueOf<All[Name]>;
} & { readonly [Name in keyof All as All[Name]['always'] extends true ? never : Name]?: ValueOf<All[Name]> };

/** The arguments of a usage, as `skip <study> <cell>`. */
type Arguments<Usage extends string> = Usage extends `${string}<${string}>${infer Rest}`
  ? [string, ...Arguments<Rest>]
  : Usage extends `${string}[${string}]${string}`
    ? [string | undefined]
    : [];

type Handler<Usage extends string, All extends Options> = (
  ...given: [...Arguments<Usage>, options: Chosen<All> & { readonly home?: string }, terminal: Terminal]
) => void | Promise<void>;

export interface CommandSpec<Sends extends MessageName = MessageName> {
  /** Words before the first `<` or `[` are its name; a second one belongs to a group, as `score skill-mix <folder>`. */
  readonly usage: string;
  readonly description: string;
  readonly options: Options;
  readonly load: () => Promise<(...given: never[]) => void | Promise<void>>;
  /** The messages to a study that it sends. */
  readonly sends: readonly Sends[];
  readonly helpAfter?: string;
  readonly homeless?: true;
}

interface Declared<Usage extends string, All extends Options, Sends extends MessageName> {
  readonly usage: Usage;
  readonly description: string;
  readonly options?: All;
  /** Loaded when the command is called: `--help` and `status` stay quick. */
  readonly load: () => Promise<Handler<Usage, All>>;
  readonly sends?: readonly Sends[];
  readonly helpAfter?: string;
  /** It takes no `--home`. */
  readonly homeless?: true;
}

export const command = <
  const Usage extends string,
  All extends Options = Readonly<Record<never, never>>,
  const Sends extends MessageName = never,
>({
  options,
  sends = [],
  ...declared
}: Declared<Usage, All, Sends>): CommandSpec<Sends> =>
  // The parameters of its handler are checked here and forgotten: whoever runs it passes what commander has read.
  ({ ...declared, options: options ?? {}, sends }) as unknown as CommandSpec<Sends>;
