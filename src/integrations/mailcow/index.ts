import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Secrets } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import type { Resource } from '../../core/resource.ts';
import { applyMailcow } from './apply.ts';
import { type MailcowClient, openClient } from './client.ts';
import { systemOf } from './names.ts';
import { parseFingerprint } from './pinned.ts';
import { planMailcow } from './plan/plan.ts';
import { openReader, type ReadNeeds } from './read.ts';
import { revertMailcow } from './revert.ts';
import { credentials, type MailcowSettings } from './settings.ts';
import type { MailcowState } from './state.ts';

/** What the outside must give Mailcow. */
export interface MailcowNeeds extends ReadNeeds {
  /** Its own name: the profile's mail host. */
  readonly host: string;
  /** The installation's own name. */
  readonly home: string;
  /** Where made-up passwords are kept until somebody was shown them. */
  readonly secrets: Secrets;
  /** Milliseconds that one call may take. */
  readonly timeoutMs: number;
}

/** Mailcow on one host as a resource. Throws a Problem for settings that can't be used. */
export function openMailcow(given: MailcowSettings, needs: MailcowNeeds): Resource<DomainSpec, MailcowState> {
  const { host, home, secrets, readCredentials } = needs;
  const client = openMailcowClient(given, needs);
  const reader = openReader(client, needs);
  return {
    name: systemOf(host),
    // New domains of one run need one restart of webmail.
    together: true,
    read: (want, owned, closely) => reader.read(want, owned, closely),
    plan: (want, state, owned) => planMailcow(want, state, host, home, owned),
    revert: (made, state, want) => revertMailcow(made, state, want, host, home),
    async apply(changes, report) {
      try {
        await applyMailcow(changes, report, { client, secrets, readCredentials });
      } finally {
        reader.forget();
      }
    },
    async close() {
      client.close();
    },
  };
}

/** Mailcow's API by the settings. Throws a Problem for those that can't be used. */
export function openMailcowClient(
  given: MailcowSettings,
  { host, timeoutMs }: Pick<MailcowNeeds, 'host' | 'timeoutMs'>,
): MailcowClient {
  const { url = `https://${host}`, apiKey } = given;
  if (!apiKey)
    throw new Problem('account', 'mailcow.credentials', 'Mailcow needs an API key.', {
      fix: `Set MAILCOW_API_KEY: ${credentials}.`,
    });
  const fingerprint = given.fingerprint === undefined ? undefined : parseFingerprint(given.fingerprint);
  return openClient({ host, url, apiKey, timeoutMs, ...(fingerprint === undefined ? {} : { fingerprint }) });
}
