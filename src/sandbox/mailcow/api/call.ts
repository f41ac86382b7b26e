import type { Installation } from '../installation.ts';
import type { Entry } from './entry.ts';
import type { Attributes } from './loose.ts';

/** One write. */
export interface Call {
  readonly cow: Installation;
  /** The fields of an add or edit. */
  readonly attr: Attributes;
  /** What an edit or delete is about. */
  readonly items: readonly unknown[];
  /** The path's last part, as of delete/domain/tag/example.test. */
  readonly extra: string | undefined;
}

/** Does a write and says what came of each part; an empty list is answered as "Task completed". */
export type Write = (call: Call) => readonly Entry[] | Promise<readonly Entry[]>;

/** One read. */
export interface Question {
  readonly cow: Installation;
  /** 'all', a name or an id. */
  readonly object: string | undefined;
  /** What narrows it, as of get/mailbox/all/example.test. */
  readonly extra: string | undefined;
  /** Of `?tags=`. */
  readonly tags: readonly string[] | undefined;
}

/** Reads; nothing and an empty list are both answered with `{}`. */
export type Read = (question: Question) => unknown;
