import { z } from 'zod';
import { AwsError } from '../aws/gate/errors.ts';
import { arnOf, ask, type Call, type Prepared, readZone } from './call.ts';
import { invalidInput } from './errors.ts';
import { compareNames, compareText, readName, writeName } from './names.ts';
import { toShape } from './read-xml.ts';
import type { HostedZone } from './state.ts';
import { changeXml, delegationSetXml, element, zoneXml } from './write-xml.ts';

const MOST_ZONES = 100;

/** Zones by name from the right, starting at `dnsname`: the first may be another zone than was asked for. */
export function listHostedZonesByName(call: Call): Prepared {
  const { query } = call;
  const size = pageSize(query, MOST_ZONES);
  const dnsName = query.get('dnsname');
  const id = query.get('hostedzoneid');
  if (id !== null && dnsName === null) throw invalidInput('HostedZoneId needs a DNSName.');
  const from = dnsName === null ? undefined : nameOf(dnsName);
  return {
    permissions: ask('ListHostedZonesByName'),
    run() {
      const all = zonesOf(call)
        .sort((one, other) => compareNames(one.name, other.name) || compareText(one.id, other.id))
        .filter(({ name, id: zoneId }) => {
          const order = from === undefined ? 1 : compareNames(name, from);
          return order > 0 || (order === 0 && (id === null || zoneId >= id));
        });
      const next = all[size];
      const body = [
        ...(dnsName === null ? [] : [element('DNSName', dnsName)]),
        ...(id === null ? [] : [element('HostedZoneId', id)]),
        ...(next ? [element('NextDNSName', writeName(next.name)), element('NextHostedZoneId', next.id)] : []),
      ];
      return page('ListHostedZonesByNameResponse', all, size, body);
    },
  };
}

/** Zones in no particular order, paged by `marker`. */
export function listHostedZones(call: Call): Prepared {
  const { query } = call;
  const size = pageSize(query, MOST_ZONES);
  const marker = query.get('marker');
  return {
    permissions: ask('ListHostedZones'),
    run() {
      const all = zonesOf(call).sort((one, other) => compareText(one.id, other.id));
      const start = marker === null ? 0 : all.findIndex(({ id }) => id === marker);
      if (start < 0) throw invalidInput(`The specified marker is not valid: ${marker}`);
      const rest = all.slice(start);
      const next = rest[size];
      return page('ListHostedZonesResponse', rest, size, [
        element('Marker', marker ?? ''),
        ...(next ? [element('NextMarker', next.id)] : []),
      ]);
    },
  };
}

/** How many zones the account has. */
export function getHostedZoneCount(call: Call): Prepared {
  return {
    permissions: ask('GetHostedZoneCount'),
    run: () => answer('GetHostedZoneCountResponse', element('HostedZoneCount', zonesOf(call).length)),
  };
}

/** A zone with its name servers, or, private, its VPC. */
export function getHostedZone(call: Call): Prepared {
  return {
    permissions: ask('GetHostedZone', arnOf('hostedzone', call.parts[0] ?? '')),
    run() {
      const zone = readZone(call);
      return answer('GetHostedZoneResponse', `${zoneXml(zone)}${placeXml(zone)}`);
    },
  };
}

const newZone = z.strictObject({
  Name: z.string().min(1).max(1024),
  CallerReference: z.string().min(1).max(128),
  HostedZoneConfig: z
    .strictObject({
      Comment: z.string().max(256).default(''),
      PrivateZone: z.enum(['true', 'false']).default('false'),
    })
    .prefault({}),
  VPC: z.strictObject({ VPCRegion: z.string(), VPCId: z.string() }).optional(),
});

/** A new zone: forbidden to Mailwright, for zones cost money. */
export function createHostedZone(call: Call): Prepared {
  const shape = call.document && toShape(call.document, []);
  const read = newZone.safeParse(shape);
  if (!read.success) throw invalidInput(z.prettifyError(read.error));
  const { Name, CallerReference, HostedZoneConfig, VPC } = read.data;
  return {
    permissions: ask('CreateHostedZone'),
    shape,
    run() {
      const { zones, key } = call;
      if (zonesOf(call).some(({ callerReference }) => callerReference === CallerReference))
        throw new AwsError(
          'HostedZoneAlreadyExists',
          409,
          `A hosted zone has already been created with the specified caller reference.`,
        );
      const { zone, change } = zones.create(
        {
          name: nameOf(Name, 'InvalidDomainName'),
          account: key.account,
          isPrivate: VPC !== undefined || HostedZoneConfig.PrivateZone === 'true',
          comment: HostedZoneConfig.Comment,
          callerReference: CallerReference,
          ...(VPC ? { vpc: { id: VPC.VPCId, region: VPC.VPCRegion } } : {}),
        },
        { served: false },
      );
      const headers = { location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}` };
      const body = `${zoneXml(zone)}${changeXml(change)}${placeXml(zone)}`;
      return { status: 201, headers, root: 'CreateHostedZoneResponse', body, effect: true };
    },
  };
}

/** The end of a zone: forbidden to Mailwright. */
export function deleteHostedZone(call: Call): Prepared {
  return {
    permissions: ask('DeleteHostedZone', arnOf('hostedzone', call.parts[0] ?? '')),
    run: () => ({ ...answer('DeleteHostedZoneResponse', changeXml(call.zones.delete(readZone(call)))), effect: true }),
  };
}

/** What a list asks for a page: at most `most`. @throws AwsError InvalidInput for what is no number */
export function pageSize(query: URLSearchParams, most: number): number {
  const wanted = query.get('maxitems') ?? String(most);
  if (!/^[1-9]\d*$/.test(wanted)) throw invalidInput(`MaxItems must be a number from 1: ${wanted}`);
  return Math.min(Number(wanted), most);
}

/** A name of the input, read. @throws AwsError */
export function nameOf(text: string, code = 'InvalidInput'): string {
  try {
    return readName(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AwsError(code, 400, error.message);
  }
}

function zonesOf({ zones, key }: Call): HostedZone[] {
  return zones.zones().filter(({ account }) => account === key.account);
}

function placeXml(zone: HostedZone): string {
  if (!zone.isPrivate) return delegationSetXml(zone);
  const { id = 'vpc-1a2b3c4d', region = 'us-east-1' } = zone.vpc ?? {};
  return `<VPCs><VPC>${element('VPCRegion', region)}${element('VPCId', id)}</VPC></VPCs>`;
}

function answer(root: string, body: string) {
  return { root, body, effect: false };
}

function page(root: string, all: readonly HostedZone[], size: number, more: readonly string[]) {
  const zones = all.slice(0, size).map(zoneXml).join('');
  const counts = `${element('IsTruncated', all.length > size)}${element('MaxItems', size)}`;
  return answer(root, `<HostedZones>${zones}</HostedZones>${more.join('')}${counts}`);
}
