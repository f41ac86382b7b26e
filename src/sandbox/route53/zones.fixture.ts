import { Resolver } from 'node:dns/promises';
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { openAws } from '../aws/main.ts';
import { Clock } from '../clock.ts';
import { openDns } from '../dns/main.ts';
import { Faults } from '../faults.ts';
import { Ledger } from '../ledger.ts';
import type { World } from '../world.ts';
import { openRoute53 } from './main.ts';

/** A zone as the control shows it. */
export interface ShownZone {
  readonly id: string;
  readonly name: string;
  readonly nameServers: readonly string[];
}

/** Route 53 over a DNS world, in sync at once, and the official SDK at it, which tries once. */
export async function openTestRoute53() {
  const clock = new Clock();
  const ledger = new Ledger(() => clock.now());
  const faults = new Faults();
  const dns = await openDns({ clock, ledger, faults });
  const world: World = { clock, ledger, faults, internet: dns.internet };
  const aws = await openAws(world, { smtpPort: 9 });
  const route53 = await openRoute53(world, dns, aws.gate);
  const endpoint = route53.env.AWS_ENDPOINT_URL_ROUTE_53 ?? '';
  const own = { accessKeyId: aws.env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: aws.env.AWS_SECRET_ACCESS_KEY ?? '' };
  const clients: Route53Client[] = [];
  /** A control route: 'POST /aws/keys', with a body, or with a query in the path. */
  const control = <T = Record<string, unknown>>(route: string, body?: unknown): T => {
    const [key = '', query] = route.split('?');
    return { ...aws.control, ...route53.control }[key]?.(body, new URLSearchParams(query)) as T;
  };
  control('POST /route53/switches', { insyncMs: 0 });
  const client = (credentials = own, region = 'us-east-1', maxAttempts = 1) => {
    const made = new Route53Client({ endpoint, region, credentials, maxAttempts });
    clients.push(made);
    return made;
  };
  const sdk = client();
  const resolver = new Resolver({ timeout: 3000, tries: 1 });
  resolver.setServers([`127.0.0.1:${dns.port}`]);
  return {
    clock,
    ledger,
    faults,
    dns,
    route53,
    endpoint,
    control,
    client,
    sdk,
    credentials: own,
    resolver,
    /** A zone by the control, delegated. */
    seed: (name: string, more: Record<string, unknown> = {}) =>
      control<ShownZone>('POST /route53/zones', { name, ...more }),
    change: (zone: { id: string }, Changes: Change[], at = sdk) =>
      at.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.id, ChangeBatch: { Changes } })),
    /** Sets but for the zone's own NS and SOA. */
    async list(zone: ShownZone): Promise<ResourceRecordSet[]> {
      const { ResourceRecordSets = [] } = await sdk.send(new ListResourceRecordSetsCommand({ HostedZoneId: zone.id }));
      return ResourceRecordSets.filter(
        ({ Name, Type }) => Name !== `${zone.name}.` || (Type !== 'NS' && Type !== 'SOA'),
      );
    },
    async close() {
      for (const made of clients) made.destroy();
      await route53.close();
      await aws.close();
      await dns.standIn.close();
    },
  };
}

/** A plain set. */
export function set(Name: string, Type: 'A' | 'TXT' | 'MX' | 'CNAME' | 'NS', values: string[], TTL = 300) {
  return { Name, Type, TTL, ResourceRecords: values.map((Value) => ({ Value })) } satisfies ResourceRecordSet;
}
