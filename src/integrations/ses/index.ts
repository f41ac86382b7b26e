import type { DomainSpec } from '../../core/domain-spec.ts';
import type { Clock, Facts, Pace } from '../../core/ground.ts';
import { Problem } from '../../core/problem.ts';
import type { Resolver } from '../../core/resolver.ts';
import type { Change, Findings, Owned, Report, Resource, Reverted } from '../../core/resource.ts';
import type { AwsSettings } from '../wire/aws/aws.ts';
import { applySesChange } from './apply.ts';
import { openSesClient } from './client.ts';
import { isAccepted, readMailFromHosts, readMailFromNames } from './mail-from-names.ts';
import { type KeyFiles, readOwnKey } from './own-key.ts';
import { planSes } from './plan/plan.ts';
import { type Learnt, readRegion } from './read.ts';
import { readClosely } from './read-closely.ts';
import { revertSes } from './revert.ts';
import type { RegionState, SesState } from './state.ts';
import { wrongAccount } from './wrong-account.ts';

/** What the outside must give SES: its pace, time, memory, DNS, and the installation's own name. */
export interface SesNeeds {
  readonly pace: Pace;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly resolver: Resolver;
  readonly home: string;
  /** Where keys of one's own are kept. */
  readonly keyFiles: KeyFiles;
}

/** Amazon SES as one resource over all its regions: a DKIM replica in one is planned by what another shows. */
export async function openSes(settings: AwsSettings, needs: SesNeeds): Promise<Resource<DomainSpec, SesState>> {
  const client = await openSesClient(settings, needs);
  const learnt: Learnt = { identities: new Map(), tenants: new Map(), underWay: new Map() };
  let caller: Promise<{ account: string; arn: string }> | undefined;
  // Asked once in a run and domain: what was free is ours from then on.
  const names = new Map<string, Promise<SesState['mailFromNames']>>();
  let account = '';

  async function readOne(region: string, want: DomainSpec, owned: Owned, closely: boolean, account: string) {
    const [state, more] = await Promise.all([
      readRegion(region, want, account, client, { ...needs, learnt }, closely),
      closely ? readClosely(region, want, owned, client) : undefined,
    ]);
    return more ? { ...state, closely: more } : state;
  }

  return {
    name: 'ses',

    async read(want, owned, closely) {
      const wanted = want.ses?.regions ?? [];
      const regions = [...new Set([...wanted, ...regionsOf(owned)])];
      // Remembered once it is known: an answer that was lost is asked for again.
      caller ??= client.caller(regions).catch((error: unknown) => {
        caller = undefined;
        throw error;
      });
      // Public DNS tells nothing about the account, so it may be asked before the account is known to be the right one.
      const free =
        names.get(want.domain) ??
        (want.ses?.mailFrom === 'none' ? Promise.resolve(new Map()) : readMailFromNames(want, wanted, needs.resolver));
      names.set(want.domain, free);
      free.catch(() => names.delete(want.domain));
      const who = await caller;
      account = who.account;
      const expected = want.ses?.account;
      if (expected !== undefined && expected !== who.account) throw wrongAccount(who, expected, settings);
      const states = await Promise.all(
        regions.map((region) =>
          readOne(region, want, owned, closely, who.account).catch((error: unknown) => {
            // Credentials are wrong everywhere: one sentence, not one per region. A region that does not know the key is its own.
            // A bug is no region's state.
            if (!(error instanceof Problem) || (error.kind === 'account' && !isDenied(error))) throw error;
            return error;
          }),
        ),
      );
      // An organisation may allow some regions alone; rights that lack in all of them are one sentence, too.
      const [denied] = states;
      if (denied && isDenied(denied) && states.every(isDenied)) throw denied;
      const accepted = states.flatMap((one) =>
        one instanceof Problem || !isAccepted(one.identity?.mailFrom) ? [] : (one.identity?.mailFrom?.name ?? []),
      );
      const [mailFromHosts, ownKey] = await Promise.all([
        readMailFromHosts([...new Set(accepted)], needs.resolver),
        readOwnKey(want, needs.keyFiles, needs.resolver),
      ]);
      return {
        caller: who,
        at: needs.clock.now(),
        regions: new Map<string, RegionState | Problem>(
          regions.map((region, index) => [region, states[index] ?? new Problem('unknown', 'ses.unread', 'not read')]),
        ),
        mailFromNames: await free,
        mailFromHosts,
        ...(ownKey ? { ownKey } : {}),
      };
    },

    plan(want, state, owned): Findings {
      return planSes(want, state, needs.home, owned);
    },

    revert(made, state, want): Reverted {
      return revertSes(made, state, want, needs.home);
    },

    async apply(changes: readonly Change[], report: Report) {
      await Promise.all(
        changes.map(async (change) => {
          report.start(change.id);
          report.outcome(change.id, await applySesChange(change, client, { ...needs, learnt, account }));
        }),
      );
    },

    async close() {
      client.close();
    },
  };
}

function isDenied(state: RegionState | Problem): state is Problem {
  return state instanceof Problem && state.code === 'aws.access-denied';
}

/** The regions of ledger entries ('ses us-west-2/identity'): what is left there is looked at, too. */
function regionsOf(owned: Owned): string[] {
  return [...owned.entries()].flatMap(([id]) => /^ses ([a-z0-9-]+)\//.exec(id)?.[1] ?? []);
}
