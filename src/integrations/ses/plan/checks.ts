import { type Check, check, type Evidence } from '../../../core/checks/check.ts';
import type { DomainSpec } from '../../../core/domain-spec.ts';
import { hasDkim, type IdentityState, type RegionState, type SesStatus } from '../state.ts';
import { HOME, SWITCHED } from '../tags.ts';

/** SES looks for records this long, then gives up and never starts again by itself (developer guide, verifying identities). */
const SEARCH_MS = 72 * 3600 * 1000;

/** What SES's error types mean for whoever publishes the records. */
const ERRORS: Readonly<Record<string, string>> = {
  HOST_NOT_FOUND: 'SES does not find the names: not published yet, or with the domain doubled',
  TYPE_NOT_FOUND: 'SES finds the names with another type: published as TXT, or proxied',
  INVALID_VALUE: 'SES finds another value',
  DNS_SERVER_ERROR: 'the name servers answer SES with an error (SERVFAIL; DNSSEC?)',
  SERVICE_ERROR: 'a passing fault on the side of SES',
  REPLICATION_ACCESS_DENIED: 'the caller lacks ses:ReplicateEmailIdentityDKIMSigningKey on the parent identity',
  REPLICATION_PRIMARY_NOT_FOUND: 'the parent region has no such identity',
  REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED: 'the parent uses a key of its own (BYODKIM), which can’t be replicated',
  REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED: 'the parent is itself a replica',
  REPLICATION_PRIMARY_INVALID_REGION: 'the parent region is unknown or the replica’s own',
};

/** What SES itself says of one region, apart from what DNS says. */
export function sesChecks(spec: DomainSpec, state: RegionState, home: string): Check[] {
  const at = { system: 'ses', region: state.region, name: spec.domain };
  const checks: Check[] = [
    check('ses.account-sandbox', {
      ...at,
      name: state.region,
      status: state.account.production ? 'ok' : 'failed',
      expected: 'production access',
      seen: [
        evidence(
          state.account.production ? 'production' : 'sandbox: only verified recipients, 200 a day',
          state.account.readAt,
        ),
      ],
    }),
    check('ses.account-enforcement', {
      ...at,
      name: state.region,
      status: state.account.sending && state.account.enforcement !== 'SHUTDOWN' ? 'ok' : 'failed',
      expected: 'sending enabled',
      seen: [evidence(state.account.sending ? state.account.enforcement : 'sending is paused', state.account.readAt)],
    }),
  ];
  checks.push(...relativeChecks(state, spec.domain));
  const { identity } = state;
  if (!identity) {
    checks.push(check('ses.identity', { ...at, status: 'failed', expected: 'an identity', seen: [evidence('none')] }));
    return checks;
  }
  checks.push(
    check('ses.identity', {
      ...at,
      status: identity.verified ? 'ok' : identity.dkim.status === 'FAILED' ? 'failed' : 'pending',
      expected: 'verified for sending',
      seen: [evidence(identity.verified ? 'verified for sending' : 'not verified yet')],
      ...(identity.verified ? {} : { next: nextLook(identity, identity.dkim.status) }),
    }),
    dkimCheck(identity, at, home),
  );
  if (spec.ses?.mailFrom !== 'none') checks.push(mailFromCheck(identity, at));
  return checks;
}

function dkimCheck(identity: IdentityState, at: { system: string; region: string; name: string }, home: string): Check {
  const { dkim } = identity;
  const why = identity.error && dkim.status !== 'SUCCESS' ? `: ${ERRORS[identity.error] ?? identity.error}` : '';
  const replication = identity.error?.startsWith('REPLICATION_') && dkim.status !== 'SUCCESS';
  return check('ses.dkim', {
    ...at,
    status: replication || !dkim.signing ? 'failed' : toStatus(dkim.status),
    ...(dkim.signing || !hasDkim(identity)
      ? {}
      : {
          fix: switchesOn(identity, home)
            ? 'Run `mailwright up`: it switches signing on.'
            : `Switch DKIM signing on for ${at.name} in ${at.region} (SES console, Identities, Authentication): it starts no other way.`,
        }),
    expected: 'SUCCESS, signing',
    seen: [
      evidence(
        `${dkim.status}${dkim.signing ? '' : hasDkim(identity) ? ', signing is off' : ', verified without DKIM'}${why}`,
        identity.lastCheckedAt,
      ),
    ],
    ...(toStatus(dkim.status) === 'pending' && !replication && dkim.signing
      ? { next: nextLook(identity, dkim.status) }
      : {}),
  });
}

function mailFromCheck(identity: IdentityState, at: { system: string; region: string; name: string }): Check {
  const mailFrom = identity.mailFrom;
  return check('ses.mail-from', {
    ...at,
    name: mailFrom?.name ?? at.name,
    status: mailFrom ? toStatus(mailFrom.status) : 'failed',
    expected: 'SUCCESS',
    seen: [evidence(mailFrom ? mailFrom.status : 'not set')],
    fix: mailFrom ? undefined : 'Run `mailwright up`: it sets it.',
    ...(mailFrom && toStatus(mailFrom.status) === 'pending'
      ? { next: 'SES looks for the MX for up to 72 hours; mail goes out meanwhile with the envelope of amazonses.com' }
      : {}),
  });
}

function relativeChecks(state: RegionState, domain: string): Check[] {
  return state.relatives.map((relative) => {
    const below = relative.name.includes('@') || relative.name.endsWith(`.${domain}`);
    return check('ses.relatives', {
      system: 'ses',
      region: state.region,
      name: relative.name,
      status: relative.name.includes('@') ? 'failed' : 'ok',
      severity: relative.name.includes('@') ? 'warning' : 'info',
      expected: below ? 'no identity of an address of the domain' : 'known',
      seen: [
        evidence(
          `${relative.name.includes('@') ? 'address' : below ? 'sub-domain' : 'parent'} identity, ${relative.verified ? 'verified' : 'not verified'}`,
        ),
      ],
      fix: `Mail from ${relative.name} uses that identity's own DKIM and MAIL FROM settings; delete it where that is not meant.`,
    });
  });
}

/** Whether signing is off where `up` switches it on: on an identity with our tag, or whose DKIM we began or changed; elsewhere it is somebody's choice. */
export function switchesOn(identity: IdentityState, home: string): boolean {
  const { dkim, tags } = identity;
  return hasDkim(identity) && !dkim.signing && (tags[HOME] === home || tags[SWITCHED] !== undefined);
}

function toStatus(status: SesStatus): Check['status'] {
  if (status === 'SUCCESS') return 'ok';
  // TEMPORARY_FAILURE: SES lost sight of the records and goes on looking; whether they are there is another check's word.
  return status === 'FAILED' ? 'failed' : 'pending';
}

function nextLook(identity: IdentityState, status: SesStatus): string {
  if (toStatus(status) !== 'pending') return 'SES does not look again by itself: run `mailwright up`';
  if (status === 'TEMPORARY_FAILURE') {
    return 'SES saw the records once, misses them now, and looks for up to 72 hours; served again, it recovers by itself';
  }
  const last =
    identity.lastCheckedAt === undefined
      ? 'SES has not looked yet'
      : `SES last looked at ${iso(identity.lastCheckedAt)}`;
  const until =
    identity.dkim.keysMadeAt === undefined ? 'for 72 hours' : `until ${iso(identity.dkim.keysMadeAt + SEARCH_MS)}`;
  return `${last} and looks again by itself ${until}; nothing to do`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function evidence(value: string, at?: number): Evidence {
  return { by: 'SES', value, ...(at === undefined ? {} : { at: iso(at) }) };
}
