import { type Check, check } from '../../../core/checks/check.ts';
import type { DnsRecord } from '../../../core/dns.ts';
import type { DomainSpec } from '../../../core/domain-spec.ts';
import { dkimName, publishedKey } from '../../../core/records/dkim.ts';
import type { Conflict, Owned } from '../../../core/resource.ts';
import type { IdentityState, OwnKey, SesState } from '../state.ts';
import { identityOf } from './parent.ts';
import type { RegionPlan } from './plan.ts';

/**
 * The state with what the ledger knows of the key: a record that we wrote with another key than the file's, while an identity signs by
 * its selector, counts as published also where DNS does not show it (a zone that is not delegated yet, servers that can't be asked).
 */
export function withWrittenKey(spec: DomainSpec, state: SesState, owned: Owned): SesState {
  const { ownKey } = state;
  if (!ownKey || ownKey.published === 'this' || keyUsers(state, ownKey).length === 0) return state;
  const written = owned.get(`dns ${dkimName(ownKey.selector, spec.domain)} TXT`) as unknown as DnsRecord | undefined;
  const key = written?.value === undefined ? undefined : publishedKey(written.value);
  return !key || key === ownKey.publicKey ? state : { ...state, ownKey: { ...ownKey, published: 'other' } };
}

/**
 * The conflict that the key of one's own can't be used at its selector, because another one is there already. Live mail may be signed
 * with that one, so its record is never written over, whoever made it: the way out is the file, or another selector.
 */
export function keyConflict({ spec, state }: Pick<RegionPlan, 'spec' | 'state'>): Conflict | undefined {
  const { ownKey } = state;
  if (!ownKey) return undefined;
  const users = keyUsers(state, ownKey);
  const lost = ownKey.publicKey === undefined;
  if (ownKey.published !== 'other' && !(lost && users.length > 0)) return undefined;
  const name = dkimName(ownKey.selector, spec.domain);
  const regions = `${users.join(', ')} ${users.length > 1 ? 'sign' : 'signs'}`;
  const file = lost ? `${ownKey.keyFile} does not exist` : `${ownKey.keyFile} holds a different one`;
  const renew = 'name a new dkim.selector, and a dkim.keyFile that does not exist yet';
  const message =
    ownKey.published !== 'other'
      ? `SES: ${regions} with the key of ${name}, and ${file}.`
      : `${name} publishes another key${users.length > 0 ? `, which ${regions} with` : ''}: ${file}.`;
  const fix =
    users.length > 0
      ? `Restore ${ownKey.keyFile}, or ${renew}, for \`mailwright up --migrate-dkim\`.`
      : `Restore ${ownKey.keyFile}, or ${renew}; or remove the record if nothing signs with its key.`;
  return { code: 'ses.dkim-key-other', system: 'ses', name, message, fix };
}

/** Whether SES signs by our selector with a key that our file does not hold: nothing breaks today, and no other region can follow. */
export function lacksKey(spec: DomainSpec, state: SesState, identity: IdentityState): boolean {
  const { ownKey } = state;
  if (spec.ses?.dkim !== 'byodkim' || !ownKey || !usesKey(identity, ownKey)) return false;
  return ownKey.published === 'other' || ownKey.publicKey === undefined;
}

/** The warning about it. */
export function keyFileCheck({ spec, state, region }: RegionPlan): Check {
  const { keyFile = '', publicKey, selector = '' } = state.ownKey ?? {};
  const missing = publicKey === undefined;
  return check('ses.dkim-key-file', {
    system: 'ses',
    region: region.region,
    name: dkimName(selector, spec.domain),
    status: 'failed',
    expected: `the key of ${keyFile}`,
    // SES shows a selector and no key: DNS is the witness.
    seen: missing
      ? [{ by: 'file system', value: `${keyFile} does not exist` }]
      : [{ by: 'name servers', value: `another key than the one of ${keyFile}` }],
    fix: `Restore ${keyFile} from where you keep secrets; if it is lost, name a new dkim.selector and dkim.keyFile, then run \`mailwright up --migrate-dkim\`.`,
  });
}

/** The regions whose identities sign by the selector. */
function keyUsers(state: SesState, key: OwnKey): string[] {
  return [...state.regions.keys()].filter((name) => {
    const identity = identityOf(state, name);
    return identity !== undefined && usesKey(identity, key);
  });
}

function usesKey({ dkim }: IdentityState, { selector }: OwnKey): boolean {
  return dkim.origin === 'EXTERNAL' && dkim.tokens[0] === selector;
}
