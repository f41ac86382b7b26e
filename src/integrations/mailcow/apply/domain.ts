import { Problem } from '../../../core/problem.ts';
import type { Outcome } from '../../../core/resource.ts';
import { parseAnswer } from '../answers.ts';
import type { DkimData, DomainData } from '../data.ts';
import { readDomain } from '../read.ts';
import { type Deed, isThere, unconfirmed } from './deed.ts';

/**
 * Makes a domain; with it Mailcow makes a DKIM key, unless one of an earlier life is there, which stays. Limits that are not given are
 * those of Mailcow's template.
 */
export async function makeDomain({ client, data, restartSogo }: Deed): Promise<Outcome> {
  const { host, domain, limits, dkim, tags } = data as unknown as DomainData;
  const about = `domain ${domain}`;
  const body = {
    domain,
    active: '1',
    ...(limits.aliases === undefined ? {} : { aliases: limits.aliases }),
    ...(limits.mailboxes === undefined ? {} : { mailboxes: limits.mailboxes }),
    ...(limits.defaultQuota === undefined ? {} : { defquota: limits.defaultQuota }),
    ...(limits.maxQuota === undefined ? {} : { maxquota: limits.maxQuota }),
    ...(limits.quota === undefined ? {} : { quota: limits.quota }),
    tags,
    // 0: no key. Left out, it is the template that decides.
    key_size: dkim?.bits ?? 0,
    dkim_selector: dkim?.selector ?? '',
    restart_sogo: restartSogo ? '1' : '0',
  };
  try {
    const said = await client.write('add/domain', body, {
      about,
      expect: ['domain_added', 'domain_added_sogo_failed'],
      slow: restartSogo,
    });
    const found = await readDomain(client, domain);
    if (found?.name !== domain) throw unconfirmed(host, about);
    const notes = [
      ...(said.some((one) => one.code === 'domain_added_sogo_failed')
        ? [
            'the domain was made, but SOGo did not restart: restart it in Mailcow (System, Information), or webmail does not know the domain',
          ]
        : []),
      ...(said.some((one) => one.code === 'domain_add_dkim_available')
        ? ['a DKIM key of an earlier life of the domain is there, and stays']
        : []),
    ];
    return { status: 'done', ...(notes.length > 0 ? { learnt: { notes } } : {}) };
  } catch (error) {
    // Somebody was there first; an alias domain of the name is no domain.
    if (!isThere(error, 'domain-exists') || (await readDomain(client, domain))?.name !== domain) throw error;
    return { status: 'kept' };
  }
}

/** Deactivates a domain, or takes it into service again. */
export async function turnDomain({ client, data }: Deed): Promise<Outcome> {
  const { host, domain, active = true } = data as unknown as DomainData;
  const about = `domain ${domain}`;
  const body = { items: [domain], attr: { active: active ? '1' : '0' } };
  await client.write('edit/domain', body, { about, expect: ['domain_modified'] });
  const found = await readDomain(client, domain);
  if (found?.name !== domain || found.active !== active) throw unconfirmed(host, about);
  return { status: 'done' };
}

/** Removes an empty domain, and the key that was made with it: Mailcow leaves that behind. */
export async function removeDomain({ client, data }: Deed): Promise<Outcome> {
  const { host, domain, dkim } = data as unknown as DomainData;
  const about = `domain ${domain}`;
  const found = await readDomain(client, domain);
  if (found?.name === domain) {
    // Mailcow itself refuses where there are mailboxes, and takes aliases along.
    if (found.mailboxes + found.aliases > 0)
      throw new Problem(
        'conflict',
        'mailcow.domain-not-empty',
        `Mailcow ${host}, ${about}: it is not empty any more.`,
        {
          fix: 'Run again: it stays as long as it has mailboxes, or aliases that somebody made.',
        },
      );
    await client.write('delete/domain', [domain], { about, expect: ['domain_removed'] });
    if ((await readDomain(client, domain))?.name === domain) throw unconfirmed(host, `the removal of ${about}`);
  }
  if (dkim) await removeKey(client, domain);
  return { status: 'done' };
}

/** Makes the key of a domain that has none. */
export async function makeDkim({ client, data }: Deed): Promise<Outcome> {
  const { host, domain, selector, bits } = data as unknown as DkimData;
  const about = `DKIM key of ${domain}`;
  try {
    const body = { domains: domain, dkim_selector: selector, key_size: bits };
    await client.write('add/dkim', body, { about, expect: ['dkim_added'], slow: true });
    if ((await keyOf(client, domain)) === undefined) throw unconfirmed(host, about);
    return { status: 'done' };
  } catch (error) {
    // Mailcow has one word for a selector that it does not take and for a key that is there.
    if (!isThere(error, 'dkim-domain-or-sel-invalid') || (await keyOf(client, domain)) === undefined) throw error;
    return { status: 'kept' };
  }
}

/** Removes the key of a domain. */
export async function removeDkim({ client, data }: Deed): Promise<Outcome> {
  await removeKey(client, (data as unknown as DkimData).domain);
  return { status: 'done' };
}

async function removeKey(client: Deed['client'], domain: string): Promise<void> {
  const about = `DKIM key of ${domain}`;
  await client.write('delete/dkim', [domain], { about, expect: ['dkim_removed'] });
  if ((await keyOf(client, domain)) !== undefined) throw unconfirmed(client.host, `the removal of the ${about}`);
}

async function keyOf(client: Deed['client'], domain: string) {
  const answer = await client.get(`get/dkim/${encodeURIComponent(domain)}`, { about: `DKIM key of ${domain}` });
  return answer === undefined ? undefined : parseAnswer(client.host, 'dkim', answer);
}
