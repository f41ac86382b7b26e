import type { HostedZone, ResourceRecordSet, Change as SetChange } from '@aws-sdk/client-route-53';
import type { Clock, Pace } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import {
  type AwsSettings,
  clientConfig,
  credentialProblem,
  describeCredentials,
  errorName,
  isLost,
  isThrottle,
  readCaller,
  type SdkError,
  said,
} from '../wire/aws/aws.ts';

/** The five calls of Route 53 that a zone needs, with Problems for errors. */
export interface Route53Api {
  /** The account of the credentials, 12 digits; where STS can't say, a word for it. */
  account(): Promise<string>;
  /** Hosted zones whose names are this name or lie below it, in Route 53's order. */
  zonesFrom(name: string): Promise<readonly HostedZone[]>;
  /** All hosted zones. */
  zones(): Promise<readonly HostedZone[]>;
  nameServers(zone: string): Promise<readonly string[]>;
  sets(zone: string): Promise<readonly ResourceRecordSet[]>;
  /** One change batch, all or nothing. `waiting`: told while the zone is busy with somebody's earlier change, or ours is on its way. */
  change(zone: string, changes: readonly SetChange[], waiting: (what: string, untilMs: number) => void): Promise<void>;
}

/** All calls of an account: 50 at once, then 10 a second, of which others take their part. */
const RATE = { burst: 40, perSecond: 8 };
const READ_TRIES = 4;
/** How long a write waits for the change before it to be through: so many times what one call may take. */
const BUSY_CALLS = 2;
/** How long it waits until all of Route 53's servers have the change: normally under a minute. */
const SYNC_MS = 90_000;

/** Opens the API; the SDK is imported only here. Source: docs.aws.amazon.com/Route53/latest/APIReference. */
export async function openRoute53Api(
  settings: AwsSettings,
  endpoint: string | undefined,
  { clock, pace }: { clock: Clock; pace: Pace },
): Promise<Route53Api> {
  const sdk = await import('@aws-sdk/client-route-53');
  const client = new sdk.Route53Client({
    // A global service, signed for one region.
    region: 'us-east-1',
    ...clientConfig(settings),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const credentials = describeCredentials(settings);

  async function read<T>(call: string, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      await pace.turn('Route 53', RATE);
      try {
        return await send();
      } catch (error) {
        const again = isThrottle(error) || isLost(error) || errorName(error) === 'PriorRequestNotComplete';
        if (!again || attempt >= READ_TRIES) throw route53Problem(error, call, credentials);
        await clock.sleep(250 * 2 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  /** A refused write did nothing and may go again; a lost one is for the next look to find out. */
  async function write(zone: string, changes: readonly SetChange[], waiting: Waiting): Promise<string | undefined> {
    const until = clock.now() + BUSY_CALLS * settings.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      await pace.turn('Route 53', RATE);
      try {
        const { ChangeInfo } = await client.send(
          new sdk.ChangeResourceRecordSetsCommand({
            HostedZoneId: zone,
            ChangeBatch: { Comment: 'mailwright', Changes: [...changes] },
          }),
        );
        return ChangeInfo?.Status === 'INSYNC' ? undefined : ChangeInfo?.Id;
      } catch (error) {
        const busy = errorName(error) === 'PriorRequestNotComplete';
        if ((!busy && !isThrottle(error)) || clock.now() >= until) {
          throw route53Problem(error, 'ChangeResourceRecordSets', credentials);
        }
        waiting(
          busy ? 'an earlier change of the zone at Route 53 to be through' : 'Route 53, which is throttling',
          until,
        );
        await clock.sleep(Math.min(500 * 2 ** attempt, 5000) * (0.75 + Math.random() / 2));
      }
    }
  }

  async function inSync(id: string, waiting: Waiting): Promise<void> {
    const until = clock.now() + SYNC_MS;
    for (let pause = 250; clock.now() < until; pause = Math.min(pause * 1.6, 5000)) {
      await clock.sleep(pause);
      const { ChangeInfo } = await read('GetChange', () => client.send(new sdk.GetChangeCommand({ Id: id })));
      if (ChangeInfo?.Status === 'INSYNC') return;
      waiting('Route 53’s name servers to have the change (INSYNC)', until);
    }
  }

  return {
    async account() {
      try {
        return (await readCaller(settings, 'us-east-1')).account;
      } catch (error) {
        const wrong = credentialProblem(error, 'STS, sts:GetCallerIdentity', credentials);
        if (wrong) throw wrong;
        return 'unknown';
      }
    },
    async zonesFrom(name) {
      const all: HostedZone[] = [];
      let from: { DNSName: string; HostedZoneId?: string } = { DNSName: name };
      for (;;) {
        const page = await read('ListHostedZonesByName', () =>
          client.send(new sdk.ListHostedZonesByNameCommand({ ...from, MaxItems: 100 })),
        );
        all.push(...(page.HostedZones ?? []).filter((zone) => isIn(zone.Name, name)));
        const next = page.NextDNSName;
        if (!page.IsTruncated || next === undefined || !isIn(next, name)) return all;
        from = { DNSName: next, ...(page.NextHostedZoneId ? { HostedZoneId: page.NextHostedZoneId } : {}) };
      }
    },
    async zones() {
      const all: HostedZone[] = [];
      let marker: string | undefined;
      do {
        const page = await read('ListHostedZones', () =>
          client.send(new sdk.ListHostedZonesCommand({ MaxItems: 100, ...(marker ? { Marker: marker } : {}) })),
        );
        all.push(...(page.HostedZones ?? []));
        marker = page.IsTruncated ? page.NextMarker : undefined;
      } while (marker !== undefined);
      return all;
    },
    async nameServers(zone) {
      const { DelegationSet } = await read('GetHostedZone', () =>
        client.send(new sdk.GetHostedZoneCommand({ Id: zone })),
      );
      return (DelegationSet?.NameServers ?? []).map((server) => server.toLowerCase().replace(/\.$/, ''));
    },
    async sets(zone) {
      const all: ResourceRecordSet[] = [];
      let from: object = {};
      for (;;) {
        const page = await read('ListResourceRecordSets', () =>
          client.send(new sdk.ListResourceRecordSetsCommand({ HostedZoneId: zone, MaxItems: 300, ...from })),
        );
        all.push(...(page.ResourceRecordSets ?? []));
        if (!page.IsTruncated || page.NextRecordName === undefined) return all;
        from = {
          StartRecordName: page.NextRecordName,
          StartRecordType: page.NextRecordType,
          ...(page.NextRecordIdentifier ? { StartRecordIdentifier: page.NextRecordIdentifier } : {}),
        };
      }
    },
    async change(zone, changes, waiting) {
      const id = await write(zone, changes, waiting);
      // It is made already: who may not ask, or asks in vain, is answered by the name servers themselves.
      if (id !== undefined) await inSync(id, waiting).catch(() => undefined);
    },
  };
}

type Waiting = Parameters<Route53Api['change']>[2];

/** Whether a zone's name is the name or lies below it. */
function isIn(zone: string | undefined, name: string): boolean {
  const plain = (zone ?? '').toLowerCase().replace(/\.$/, '');
  return plain === name || plain.endsWith(`.${name}`);
}

/** The one place where Route 53's errors become sentences with a way out. */
export function route53Problem(error: unknown, call: string, credentials: string): Problem {
  if (error instanceof Problem) return error;
  const { name = 'Error', message: whole = '', $metadata } = error as SdkError;
  const details = (error as { messages?: readonly string[] }).messages ?? [];
  const message = said([...new Set([whole, ...details])].filter((text) => text !== '').join(' '));
  const at = `Route 53, ${call}`;
  const more = (fix: string) => ({ fix, cause: error });
  const wrong = credentialProblem(error, at, credentials);
  if (wrong) return wrong;
  if (/^AccessDenied/.test(name) || name === 'NotAuthorizedException') {
    return new Problem('account', 'route53.access-denied', `${at}: ${message}`, {
      ...more(
        'Grant the credentials what docs/dns/route53.md lists, or name others (ROUTE53_AWS_PROFILE, ROUTE53_ACCESS_KEY_ID).',
      ),
    });
  }
  if (name === 'NoSuchHostedZone') {
    return new Problem('conflict', 'route53.no-zone', `${at}: the zone is gone, or in another account (${message}).`, {
      ...more(
        'Use credentials of the account that holds the zone (ROUTE53_AWS_PROFILE), or choose who serves it with --dns.',
      ),
    });
  }
  if (name === 'PriorRequestNotComplete') {
    return new Problem(
      'retry',
      'route53.busy',
      `${at}: an earlier change of the zone is still being made, also after waiting.`,
      {
        ...more('Run again in a few minutes: nothing of this change was made.'),
        retry: {},
      },
    );
  }
  if (isThrottle(error)) {
    return new Problem('retry', 'route53.throttled', `${at}: too many requests, also after waiting.`, {
      ...more('Run again in a minute; five requests a second are shared by everything that uses the account.'),
      retry: {},
    });
  }
  if (name === 'InvalidChangeBatch') {
    if (/conflicts? with other records|CNAME.*not permitted|RRSet of type CNAME/i.test(message)) {
      return new Problem('conflict', 'dns.occupied', `${at}: another record stands at the name (${message}).`, {
        ...more('Run again: the plan shows which one.'),
      });
    }
    if (/already exists|not found|do not match the current values/i.test(message)) {
      return new Problem('retry', 'dns.moved', `${at}: the zone has changed since it was read (${message}).`, {
        ...more('Run again: nothing of this batch was written.'),
        retry: {},
      });
    }
  }
  if (isLost(error)) {
    const status = $metadata?.httpStatusCode;
    return new Problem(
      'unknown',
      'route53.lost',
      `${at}: no usable answer (${status === undefined ? message : `HTTP ${status}`}).`,
      {
        cause: error,
        retry: {},
      },
    );
  }
  return new Problem('failed', `route53.${name}`, `${at}: ${message || name}`, { cause: error });
}
