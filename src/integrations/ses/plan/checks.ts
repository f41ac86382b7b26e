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

/** The way out where SES can't take its keys from the parent. */
const REPLICATION: Readonly<Record<string, string>> = {
  REPLICATION_ACCESS_DENIED:
    'Grant ses:ReplicateEmailIdentityDKIMSigningKey on the identity in the parent region, then run `mailwright up`: it starts the verification again.',
  REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED:
    'Set ses.dkim: per-region, then run `mailwright up --migrate-dkim`: it gives the region keys of its own.',
};
const OTHER_KEYS = 'Run `mailwright up --migrate-dkim` for the domain: it gives the region other keys.';

/** What SES itself says of one region, apart from what DNS says. `now`: when it was looked at, milliseconds since the epoch. */
export function sesChecks(spec: DomainSpec, state: RegionState, home: string, now: number): Check[] {
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
    enforcementCheck(state),
  ];
  checks.push(...relativeChecks(state, spec.domain));
  const { identity } = state;
  if (!identity) {
    const parent = state.relatives.find((one) => one.verified && spec.domain.endsWith(`.${one.name}`));
    const seen = parent ? `none: ${parent.name} sends and signs for it` : 'none';
    checks.push(check('ses.identity', { ...at, status: 'failed', expected: 'an identity', seen: [evidence(seen)] }));
    return checks;
  }
  const dkim = dkimCheck(identity, spec, at, home, now);
  checks.push(identityCheck(identity, dkim.status, at), dkim);
  if (spec.ses?.mailFrom !== 'none') checks.push(mailFromCheck(identity, at));
  return checks;
}

/** SES verifies a domain by its DKIM records: what is said of them is not said again. */
function identityCheck(identity: IdentityState, dkim: Check['status'], at: At): Check {
  const status = identity.verified ? 'ok' : dkim === 'failed' ? 'failed' : 'pending';
  return check('ses.identity', {
    ...at,
    status,
    expected: 'verified for sending',
    seen: [evidence(identity.verified ? 'verified for sending' : 'not verified yet')],
    fix: 'Do what is said of ses.dkim in this region.',
    ...(status === 'pending'
      ? {
          next:
            dkim === 'ok'
              ? 'SES has seen the DKIM records, and lets the domain send soon; nothing to do'
              : 'once SES has seen the DKIM records: ses.dkim says when it looks',
        }
      : {}),
  });
}

/** AWS ends or reviews what harms its name; whoever has the account can pause it, too. */
function enforcementCheck({ region, account }: RegionState): Check {
  const { sending, enforcement, readAt } = account;
  const isEnded = enforcement === 'SHUTDOWN';
  const isWatched = enforcement === 'PROBATION' && sending;
  const paused = `sending is paused for the account, not by AWS (${enforcement})`;
  const review = `${enforcement}: AWS reviews the account, which sends meanwhile`;
  return check('ses.account-enforcement', {
    system: 'ses',
    region,
    name: region,
    status: sending && !isEnded && !isWatched ? 'ok' : 'failed',
    ...(isWatched ? { severity: 'warning' as const } : {}),
    expected: 'sending enabled',
    seen: [
      evidence(
        isEnded ? `${enforcement}: AWS has paused sending` : isWatched ? review : sending ? enforcement : paused,
        readAt,
      ),
    ],
    ...(sending || isEnded
      ? {}
      : {
          fix: `Find out who paused it, and why; then \`aws sesv2 put-account-sending-attributes --sending-enabled --region ${region}\`.`,
        }),
  });
}

interface At {
  readonly system: string;
  readonly region: string;
  readonly name: string;
}

function dkimCheck(identity: IdentityState, spec: DomainSpec, at: At, home: string, now: number): Check {
  const { dkim } = identity;
  const why = identity.error && dkim.status !== 'SUCCESS' ? `: ${ERRORS[identity.error] ?? identity.error}` : '';
  const replication = identity.error?.startsWith('REPLICATION_') && dkim.status !== 'SUCCESS';
  return check('ses.dkim', {
    ...at,
    status: replication || !dkim.signing ? 'failed' : toStatus(dkim.status),
    ...dkimFix(identity, spec, at, home),
    expected: 'SUCCESS, signing',
    seen: [
      evidence(
        `${dkim.status}${dkim.signing ? '' : hasDkim(identity) ? ', signing is off' : ', verified without DKIM'}${why}`,
        identity.lastCheckedAt,
      ),
    ],
    ...(toStatus(dkim.status) === 'pending' && !replication && dkim.signing ? { next: nextLook(identity, now) } : {}),
  });
}

/** The way out where it is another than to compare the records. */
function dkimFix(identity: IdentityState, spec: DomainSpec, at: At, home: string): { fix?: string } {
  const { dkim, error = '' } = identity;
  const settings = 'SES console, Identities, Authentication';
  if (!hasDkim(identity)) return { fix: 'Run `mailwright up`: it begins with DKIM.' };
  if (!dkim.signing)
    return {
      fix: switchesOn(identity, home)
        ? 'Run `mailwright up`: it switches signing on.'
        : `Switch DKIM signing on for ${at.name} in ${at.region} (${settings}): it starts no other way.`,
    };
  if (error.startsWith('REPLICATION_')) return { fix: REPLICATION[error] ?? OTHER_KEYS };
  // Only whoever has the key can give it to SES again.
  if (dkim.origin === 'EXTERNAL' && spec.ses?.dkim !== 'byodkim')
    return {
      fix: `Publish the key's record at ${dkim.tokens[0] ?? 'SELECTOR'}._domainkey.${at.name}, then give SES the key again (${settings}): it looks no other way.`,
    };
  return {};
}

function mailFromCheck(identity: IdentityState, at: At): Check {
  const mailFrom = identity.mailFrom;
  if (!mailFrom)
    return check('ses.mail-from', {
      ...at,
      status: 'failed',
      expected: 'SUCCESS',
      seen: [evidence('not set')],
      fix: 'Run `mailwright up`: it sets it.',
    });
  const status = toStatus(mailFrom.status);
  // While SES does not accept the name it does what it was told to do without its MX.
  const isRefused = mailFrom.onMxFailure === 'REJECT_MESSAGE' && status !== 'ok';
  const meanwhile = isRefused
    ? 'SES refuses mail meanwhile (REJECT_MESSAGE)'
    : 'mail goes out meanwhile with the envelope of amazonses.com';
  return check('ses.mail-from', {
    ...at,
    name: mailFrom.name,
    status,
    ...(isRefused ? { severity: 'blocker' as const } : {}),
    expected: 'SUCCESS',
    seen: [
      evidence(
        `${mailFrom.status}${isRefused && status === 'failed' ? ', and SES refuses mail (REJECT_MESSAGE)' : ''}`,
      ),
    ],
    ...(status === 'pending' ? { next: `SES looks for the MX for up to 72 hours; ${meanwhile}` } : {}),
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

function nextLook({ dkim, lastCheckedAt }: IdentityState, now: number): string {
  if (dkim.status === 'TEMPORARY_FAILURE') {
    return 'SES saw the records once, misses them now, and looks for up to 72 hours; served again, it recovers by itself';
  }
  const last = lastCheckedAt === undefined ? 'SES has not looked yet' : `SES last looked at ${iso(lastCheckedAt)}`;
  // A verification that was started again has keys that are older than it.
  const until = dkim.keysMadeAt === undefined ? 0 : dkim.keysMadeAt + SEARCH_MS;
  const end = until > now ? `until ${iso(until)}` : 'for up to 72 hours';
  return `${last} and looks again by itself ${end}; nothing to do`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function evidence(value: string, at?: number): Evidence {
  return { by: 'SES', value, ...(at === undefined ? {} : { at: iso(at) }) };
}
