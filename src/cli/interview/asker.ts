import { Problem } from '../../core/problem.ts';

/** Somebody pressed Ctrl-C at a question. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** A question that is answered by a text; `flag`: how it is answered without a terminal. */
export interface TextQuestion<T> {
  readonly message: string;
  readonly flag: string;
  /** What stands there already, and is the answer of --yes. */
  readonly initial?: string | undefined;
  readonly placeholder?: string;
  /** Throws a Problem for what is no answer. */
  parse(text: string): T;
}

/** Whom questions are put to: a person at a terminal, or --yes, which takes what is proposed. */
export interface Asker {
  readonly person: boolean;
  tell(line: string): void;
  text<T>(question: TextQuestion<T>): Promise<T>;
  /** Typed hidden; never proposed, never shown. */
  secret(message: string): Promise<string>;
  choose<T extends string>(
    message: string,
    options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[],
    initial: T,
  ): Promise<T>;
  confirm(message: string, initial: boolean): Promise<boolean>;
}

/** A person at a terminal. Throws Cancelled at Ctrl-C. */
export async function askAtTerminal(): Promise<Asker> {
  const clack = await import('@clack/prompts');
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (clack.isCancel(answer)) throw new Cancelled();
    return answer as Exclude<T, symbol>;
  };
  return {
    person: true,
    tell: (line) => clack.log.message(line),
    async text({ message, initial, placeholder, parse }) {
      const validate = (text: string | undefined) => wrongWith(() => parse(text ?? ''));
      const given = await clack.text({
        message,
        validate,
        ...(initial === undefined ? {} : { initialValue: initial }),
        ...(placeholder === undefined ? {} : { placeholder }),
      });
      return parse(answered(given) ?? '');
    },
    async secret(message) {
      const validate = (text: string | undefined) =>
        (text ?? '').trim() === ''
          ? 'It is empty.'
          : /\s/.test((text ?? '').trim())
            ? 'It has white space inside.'
            : undefined;
      return answered(await clack.password({ message, validate })).trim();
    },
    async choose(message, options, initial) {
      // The prompts' own types tell single strings apart.
      const all = options as unknown as { value: string; label: string }[];
      return answered(await clack.select({ message, options: all, initialValue: initial as string })) as typeof initial;
    },
    confirm: async (message, initial) => answered(await clack.confirm({ message, initialValue: initial })),
  };
}

/** Nobody to ask: what is proposed counts, and what is not is named by its flag. */
export function askNobody(say: (line: string) => void): Asker {
  return {
    person: false,
    tell: say,
    async text({ flag, initial, parse }) {
      if (initial === undefined) throw missing([flag]);
      return parse(initial);
    },
    async secret(message) {
      throw missing([message]);
    },
    choose: async (_message, _options, initial) => initial,
    confirm: async (_message, initial) => initial,
  };
}

/** What can't be asked, because there is nobody, and is not given either. */
export function missing(what: readonly string[]): Problem {
  return new Problem('input', 'init.missing', `Not given, and there is nobody to ask: ${what.join(', ')}.`, {
    fix: 'Give them (secrets only by the environment or .env), or run it at a terminal, which asks.',
  });
}

function wrongWith(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.fix === undefined ? error.message : `${error.message} ${error.fix}`;
  }
}
