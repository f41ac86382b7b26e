import type { World } from '../world.ts';
import { defaultMailFrom, feedbackHost, RECEIVING_REGIONS, REGIONS } from './regions.ts';

const SENDING = 'amazonses.com';
const RECEIVING = 'amazonaws.com';
/** Everything that the sandbox sends and receives with is on loopback. */
const HERE = '127.0.0.1';
const SPF = 'v=spf1 ip4:127.0.0.0/8 -all';

/** Publishes what AWS itself has in DNS: SPF of the default envelope domains, feedback hosts, inbound hosts. */
export function publishOwnRecords({ internet }: World): void {
  for (const region of REGIONS) {
    const envelope = defaultMailFrom(region);
    internet.publish(SENDING, feedbackHost(region), 'A', [HERE]);
    internet.publish(SENDING, envelope, 'TXT', [SPF]);
    internet.publish(SENDING, envelope, 'MX', [`10 ${feedbackHost(region)}`]);
    internet.publish(SENDING, sendingHost(region), 'A', [HERE]);
  }
  for (const region of RECEIVING_REGIONS)
    internet.publish(RECEIVING, `inbound-smtp.${region}.amazonaws.com`, 'A', [HERE]);
}

/** What a Region's outgoing servers call themselves in EHLO. */
export function sendingHost(region: string): string {
  return `a8-31.smtp-out.${defaultMailFrom(region)}`;
}
