import type { MailcowFacts, Seen } from '../../core/inspection.ts';
import { Problem } from '../../core/problem.ts';
import { dkimName } from '../../core/records/dkim.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { MailcowClient } from './client.ts';
import { homeOf } from './names.ts';
import { readAliases, readDkim, readDomain, readMailboxes, readRelayhosts } from './read.ts';

/** Reads it; absent where there is no domain of that name, unknown where Mailcow can't be asked. Costs four calls, five where its mail leaves by a relay host. */
export async function inspectMailcow(
  client: MailcowClient,
  domain: string,
  resolver: Pick<Resolver, 'authoritative'>,
): Promise<Seen<MailcowFacts>> {
  try {
    const found = await readDomain(client, domain);
    if (!found) return { status: 'absent' };
    if (found.name !== domain) return { status: 'unknown', reason: `an alias domain of ${found.name}` };
    const [aliases, dkim, boxes, relayhosts] = await Promise.all([
      readAliases(client, domain),
      readDkim(client, domain, resolver),
      readMailboxes(client, found, []),
      found.relayhost === undefined ? [] : readRelayhosts(client),
    ]);
    const relayhost = relayhosts.find(({ id }) => id === found.relayhost);
    const home = homeOf(found.tags);
    return {
      status: 'present',
      value: {
        host: client.host,
        active: found.active,
        backupMx: found.backupMx,
        limits: {
          mailboxes: found.mailboxes + found.mailboxesLeft,
          aliases: found.aliases + found.aliasesLeft,
          defaultQuota: found.defaultQuota,
          maxQuota: found.maxQuota,
          quota: found.quota,
        },
        mailboxes: boxes.map(({ address }) => address.slice(0, address.lastIndexOf('@'))).toSorted(),
        messages: found.messages,
        bytes: found.bytes,
        aliases: aliases.map(({ address, goto, active }) => ({ address, goto: [...goto], active })),
        ...(dkim
          ? {
              dkim: {
                selector: dkim.selector,
                name: dkimName(dkim.selector, domain),
                published: dkim.published !== undefined,
              },
            }
          : {}),
        ...(relayhost
          ? {
              relayhost: {
                hostname: relayhost.hostname,
                username: relayhost.username,
                active: relayhost.active,
              },
            }
          : {}),
        ...(home === undefined ? {} : { home }),
      },
    };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: 'unknown', reason: error.message };
  }
}
