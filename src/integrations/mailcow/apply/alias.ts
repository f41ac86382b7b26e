import type { Outcome } from '../../../core/resource.ts';
import { type AliasData, sameGoto } from '../data.ts';
import { readAliases } from '../read.ts';
import type { MailcowAlias } from '../state.ts';
import { type Deed, isThere, unconfirmed } from './deed.ts';

/** What is left out counts as switched off at Mailcow: an alias without `active` takes no mail. */
const FLAGS = { active: '1', sogo_visible: '1', sender_allowed: '1', internal: '0' };

/** Makes an alias that leads to the addresses. */
export async function makeAlias({ client, data }: Deed): Promise<Outcome> {
  const { host, address, goto, comment } = data as unknown as AliasData;
  const about = `alias ${address}`;
  const body = { address, goto: goto.join(','), private_comment: comment, public_comment: '', ...FLAGS };
  try {
    await client.write('add/alias', body, { about, expect: ['alias_added'] });
    const live = await find(client, data);
    if (!live?.active || !sameGoto(live.goto, goto)) throw unconfirmed(host, about);
    return { status: 'done' };
  } catch (error) {
    if (!isThere(error, 'is-alias-or-mailbox')) throw error;
    const live = await find(client, data);
    if (!live?.active || !sameGoto(live.goto, goto)) throw error;
    return { status: 'kept' };
  }
}

/** Makes an alias of ours lead elsewhere. */
export async function turnAlias({ client, data }: Deed): Promise<Outcome> {
  const { host, address, goto } = data as unknown as AliasData;
  const about = `alias ${address}`;
  const live = await find(client, data);
  if (!live) throw unconfirmed(host, about);
  // Only what is named is changed.
  const body = { items: [live.id], attr: { goto: goto.join(',') } };
  await client.write('edit/alias', body, { about, expect: ['alias_modified'] });
  const after = await find(client, data);
  if (!after || !sameGoto(after.goto, goto)) throw unconfirmed(host, about);
  return { status: 'done' };
}

/** Removes an alias. One that is gone already needs no removing. */
export async function removeAlias({ client, data }: Deed): Promise<Outcome> {
  const { host, address } = data as unknown as AliasData;
  const about = `alias ${address}`;
  const live = await find(client, data);
  if (!live) return { status: 'done' };
  try {
    await client.write('delete/alias', [live.id], { about, expect: ['alias_removed'] });
  } catch (error) {
    // Mailcow takes aliases along with the mailbox that they lead to, and refuses what is gone.
    if (!isThere(error, 'access-denied') || (await find(client, data))) throw error;
  }
  if (await find(client, data)) throw unconfirmed(host, `the removal of ${about}`);
  return { status: 'done' };
}

/** Aliases are changed and removed by numbers, which only a look tells. */
async function find(client: Deed['client'], data: Deed['data']): Promise<MailcowAlias | undefined> {
  const { domain, address } = data as unknown as AliasData;
  return (await readAliases(client, domain)).find((one) => one.address === address);
}
