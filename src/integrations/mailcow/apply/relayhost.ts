import { Problem } from '../../../core/problem.ts';
import type { Outcome } from '../../../core/resource.ts';
import { type OutboundData, type RelayhostData, sameRelayhost } from '../data.ts';
import { readDomain, readRelayhosts } from '../read.ts';
import type { Relayhost, RelayhostName } from '../state.ts';
import { type Deed, unconfirmed } from './deed.ts';

/** Makes a relay host. The answer has no number: it is found by its names afterwards. */
export async function makeRelayhost({ client, data, readCredentials }: Deed): Promise<Outcome> {
  const wanted = data as unknown as RelayhostData;
  const { host, hostname, username, region, credentials } = wanted;
  const about = `relay host ${hostname}`;
  // The same twice would make two.
  if (await find(client, wanted)) return { status: 'kept' };
  const known = (await readCredentials(credentials)).find(
    (one) => one.region === region && one.username === username && `[${one.host}]:${one.port}` === hostname,
  );
  if (!known)
    throw new Problem(
      'retry',
      'mailcow.relayhost-credentials',
      `ses.smtpCredentials: ${credentials} has other passwords by now.`,
      {
        fix: 'Run again: the plan is made anew.',
      },
    );
  const body = { hostname, username, password: known.password };
  await client.write('add/relayhost', body, { about, expect: ['relayhost_added'] });
  if (!(await find(client, wanted))) throw unconfirmed(host, about);
  return { status: 'done' };
}

/** Removes a relay host: Mailcow itself would take it away from domains that leave by it. */
export async function removeRelayhost({ client, data }: Deed): Promise<Outcome> {
  const wanted = data as unknown as RelayhostData;
  const about = `relay host ${wanted.hostname}`;
  const live = await find(client, wanted);
  if (!live) return { status: 'done' };
  if (live.usedBy.length > 0)
    throw new Problem(
      'conflict',
      'mailcow.relayhost-used',
      `Mailcow ${wanted.host}, ${about}: ${live.usedBy.join(', ')} leaves by it.`,
      { fix: 'Run again: it stays as long as anybody uses it.' },
    );
  await client.write('delete/relayhost', [live.id], { about, expect: ['relayhost_removed'] });
  if (await find(client, wanted)) throw unconfirmed(wanted.host, `the removal of ${about}`);
  return { status: 'done' };
}

/** Gives a domain the relay host that `after` names, or none; not where somebody gave it another one since the look. */
export async function turnOutbound({ client, change }: Deed): Promise<Outcome> {
  const before = (change.before as unknown as OutboundData | undefined)?.relayhost ?? null;
  const after = (change.after as unknown as OutboundData | undefined)?.relayhost ?? null;
  const { host, domain } = (change.after ?? change.before) as unknown as OutboundData;
  const about = `relay host of ${domain}`;
  const all = await readRelayhosts(client);
  const now = async () => {
    const found = await readDomain(client, domain);
    if (found?.name !== domain) throw unconfirmed(host, `domain ${domain}`);
    return all.find(({ id }) => id === found.relayhost) ?? null;
  };
  const goal = after && all.find((one) => sameRelayhost(one, after));
  if (after && !goal) throw unconfirmed(host, `relay host ${after.hostname}`);
  const live = await now();
  if (sameRelayhost(live, after)) return { status: 'done' };
  if (!sameRelayhost(live, before))
    throw new Problem(
      'retry',
      'mailcow.relayhost-moved',
      `Mailcow ${host}, ${about}: somebody changed it since the look.`,
      {
        fix: 'Run again: the plan is made anew over what is there.',
      },
    );
  const body = { items: [domain], attr: { relayhost: goal?.id ?? '0' } };
  await client.write('edit/domain', body, { about, expect: ['domain_modified'] });
  if (!sameRelayhost(await now(), after)) throw unconfirmed(host, about);
  return { status: 'done' };
}

async function find(client: Deed['client'], wanted: RelayhostName): Promise<Relayhost | undefined> {
  return (await readRelayhosts(client)).find((one) => sameRelayhost(one, wanted));
}
