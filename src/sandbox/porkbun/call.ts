import { admitTo } from './credentials.ts';
import type { Editor } from './editor.ts';
import { invalidDomain } from './refusal.ts';
import type { Registrar } from './registrar.ts';
import type { Account, Domain } from './state.ts';

/** One authenticated call. */
export interface Call {
  readonly registrar: Registrar;
  readonly editor: Editor;
  readonly account: Account;
  /** The decoded parts of the path that vary, in order. */
  readonly parts: readonly string[];
  /** The JSON body, or of a GET the query. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer of a call that worked; `status` and ids are added by the server. */
export interface Answered {
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the state changed. */
  readonly effect: boolean;
  /** Whether it touched what Mailwright must never touch. */
  readonly forbidden?: boolean;
}

/** The domain of a call's path, if the caller may work on it. @throws Refusal */
export function readDomain({ registrar, account, parts }: Call): Domain {
  const domain = registrar.findDomain(parts[0] ?? '');
  if (!domain || domain.account !== account) throw invalidDomain();
  admitTo(registrar, account, domain);
  return domain;
}
