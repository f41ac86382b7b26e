import { escapeControls } from './records/txt.ts';

/** JSON data: what plans, journals and reports are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * What a problem means for whoever asked.
 * input: what was given is wrong · account: credentials or account are wrong · conflict: somebody else's, or a guard ·
 * unknown: could not be looked at, or nobody knows what became of it · retry: nothing was done, another look may succeed ·
 * failed: was tried and refused.
 */
export type ProblemKind = 'input' | 'account' | 'conflict' | 'unknown' | 'retry' | 'failed';

/** The only error that people see: a stable code, one sentence, and the way out where there is one. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** Stable, dotted: 'domain.public-suffix'. */
  readonly code: string;
  readonly kind: ProblemKind;
  /** What to do about it, as a sentence. */
  readonly fix?: string;
  /** Whether the same call may succeed later, and after how many milliseconds where the other side said so. */
  readonly retry?: { readonly afterMs?: number };

  constructor(
    kind: ProblemKind,
    code: string,
    message: string,
    more: { fix?: string | undefined; retry?: { afterMs?: number } | undefined; cause?: unknown } = {},
  ) {
    // Words of others may be in it: they write on nobody's screen.
    super(
      message.split('\n').map(escapeControls).join('\n'),
      more.cause === undefined ? undefined : { cause: more.cause },
    );
    this.kind = kind;
    this.code = code;
    if (more.fix !== undefined) this.fix = more.fix;
    if (more.retry !== undefined) this.retry = more.retry;
  }

  /** The data of it, for reports and journals. */
  toJSON(): { code: string; kind: ProblemKind; message: string; fix?: string } {
    return {
      code: this.code,
      kind: this.kind,
      message: this.message,
      ...(this.fix === undefined ? {} : { fix: this.fix }),
    };
  }
}

/** The problem that an unexpected error is: a bug or an accident nobody foresaw, told with its own words. */
export function toProblem(error: unknown, code = 'unexpected'): Problem {
  if (error instanceof Problem) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Problem('failed', code, message, { cause: error });
}

/** Several problems found at once (a profile's or a configuration's), all of them told. */
export class Problems extends Error {
  override readonly name = 'Problems';
  readonly all: readonly Problem[];

  constructor(all: readonly Problem[]) {
    super(all.map((problem) => problem.message).join('\n'));
    this.all = all;
  }
}
