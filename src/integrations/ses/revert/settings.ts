import type { Json } from '../../../core/problem.ts';
import { making, restoring, type Taken, type Taking, taking, whoseElse } from './change.ts';

/** A MAIL FROM: the former one comes back, or none. */
export function revertMailFrom(one: Taking): Taken {
  const { data, region, made } = one;
  const live = region.identity?.mailFrom;
  if (!region.identity) return undefined;
  const theirs = whoseElse(one);
  if (made.verb === 'delete') {
    if (live) return live.name === data.mailFrom ? undefined : { left: `MAIL FROM is ${live.name} by now` };
    if (theirs !== undefined) return { left: theirs };
    return {
      change: making(one, { what: `MAIL FROM ${data.mailFrom} again`, effect: effect(region.region, data.mailFrom) }),
    };
  }
  if (!live) return undefined;
  const before = made.before as { mailFrom?: string | null; onMxFailure?: string } | undefined;
  const isLive = (one: { mailFrom?: string | null; onMxFailure?: string } | undefined) =>
    live.name === one?.mailFrom && live.onMxFailure === one?.onMxFailure;
  // Also where SES was only asked to look again.
  if (isLive(before)) return undefined;
  if (theirs !== undefined) return { left: theirs };
  if (!isLive(data)) {
    return {
      left: `it is ${live.name} (${live.onMxFailure}) now, and was made ${data.mailFrom} (${data.onMxFailure})`,
    };
  }
  if (!before?.mailFrom) {
    return {
      change: taking(one, {
        what: `MAIL FROM ${live.name}`,
        effect: `mail from ${region.region} goes out with SES's own envelope: SPF no longer aligns, DMARC rests on DKIM`,
      }),
    };
  }
  const after = {
    region: data.region,
    domain: data.domain,
    mailFrom: before.mailFrom,
    onMxFailure: before.onMxFailure,
  };
  return {
    change: restoring(one, {
      what: `MAIL FROM ${before.mailFrom} (${before.onMxFailure}), as before`,
      effect: effect(region.region, before.mailFrom),
      before: data as unknown as Json,
      after,
    }),
  };
}

function effect(region: string, name: string | undefined): string {
  return `bounces of mail from ${region} go to ${name}`;
}

/** The default configuration set: the former one comes back, or none. */
export function revertDefaultSet(one: Taking): Taken {
  const { data, region, made } = one;
  if (!region.identity) return undefined;
  const live = region.identity.configurationSet ?? null;
  const before = (made.before as { configurationSet?: string | null } | undefined)?.configurationSet ?? null;
  if (live === before) return undefined;
  const theirs = whoseElse(one);
  if (theirs !== undefined) return { left: theirs };
  if (live !== data.configurationSet)
    return { left: `it is ${live ?? 'none'} now, and was made ${data.configurationSet}` };
  return {
    change: restoring(one, {
      what: `default configuration set of ${data.domain}: ${before ?? 'none'}, as before`,
      effect:
        before === null
          ? 'mail that names no configuration set uses none from now'
          : `mail that names no configuration set uses ${before}`,
      before: data as unknown as Json,
      after: { region: data.region, domain: data.domain, configurationSet: before },
    }),
  };
}
