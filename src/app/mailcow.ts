import type { Config } from '../config-schema.ts';
import type { DomainSpec } from '../core/domain-spec.ts';
import type { Ground } from '../core/ground.ts';
import type { RunReport } from '../core/report.ts';
import type { Resource } from '../core/resource.ts';
import { openMailcow } from '../integrations/mailcow/index.ts';
import { passwordRef } from '../integrations/mailcow/names.ts';
import type { MailcowSettings } from '../integrations/mailcow/settings.ts';
import { readSmtpCredentials } from '../integrations/smtp-credentials-file.ts';

/** The Mailcow hosts of these wishes, each as a resource: one installation for nearly everybody. */
export function openMailcows(
  config: Config,
  specs: readonly DomainSpec[],
  known: readonly string[],
  { secrets, clock, resolver, home }: Pick<Ground, 'secrets' | 'clock' | 'resolver'> & { home: string },
): readonly Resource<DomainSpec>[] {
  const hosts = [...new Set([...specs.flatMap((spec) => spec.mailcow?.host ?? []), ...known])];
  return hosts.map((host) =>
    openMailcow(config.mailcow as MailcowSettings, {
      host,
      home,
      secrets,
      clock,
      resolver,
      readCredentials: readSmtpCredentials,
      timeoutMs: config.calls.timeout * 1000,
      async resolveHost(name) {
        const answers = await Promise.all((['A', 'AAAA'] as const).map((type) => resolver.public({ name, type })));
        return answers.flatMap(({ values }) => values);
      },
    }),
  );
}

/** A mailbox's first password, which nobody was shown yet. */
export interface NewPassword {
  readonly address: string;
  readonly password: string;
  /** Forgets it: it is shown once. */
  forget(): Promise<void>;
}

/** The made-up passwords of mailboxes that are there: also those of a run that was cut off before it could show them. */
export async function newPasswords(
  specs: readonly DomainSpec[],
  reports: readonly RunReport[],
  secrets: Ground['secrets'],
): Promise<readonly NewPassword[]> {
  const found: NewPassword[] = [];
  for (const { domain, mailcow } of specs) {
    const checks = reports.find((one) => one.domain === domain)?.checks ?? [];
    for (const { local } of mailcow?.mailboxes ?? []) {
      const address = `${local}@${domain}`;
      const isThere = checks.some((one) => one.id === 'mailcow.mailbox' && one.name === address && one.status === 'ok');
      const ref = passwordRef(mailcow?.host ?? '', address);
      const password = isThere ? await secrets.get(ref) : undefined;
      if (password !== undefined) found.push({ address, password, forget: () => secrets.remove(ref) });
    }
  }
  return found;
}
