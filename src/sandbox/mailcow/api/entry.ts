/** What Mailcow says of one thing that it did or refused: HTTP status 200 in any case. */
export interface Entry {
  readonly type: 'success' | 'danger' | 'warning' | 'info';
  /** Function, action, kind, what was asked, and mostly null. */
  readonly log: readonly unknown[];
  /** A code, or a code with what it is about. */
  readonly msg: string | readonly (string | number)[];
}

/** Collects the entries of one call, all with the same log. */
export class Report {
  readonly entries: Entry[] = [];
  readonly #log: readonly unknown[];

  constructor(log: readonly unknown[]) {
    this.#log = log;
  }

  success(msg: Entry['msg']): this {
    return this.#add('success', msg);
  }

  /** Refuses. */
  danger(msg: Entry['msg']): this {
    return this.#add('danger', msg);
  }

  warning(msg: Entry['msg']): this {
    return this.#add('warning', msg);
  }

  /** Takes over what another function said. */
  join(other: readonly Entry[]): this {
    this.entries.push(...other);
    return this;
  }

  #add(type: Entry['type'], msg: Entry['msg']): this {
    this.entries.push({ type, log: this.#log, msg });
    return this;
  }
}

/** A request as a log shows it: passwords as '*'. `which` is the names that are hidden. */
export function withoutPasswords(request: Readonly<Record<string, unknown>>, which = /pass/i): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(request).map(([name, value]) => [
      name,
      which.test(name) && value !== null && value !== undefined ? '*' : value,
    ]),
  );
}
