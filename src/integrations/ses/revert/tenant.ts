import { arnOf, HOME } from '../tags.ts';
import { making, type Taken, type Taking, taking, whoseElse } from './change.ts';

/** A tenant's right to an identity or a configuration set. */
export function revertAssociation(one: Taking): Taken {
  const { data, region, spec, made } = one;
  const [, name = ''] = /\/(.+)$/.exec(data.arn ?? '') ?? [];
  const what = `tenant ${data.tenant} and ${name}`;
  // A tenant that the spec no longer names was not read; taking away what is not there is no error at SES.
  const known = spec.ses?.tenant === data.tenant ? region.tenant : undefined;
  const there = known === undefined || known.resources.includes(data.arn ?? '');
  const theirs = whoseElse(one);
  if (made.verb === 'delete') {
    if (known?.resources.includes(data.arn ?? '')) return undefined;
    if (theirs !== undefined) return { left: theirs };
    return {
      change: making(one, { what: `${what}: associated again`, effect: `tenant ${data.tenant} can send with it` }),
    };
  }
  if (!there) return undefined;
  if (theirs !== undefined) return { left: theirs };
  return {
    change: taking(one, {
      what: `${what}: no longer associated`,
      effect: `tenant ${data.tenant} can no longer send with it`,
      endsSending: true,
    }),
  };
}

/** A tenant, only when nothing but what goes with it remains in it. */
export function revertTenant(one: Taking): Taken {
  const { data, region, spec, made, together } = one;
  const known = spec.ses?.tenant === data.tenant ? region.tenant : undefined;
  if (made.verb === 'delete') {
    return known?.exists
      ? undefined
      : { change: making(one, { what: `tenant ${data.tenant} again`, effect: 'nothing visible' }) };
  }
  if (known && !known.exists) return undefined;
  if (!known) return { left: `the tenant was not read: name it in ses.tenant` };
  const tags = region.closely?.tenants.get(data.tenant ?? '');
  if (tags === null) return undefined;
  if (tags?.[HOME] !== one.home) return { left: notOurs(tags) };
  const prefix = `ses ${region.region}/tenant/`;
  const going = new Set(
    [
      [`${prefix}identity`, arnOf(region.region, one.state.caller.account, 'identity', spec.domain)],
      ...known.resources
        .filter((arn) => arn.includes(':configuration-set/'))
        .map((arn) => [`${prefix}configuration-set`, arn]),
    ].flatMap(([id = '', arn]) => (together.has(id) ? [arn] : [])),
  );
  const others = known.resources.filter((arn) => !going.has(arn));
  if (others.length > 0)
    return {
      left: `others use it: ${others.map((arn) => arn.slice(arn.lastIndexOf(':') + 1)).join(', ')}`,
      ours: true,
    };
  return {
    change: taking(one, {
      what: `tenant ${data.tenant}`,
      effect: `no program can send as tenant ${data.tenant} in ${region.region}; its suppression list goes with it`,
      waitsFor: [...together].filter((id) => id.startsWith(prefix)),
    }),
  };
}

/** A configuration set, only where no other identity of the region may have it. */
export function revertSet(one: Taking): Taken {
  const { data, region, made, together } = one;
  const what = `configuration set ${data.configurationSet}`;
  if (made.verb === 'delete') return { change: making(one, { what: `${what} again`, effect: 'nothing visible' }) };
  const tags = region.closely?.configurationSets.get(data.configurationSet ?? '');
  if (tags === null) return undefined;
  if (tags?.[HOME] !== one.home) return { left: notOurs(tags) };
  const own = `ses ${region.region}/identity`;
  const users = [...region.neighbours, ...(region.identity && !together.has(own) ? [one.spec.domain] : [])];
  if (users.length > 0) {
    const shown = users.length > 3 ? `${users.slice(0, 3).join(', ')} and ${users.length - 3} more` : users.join(', ');
    return { left: `identities of the region may use it: ${shown}`, ours: true };
  }
  const waitsFor = [...together].filter((id) => id.startsWith(`ses ${region.region}/`));
  return { change: taking(one, { what, effect: `no message can name it in ${region.region} any more`, waitsFor }) };
}

/** Its tags prove whose it is; somebody may have made another of that name since. */
function notOurs(tags: Readonly<Record<string, string>> | undefined): string {
  if (tags === undefined) return 'whose it is was not looked at';
  return tags[HOME] === undefined
    ? 'nothing in SES proves that it is ours'
    : `kept by another installation (${tags[HOME]})`;
}
