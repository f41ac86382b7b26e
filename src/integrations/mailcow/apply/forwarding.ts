import type { Outcome } from '../../../core/resource.ts';
import type { ForwardingData } from '../data.ts';
import { readForwarding } from '../read.ts';
import { type Deed, unconfirmed } from './deed.ts';

/** Names an address as a forwarding host, its spam filter on. */
export async function makeForwarding({ client, data }: Deed): Promise<Outcome> {
  const { host, address } = data as unknown as ForwardingData;
  const about = `forwarding host ${address}`;
  // Adding writes over: what somebody named since with other settings stays theirs.
  if ((await readForwarding(client)).some((one) => one.address === address)) return { status: 'kept' };
  await client.write(
    'add/fwdhost',
    { hostname: address, filter_spam: '1' },
    { about, expect: ['forwarding_host_added'] },
  );
  const there = (await readForwarding(client)).find((one) => one.address === address);
  if (!there?.filtered) throw unconfirmed(host, about);
  return { status: 'done' };
}

/** Takes it away again. */
export async function removeForwarding({ client, data }: Deed): Promise<Outcome> {
  const { host, address } = data as unknown as ForwardingData;
  const about = `forwarding host ${address}`;
  await client.write('delete/fwdhost', [address], { about, expect: ['forwarding_host_removed'] });
  if ((await readForwarding(client)).some((one) => one.address === address))
    throw unconfirmed(host, `the removal of ${about}`);
  return { status: 'done' };
}
