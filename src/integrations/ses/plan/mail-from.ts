import { type Check, check } from '../../../core/checks/check.ts';
import { isBelow } from '../../../core/domain.ts';
import { Problem } from '../../../core/problem.ts';
import { feedbackHost } from '../../../core/records/feedback-host.ts';
import { toBytes } from '../../../core/records/txt.ts';
import type { Change, Conflict, DesiredRecord, Findings } from '../../../core/resource.ts';
import { baseNames, isAccepted, isTaken, mailFromName } from '../mail-from-names.ts';
import { identityOf } from './parent.ts';
import type { RegionPlan } from './plan.ts';

/**
 * The custom MAIL FROM of one region: its name, its one MX and SPF, and the attribute, which is set only once the records are
 * served (a first look that fails fills negative caches). A name that SES accepts is kept.
 */
export function planMailFrom(plan: RegionPlan): Findings {
  const { ses, spec, region, id } = plan;
  if (ses.mailFrom === 'none') return {};
  const chosen = chooseName(plan);
  if ('conflict' in chosen) return { conflicts: [chosen.conflict] };
  const { name } = chosen;
  const live = region.identity?.mailFrom;
  // Several regions with one name by hand: its one MX is somebody's choice, and each region says by itself what it makes of it.
  if (ses.mailFrom !== 'shared' && live && holders(plan).some((one) => one.name === live.name)) return {};
  const mxRegion = ses.mailFrom === 'shared' ? servedRegion(plan, name) : region.region;
  const identityWait = region.identity ? [] : [`${id}/identity`];
  const host = isAccepted(live) ? plan.state.mailFromHosts.get(name) : undefined;
  const records = mailFromRecords(plan, name, mxRegion, identityWait, host?.preference);
  const changes: Change[] = [];
  const common = { region: region.region, domain: spec.domain };
  // A name that somebody set stays theirs when SES is asked to look again, or told what to do without its MX.
  const theirs = live?.name === name && plan.owned.get(`${id}/mail-from`) === undefined;
  const attribute = (what: string, effect: string, onMxFailure: string): Change => ({
    id: `${id}/mail-from`,
    system: 'ses',
    verb: live ? 'update' : 'create',
    what,
    effect,
    ...(live ? { before: { ...common, mailFrom: live.name, onMxFailure: live.onMxFailure } } : {}),
    after: { ...common, mailFrom: name, onMxFailure },
    by: 'us',
    waitsFor: [...identityWait, ...records.map((record) => record.id)],
    undo: 'inverse',
    ...(theirs ? { owns: {} } : {}),
  });
  const effect = `bounces of mail from ${region.region} go to ${name}, so SPF aligns`;
  if (!live) {
    changes.push(attribute(`MAIL FROM ${name}`, effect, 'USE_DEFAULT_VALUE'));
  } else if (live.name !== name) {
    // Stricter than it is only once SES accepts the name: until then REJECT_MESSAGE refuses all mail.
    const onMxFailure = ses.onMxFailure === 'USE_DEFAULT_VALUE' ? ses.onMxFailure : live.onMxFailure;
    const refuses = onMxFailure === 'REJECT_MESSAGE' ? '; until SES accepts it, SES refuses mail (REJECT_MESSAGE)' : '';
    changes.push(attribute(`MAIL FROM ${name} instead of ${live.name}`, `${effect}${refuses}`, onMxFailure));
  } else if (live.status === 'FAILED') {
    changes.push(
      attribute(`MAIL FROM ${name}: SES looks again`, 'nothing visible until SES accepts it', live.onMxFailure),
    );
  } else if (live.status === 'SUCCESS' && ses.onMxFailure !== undefined && live.onMxFailure !== ses.onMxFailure) {
    const effect =
      ses.onMxFailure === 'REJECT_MESSAGE'
        ? 'SES refuses mail while the MX is broken, instead of sending it unaligned'
        : 'SES sends with its own envelope while the MX is broken';
    changes.push(attribute(`MAIL FROM ${name}: ${ses.onMxFailure} on MX failure`, effect, ses.onMxFailure));
  }
  return { changes, records, checks: host ? [hostCheck(plan, name, host.addresses)] : [] };
}

/**
 * Whose feedback host the one MX of a shared name is. It follows what is live, never the order of a list: the region that SES accepts the
 * name in, else the one whose MX is published or was written by us, else the first.
 */
function servedRegion({ ses, state, owned, region }: RegionPlan, name: string): string {
  const inStatus = (status: string) =>
    ses.regions.find((one) => {
      const mailFrom = identityOf(state, one)?.mailFrom;
      return mailFrom?.name === name && mailFrom.status === status;
    });
  const known = state.mailFromNames.get(name);
  const published = typeof known === 'object' && 'serves' in known ? known.serves : undefined;
  const written = (owned.get(`dns ${name} MX`) as { value?: string } | undefined)?.value;
  return (
    inStatus('SUCCESS') ??
    inStatus('TEMPORARY_FAILURE') ??
    ses.regions.find((one) => one === published) ??
    ses.regions.find((one) => feedbackHost(one) === written) ??
    ses.regions[0] ??
    region.region
  );
}

/** A name that SES accepts is kept also where it is somebody's host: said, not mended. */
function hostCheck(plan: RegionPlan, name: string, addresses: readonly string[]): Check {
  return check('mail-from.host', {
    system: 'ses',
    region: plan.region.region,
    name,
    status: 'failed',
    expected: 'no address record',
    seen: [{ by: 'name servers', value: addresses.join(', ') }],
  });
}

/** The name that a region has, or is to have. */
export function chooseName(plan: RegionPlan): { name: string } | { conflict: Conflict } {
  const { spec, ses, region, state } = plan;
  const live = region.identity?.mailFrom;
  if (live && (isAccepted(live) || !spec.mailFrom)) return { name: live.name };
  if (spec.mailFrom && !isBelow(spec.mailFrom, spec.domain)) {
    return {
      conflict: conflict(
        'ses.mail-from-name',
        spec.mailFrom,
        `The MAIL FROM name ${spec.mailFrom} does not lie below ${spec.domain}: SES accepts only names strictly below the identity.`,
        `Choose a name such as mail.${spec.domain}.`,
      ),
    };
  }
  const bases = baseNames(spec);
  // The bare name belongs to the region that has it, else to the first: it follows what is live, never the order of a list.
  const bareAt = (base: string) =>
    holders(plan).find((one) => one.name === base)?.region ?? ses.regions[0] ?? region.region;
  const nameOf = (base: string, of: string) =>
    ses.mailFrom === 'shared' ? base : mailFromName(base, of, bareAt(base));
  // The base is the same for all regions, so that a domain's names are guessable from one another.
  const free = bases.find((base) => !ses.regions.some((of) => isTaken(state.mailFromNames.get(nameOf(base, of)))));
  if (free !== undefined) return { name: nameOf(free, region.region) };
  const wanted = nameOf(bases[0] ?? '', region.region);
  const reasons = ses.regions
    .map((of) => nameOf(bases[0] ?? '', of))
    .flatMap((name) => {
      const taken = state.mailFromNames.get(name);
      return isTaken(taken) ? [`${name}: ${taken.taken}`] : [];
    });
  return {
    conflict: conflict(
      'ses.mail-from-taken',
      wanted,
      `No MAIL FROM name is free (${[...new Set(reasons)].join('; ')}).`,
      'Choose a name that nothing else uses with --mail-from, or ses.mailFrom: none.',
    ),
  };
}

/** The MAIL FROM names that other regions have now. */
function holders(plan: RegionPlan): { region: string; name: string }[] {
  return [...plan.state.regions].flatMap(([name, region]) =>
    name === plan.region.region || region instanceof Problem || !region.identity?.mailFrom
      ? []
      : [{ region: name, name: region.identity.mailFrom.name }],
  );
}

function conflict(code: string, name: string, message: string, fix: string): Conflict {
  // The same for every region: said once.
  return { code, system: 'ses', name, message, fix };
}

function mailFromRecords(
  plan: RegionPlan,
  name: string,
  mxRegion: string,
  waitsFor: readonly string[],
  /** Of the one MX of a live name that is a host as well. */
  preference?: number,
): DesiredRecord[] {
  const common = { system: plan.id, effect: 'nothing visible until SES uses the name', waitsFor };
  return [
    {
      ...common,
      id: `dns ${name} MX`,
      record: { name, type: 'MX', value: feedbackHost(mxRegion), preference: preference ?? 10, ttl: plan.spec.ttl },
      // An address record beside the MX of a live name is no reason to stop; 'single' would demand the name for us alone.
      firmness: preference === undefined ? 'single' : 'exact',
      purpose: `MAIL FROM of ${plan.region.region}`,
      check: 'mail-from.mx',
    },
    {
      ...common,
      id: `dns ${name} TXT spf`,
      record: { name, type: 'TXT', value: toBytes('v=spf1 include:amazonses.com ~all'), ttl: plan.spec.ttl },
      firmness: 'spf',
      purpose: `SPF of the MAIL FROM of ${plan.region.region}`,
      check: 'mail-from.spf',
    },
  ];
}
